import { previewSweep, type CleanupStep, type SweepDecision, type SweepReport } from '../server/stored-sweep.ts';
import { actOnFiles } from './act-on-files-adapter.ts';
import { CliError, EXIT } from './cli-error.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { timeText } from './time-adapter.ts';

/** A sweep of very many sessions takes its time. */
const TIMEOUT_MS = 3_600_000;

/** What was done, and what would be. */
const WORDS: Readonly<Record<CleanupStep, readonly [did: string, would: string]>> = {
  keep: ['keeps', 'keeps'],
  warn: ['warned', 'would warn'],
  abandon: ['gave up', 'would give up'],
  end: ['ended', 'would end'],
  archive: ['archived', 'would archive'],
  delete: ['deleted', 'would delete'],
};

/** `holdfast sweep` */
export async function sweepSessions(dryRun: boolean, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir, sessions } = configuration;
  surroundings.note(placeOf(url, dir, dryRun));
  const report = url === undefined ? await inFiles() : await atServer(url);
  if (flags.json === true) surroundings.print(JSON.stringify(report));
  else for (const line of [...report.decisions.map((decision) => lineOf(decision, dryRun)), summaryOf(report)]) surroundings.print(line);
  if (report.failed > 0) throw new CliError(EXIT.failed, `${report.failed} steps failed; the next sweep tries them again.`);

  async function inFiles(): Promise<SweepReport> {
    if (sessions === undefined) {
      const ways = '--sessions, or HOLDFAST_SESSIONS; or --url for a running server';
      throw new CliError(EXIT.usage, `The policies stand in the file of the definitions: ${ways}.`);
    }
    const definitions = await loadDefinitions(sessions);
    if (dryRun) return withFiles(dir, (store) => previewSweep(store, definitions));
    const swept = await actOnFiles({
      dir,
      definitions,
      what: 'sweep',
      session: null,
      work: async (stored) => ({ ok: true, report: await stored.sessions.sweeper.sweep() }),
    });
    return swept.report;
  }

  async function atServer(address: string): Promise<SweepReport> {
    const operator = needOperatorToken(token);
    return (await askServer(address, '/v1/admin/sweep', operator, dryRun ? undefined : {}, TIMEOUT_MS)) as SweepReport;
  }
}

function placeOf(url: string | undefined, dir: string, dryRun: boolean): string {
  if (url !== undefined) return `At the server at ${url}; recorded there.`;
  return dryRun ? `From the files in ${dir}, read-only.` : `In the files in ${dir}; recorded there.`;
}

/** As in `Y5wq0p...  tabletop  abandoned  would end: abandoned for 26 h, grace 24 h`. */
function lineOf({ session, type, status, step, why, warnedAt, failure }: SweepDecision, dryRun: boolean): string {
  const [did, would] = WORDS[step];
  const warned = warnedAt === undefined ? '' : `, warned at ${timeText(warnedAt)}`;
  const said = failure === undefined ? `${dryRun ? would : did}: ${why}${warned}` : `failed: ${failure}`;
  return `${session}  ${type}  ${status}  ${said}`;
}

function summaryOf({ looked, steps, dryRun, tookMs, decisions }: SweepReport): string {
  const taken = Object.entries(steps).filter(([step, count]) => step !== 'keep' && count > 0);
  const parts = taken.map(([step, count]) => `${count} ${WORDS[step as CleanupStep][dryRun ? 1 : 0]}`);
  const more = looked > decisions.length ? `, the first ${decisions.length} listed` : '';
  return `${looked} due${more}; ${parts.length === 0 ? 'nothing to do' : parts.join(', ')}; ${Math.round(tookMs)} ms.`;
}
