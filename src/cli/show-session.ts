import { readStoredSession, type StoredSession } from '../server/stored-sessions.ts';
import { CliError, EXIT } from './cli-error.ts';
import { withFiles } from './open-files-adapter.ts';
import { isOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** `holdfast show` */
export async function showSession(id: string, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir } = configuration;
  const session = sessionIdOf(id);
  if (url !== undefined) {
    surroundings.note(`From the server at ${url}.`);
    const route = token !== undefined && isOperatorToken(token) ? 'admin/sessions' : 'sessions';
    const answer = await askServer(url, `/v1/${route}/${session}`, token);
    return surroundings.print(flags.json === true ? JSON.stringify(answer) : JSON.stringify(answer, null, 2));
  }
  surroundings.note(`From the files in ${dir}, read-only.`);
  const stored = await withFiles(dir, (store) => readStoredSession(store, session));
  if (stored === undefined) throw new CliError(EXIT.notFound, `There is no session ${id} in ${dir}.`);
  print(stored, flags, surroundings);
}

function print(stored: StoredSession, flags: Flags, surroundings: Surroundings): void {
  surroundings.print(flags.json === true ? JSON.stringify(stored) : JSON.stringify(stored, null, 2));
  const { damage, soundSeq } = stored;
  if (damage !== undefined) throw new CliError(EXIT.damaged, `seq ${damage.seq}: ${damage.reason}. Meta and state are of seq ${soundSeq}.`);
}
