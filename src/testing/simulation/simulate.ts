import type { SessionDefinition } from '../../definition/session-definition.ts';
import { systemClock } from '../../server/system-clock-adapter.ts';
import type { Violation } from './checks/finished-run.ts';
import { Coverage, type CommandCount } from './coverage.ts';
import type { CrashPoint, FaultKind } from './history.ts';
import { ScheduleMaker } from './make-schedule.ts';
import { runSchedule, type Outcome, type RunOptions } from './run-schedule.ts';
import type { Schedule } from './schedule.ts';
import { shorten } from './shorten.ts';
import { SimulationError } from './simulation-error.ts';
import { settle, type Settings, type SimulateOptions, type SimulationProgress } from './simulation-options.ts';

export type SimulationReport = {
  readonly seeds: number;
  readonly steps: number;
  /** How often each took effect. */
  readonly faults: Readonly<Record<FaultKind, number>>;
  /** How often a server ended exactly there. */
  readonly crashPoints: Readonly<Record<CrashPoint, number>>;
  /** Of each command, and of the built-in acts by their names. */
  readonly commands: Readonly<Record<string, CommandCount>>;
  /** Commands that were never accepted: their handlers were never seen at work. Give them `arguments`. */
  readonly neverAccepted: readonly string[];
};

const SERVERS = 2;
const REPORT_EVERY_MS = 10_000;

/**
 * Plays sessions of a definition, with real servers and clients on virtual time, through schedules of commands and faults
 * (crashes, power cuts, full disks, lost connections, sleeping laptops, deploys, ...), and checks every promise of Holdfast over
 * what happened, and `check` besides. The same seed gives the same run. Throws `SimulationError` with the shortest schedule
 * found that fails, `SimulateOptionsError` on wrong options.
 *
 * @example
 * test('the tabletop survives everything', async () => {
 *   await simulate(tabletop, { seeds: 1_000, check: ({ state }) => assert.ok(state.rolls.length <= 100) });
 * });
 */
export function simulate(
  definition: SessionDefinition | readonly SessionDefinition[],
  options: SimulateOptions = {},
): Promise<SimulationReport> {
  return simulateIn(undefined, definition, options);
}

/** The same in worlds of another kind, such as one that lies. */
export async function simulateIn(
  openWorld: RunOptions['openWorld'],
  definition: SessionDefinition | readonly SessionDefinition[],
  options: SimulateOptions = {},
): Promise<SimulationReport> {
  const settings = settle(definition, options);
  const { versions, check, seeds } = settings;
  const maker = new ScheduleMaker({ ...settings, definitions: versions[0] ?? [], servers: SERVERS, versions: versions.length });
  const coverage = new Coverage(maker.commands);
  const report = reporter(options.progress, nameOf(versions));
  const running: RunOptions = { versions, servers: SERVERS, check, openWorld };
  for (const seed of seeds) {
    const outcome = await runSchedule(settings.schedule ?? maker.make(seed), running);
    coverage.add(outcome.schedule, outcome.history.entries);
    const [violation] = outcome.violations;
    if (violation !== undefined) throw await failureOf(outcome, violation, settings, running, repeatOf(versions, seed, options));
    report({ seeds: coverage.runs, of: seeds.length, steps: coverage.steps, faults: sum(coverage.faults) });
  }
  if (coverage.neverTookEffect.length > 0)
    throw new Error(`The simulation does not do what it says: ${coverage.neverTookEffect.join(', ')} was tried and never took effect.`);
  const { runs, steps, faults, crashPoints, commands, neverAccepted } = coverage;
  return { seeds: runs, steps, faults, crashPoints, commands, neverAccepted };
}

/** Makes the schedule as short as the time allows. */
async function failureOf(
  outcome: Outcome,
  violation: Violation,
  settings: Settings,
  running: RunOptions,
  repeat: string,
): Promise<SimulationError> {
  const { schedule, violations } = outcome;
  const until = systemClock.monotonic() + settings.shortenMs;
  const stillFails = async (candidate: Schedule): Promise<boolean> =>
    (await runSchedule(candidate, running)).violations.some(({ promise }) => promise === violation.promise);
  const { schedule: shortened } = await shorten(schedule, { stillFails, isLate: () => systemClock.monotonic() > until });
  return new SimulationError({ seed: schedule.seed, violation, violations, schedule, shortened, repeat });
}

function nameOf(versions: Settings['versions']): string {
  return (versions[0] ?? []).map(({ name }) => name).join(', ');
}

/** The call that does this seed again; what cannot be written down stands as `...`. */
function repeatOf(
  versions: Settings['versions'],
  seed: number,
  { steps, faults, people, arguments: made, deploys, check }: SimulateOptions,
): string {
  const parts = [
    `seeds: [${seed}]`,
    ...(steps === undefined ? [] : [`steps: ${steps}`]),
    ...(faults === undefined ? [] : [`faults: ${JSON.stringify(faults)}`]),
    ...Object.entries({ people, arguments: made, deploys, check }).flatMap(([name, value]) => (value === undefined ? [] : [name])),
  ];
  return `await simulate(${nameOf(versions)}, { ${parts.join(', ')} })`;
}

function reporter(progress: SimulateOptions['progress'], name: string): (done: SimulationProgress) => void {
  if (progress === false) return () => undefined;
  if (progress !== undefined) return progress;
  let last = systemClock.monotonic();
  return ({ seeds, of, steps, faults }) => {
    if (systemClock.monotonic() - last < REPORT_EVERY_MS) return;
    last = systemClock.monotonic();
    console.error(`simulate ${name}: ${seeds} of ${of} seeds, ${steps} steps, ${faults} faults`);
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
