import { everySession, verifyStored, type Verification } from '../server/stored-recovery.ts';
import { CliError, EXIT } from './cli-error.ts';
import { counted } from './format.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

export type VerifyRequest = { readonly session: string | undefined; readonly all: boolean };

/** `holdfast verify` */
export async function verifySessions({ session: typed, all }: VerifyRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  if ((typed === undefined) !== all) throw new CliError(EXIT.usage, 'Say which session to verify, or --all.');
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir, sessions } = configuration;
  const session = typed === undefined ? undefined : sessionIdOf(typed);
  surroundings.note(url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}; recorded there.`);
  const found: Verification[] = [];
  for await (const each of url === undefined ? inFiles() : atServer(url)) {
    found.push(each);
    if (flags.json !== true) surroundings.print(lineOf(each));
  }
  if (flags.json === true) surroundings.print(JSON.stringify(typed === undefined ? found : found[0]));
  const bad = found.filter(({ verdict }) => verdict !== 'sound');
  if (bad.length === 0) return;
  const next = bad.flatMap(({ report }) => (report === undefined ? [] : [`${report.session}: ${report.message}`]));
  throw new CliError(EXIT.damaged, [`${bad.length} of ${counted(found.length, 'session')} not sound.`, ...next].join('\n'));

  async function* inFiles(): AsyncGenerator<Verification> {
    const definitions = sessions === undefined ? [] : await loadDefinitions(sessions);
    const results: Verification[] = [];
    await withFiles(dir, async (store, { regressions }) => {
      for (const { session: id, recordedSeq, foundSeq } of regressions)
        surroundings.note(`${id}: the log ends at seq ${foundSeq} and was at seq ${recordedSeq} once; what came after is gone.`);
      for await (const row of session === undefined ? everySession(store) : [{ session }]) {
        const result = await verifyStored(store, definitions, row.session);
        if (result === undefined) throw new CliError(EXIT.notFound, `There is no session ${row.session} in ${dir}.`);
        results.push(result);
      }
    });
    yield* results;
  }

  async function* atServer(address: string): AsyncGenerator<Verification> {
    const operator = needOperatorToken(token);
    for await (const id of session === undefined ? idsAt(address, operator) : [session])
      yield (await askServer(address, `/v1/admin/sessions/${id}/verify`, operator)) as Verification;
  }
}

async function* idsAt(address: string, token: string): AsyncGenerator<string> {
  for (let cursor = ''; ;) {
    const page = Object(
      await askServer(address, `/v1/admin/sessions?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`, token),
    );
    for (const { id } of page.sessions) yield String(id);
    if (page.cursor === undefined) return;
    cursor = String(page.cursor);
  }
}

function lineOf({ session, type, verdict, events, headSeq, damage, snapshots }: Verification): string {
  const wrong = snapshots.filter(({ intact, agrees }) => !intact || agrees === false).map(({ seq }) => `the snapshot at seq ${seq} is bad`);
  const said = [...(damage === undefined ? [] : [`seq ${damage.seq}: ${damage.reason}`]), ...wrong];
  return [session, type, verdict, `${counted(events, 'event')} to seq ${headSeq}`, ...(said.length === 0 ? [] : [said.join('; ')])].join(
    '  ',
  );
}
