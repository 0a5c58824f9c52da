import { replayStored, type Difference, type LogReplay } from '../server/stored-replay.ts';
import { CliError, EXIT } from './cli-error.ts';
import { brief, counted } from './format.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { withFiles } from './open-files-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';
import { timeText } from './time-adapter.ts';

export type ReplayRequest = {
  readonly session: string | undefined;
  readonly all: boolean;
  /** File whose definitions run. */
  readonly against: string;
  readonly from: number | undefined;
};

const SHOWN_MOST = 20;
const WIDTH = 160;

/** `holdfast replay` */
export async function replaySessions(
  { session: typed, all, against, from }: ReplayRequest,
  flags: Flags,
  surroundings: Surroundings,
): Promise<void> {
  if ((typed === undefined) !== all) throw new CliError(EXIT.usage, 'Say which session to replay, or --all.');
  const { dir } = settingsOf(flags, surroundings).configuration;
  const session = typed === undefined ? undefined : sessionIdOf(typed);
  const definitions = await loadDefinitions(against);
  surroundings.note(`From the files in ${dir}, read-only; run again with ${against}.`);
  const replays: LogReplay[] = [];
  await withFiles(dir, async (store) => {
    for await (const replay of replayStored(store, definitions, { session, from })) {
      replays.push(replay);
      if (flags.json !== true) for (const line of linesOf(replay)) surroundings.print(line);
    }
  });
  if (session !== undefined && replays.length === 0) throw new CliError(EXIT.notFound, `There is no session ${session} in ${dir}.`);
  if (flags.json === true) surroundings.print(JSON.stringify(all ? replays : replays[0]));
  conclude(replays);
}

function conclude(replays: readonly LogReplay[]): void {
  const count = (verdict: LogReplay['verdict']): number => replays.filter((replay) => replay.verdict === verdict).length;
  const [diverged, damaged] = [count('diverged'), count('damaged')];
  if (diverged > 0) throw new CliError(EXIT.failed, `${diverged} of ${replays.length} sessions diverge.`);
  if (damaged > 0)
    throw new CliError(EXIT.damaged, `${damaged} of ${replays.length} logs cannot be read to their end: see \`holdfast verify\`.`);
}

function* linesOf({ session, type, verdict, executed, applied, skipped, divergence, damage }: LogReplay): Generator<string> {
  const ran = `${counted(executed, 'event')} run again, ${applied} applied as stored`;
  yield `${session}  ${type}  ${verdict}  ${ran}`;
  for (const { range, reason } of skipped)
    yield `  not compared: seq ${range[0]}${range[1] === range[0] ? '' : ` to ${range[1]}`}: ${reason}`;
  if (damage !== undefined) yield `  seq ${damage.seq}: ${damage.reason}`;
  if (divergence === undefined) return;
  const { seq, command, who, at, differences } = divergence;
  yield `  seq ${seq}: ${command} by ${who} at ${timeText(at)}`;
  for (const difference of differences.slice(0, SHOWN_MOST)) yield* linesFor(difference);
  if (differences.length > SHOWN_MOST) yield `    and ${differences.length - SHOWN_MOST} more differences; all of them with --json`;
}

/** As diffs are written: what the log says, and what the code does now. */
function* linesFor({ what, then, now }: Difference): Generator<string> {
  if (then !== undefined) yield `    - ${what}: ${brief(then, WIDTH)}`;
  if (now !== undefined) yield `    + ${what}: ${brief(now, WIDTH)}`;
}
