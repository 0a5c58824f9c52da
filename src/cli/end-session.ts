import { actOnFiles } from './act-on-files-adapter.ts';
import { CliError, EXIT } from './cli-error.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** `holdfast end` */
export async function endSession(typed: string, reason: string | undefined, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir, sessions } = configuration;
  const session = sessionIdOf(typed);
  surroundings.note(url === undefined ? `In the files in ${dir}; recorded there.` : `At the server at ${url}; recorded there.`);
  const { seq } = url === undefined ? await inFiles() : await atServer(url);
  surroundings.print(flags.json === true ? JSON.stringify({ session, seq }) : `${session} has ended, with seq ${seq}.`);

  async function inFiles(): Promise<{ seq: number }> {
    if (sessions === undefined) {
      throw new CliError(
        EXIT.usage,
        'Ending a session of a stopped server takes the file of its definitions: --sessions, or HOLDFAST_SESSIONS.',
      );
    }
    const definitions = await loadDefinitions(sessions);
    return actOnFiles({
      dir,
      definitions,
      what: 'end',
      session,
      details: { reason: reason ?? null },
      work: ({ sessions: stored }) => stored.end(session, 'system', reason),
    });
  }

  async function atServer(address: string): Promise<{ seq: number }> {
    const body = reason === undefined ? {} : { reason };
    const answer = await askServer(address, `/v1/admin/sessions/${session}/end`, needOperatorToken(token), body);
    return { seq: Number(Object(answer).seq) };
  }
}
