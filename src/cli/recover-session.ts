import { planStoredRecovery, spoken, type Recovery } from '../server/stored-recovery.ts';
import { actOnFiles, userName } from './act-on-files-adapter.ts';
import { CliError } from './cli-error.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { exitCodeOfRefusal } from './refusal.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

export type RecoverRequest = {
  readonly session: string;
  readonly to: number;
  readonly dryRun: boolean;
  readonly reason: string | undefined;
};

/** `holdfast recover` */
export async function recoverSession(request: RecoverRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { to, dryRun, reason } = request;
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir, sessions } = configuration;
  const session = sessionIdOf(request.session);
  const place = url === undefined ? `the files in ${dir}` : `the server at ${url}`;
  surroundings.note(dryRun && url === undefined ? `From ${place}, read-only.` : `At ${place}; recorded there.`);
  const recovery = url !== undefined ? await atServer(url) : dryRun ? await planned() : await inFiles();
  surroundings.print(flags.json === true ? JSON.stringify(recovery) : sentence(recovery, dryRun));

  async function planned(): Promise<Recovery> {
    const outcome = await withFiles(dir, (store) => planStoredRecovery(store, session, to));
    if (!outcome.ok) throw new CliError(exitCodeOfRefusal(outcome.code), outcome.message);
    return outcome.recovery;
  }

  async function inFiles(): Promise<Recovery> {
    const definitions = sessions === undefined ? [] : await loadDefinitions(sessions);
    const { recovery: done } = await actOnFiles({
      dir,
      definitions,
      what: 'recover',
      session,
      details: { to, dryRun: false, reason: reason ?? null },
      work: ({ sessions: stored }) => stored.recoveries.recover(session, { to, by: `operator:${userName()}`, reason }),
    });
    return done;
  }

  async function atServer(address: string): Promise<Recovery> {
    const body = { to, ...(dryRun ? { dryRun } : {}), ...(reason === undefined ? {} : { reason }) };
    return (await askServer(address, `/v1/admin/sessions/${session}/recover`, needOperatorToken(token), body)) as Recovery;
  }
}

function sentence({ session, to, head, seq, setAside }: Recovery, dryRun: boolean): string {
  if (dryRun) return `${session} would go back from seq ${head} to seq ${to}. ${spoken(setAside)} Nothing was changed.`;
  return `${session} has gone back from seq ${head} to seq ${to}, and goes on with seq ${seq}. ${spoken(setAside)}`;
}
