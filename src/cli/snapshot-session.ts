import { actOnFiles } from './act-on-files-adapter.ts';
import { CliError, EXIT } from './cli-error.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** `holdfast snapshot` */
export async function snapshotSession(typed: string, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir, sessions } = configuration;
  const session = sessionIdOf(typed);
  surroundings.note(url === undefined ? `In the files in ${dir}; recorded there.` : `At the server at ${url}; recorded there.`);
  const { seq } = url === undefined ? await inFiles() : await atServer(url);
  surroundings.print(flags.json === true ? JSON.stringify({ session, seq }) : `${session} has a snapshot at seq ${seq}.`);

  async function inFiles(): Promise<{ seq: number }> {
    if (sessions === undefined) {
      throw new CliError(
        EXIT.usage,
        'A snapshot of a session of a stopped server takes the file of its definitions: --sessions, or HOLDFAST_SESSIONS.',
      );
    }
    const definitions = await loadDefinitions(sessions);
    return actOnFiles({
      dir,
      definitions,
      what: 'snapshot',
      session,
      details: {},
      work: ({ sessions: stored }) => stored.snapshot(session),
    });
  }

  async function atServer(address: string): Promise<{ seq: number }> {
    const answer = await askServer(address, `/v1/admin/sessions/${session}/snapshot`, needOperatorToken(token), {});
    return { seq: Number(Object(answer).seq) };
  }
}
