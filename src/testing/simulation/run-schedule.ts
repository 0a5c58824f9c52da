import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { JsonObject } from '../../protocol/json.ts';
import { replay } from '../../session/recovery.ts';
import { emptyTree } from '../../session/tree.ts';
import type { LogRead } from '../../store/store.ts';
import { applyStep } from './apply-step.ts';
import { checkAndCount } from './checks/index.ts';
import type { FinishedRun, Looked, Violation } from './checks/finished-run.ts';
import type { History, HistoryEntry } from './history.ts';
import { tellStep, type Schedule } from './schedule.ts';
import { watchUnhandled } from './unhandled.ts';
import { SimulatedWorld, type WorldOptions } from './world.ts';

/** What one of the people sees at the end. */
export type SimulatedView = { readonly person: string; readonly role: string; readonly meta: JsonObject; readonly state: JsonObject };

/** How one session stands when everything has come to rest. */
export type SimulatedEnd = {
  readonly seed: number;
  /** Name of the definition. */
  readonly definition: string;
  readonly session: string;
  /** The whole of it, as the log says; hidden keys too. */
  readonly meta: JsonObject;
  readonly state: JsonObject;
  /** Of everyone who is there, as their clients show it. */
  readonly views: readonly SimulatedView[];
};

/** The user's own invariant: throws, or returns a sentence that says what is wrong. */
export type CheckEnd = (end: SimulatedEnd) => string | void | undefined;

export type RunOptions = {
  /** The definitions, and those that are deployed over them later. */
  readonly versions: readonly (readonly SessionDefinition[])[];
  readonly servers: number;
  readonly check?: CheckEnd | undefined;
  /** Another world, which does something worse. */
  readonly openWorld?: ((options: WorldOptions) => SimulatedWorld) | undefined;
};

export type Outcome = {
  readonly schedule: Schedule;
  readonly history: History;
  /** The earliest first. */
  readonly violations: readonly Violation[];
  /** What the checks had to look at, by name. */
  readonly looked: Looked;
};

/** Broken: the user's own invariant. The promises of Holdfast are numbered from 1. */
export const OWN_INVARIANT = 0;
const LIVE_AGAIN = 17;
const QUIET_MS = 600_000;

/** Runs a schedule from its beginning to a quiet end, in a world of its own, and checks every promise over what happened. */
export async function runSchedule(schedule: Schedule, options: RunOptions): Promise<Outcome> {
  const { versions, servers, openWorld = (wish) => new SimulatedWorld(wish) } = options;
  const { seed, durability, people } = schedule;
  const world = openWorld({ seed, definition: versions[0] ?? [], durability, people, servers });
  const play = new Play(world, schedule, versions);
  const stopWatching = watchUnhandled((error) => play.broken(error));
  try {
    await play.run();
  } catch (error) {
    play.broken(error);
  } finally {
    stopWatching();
  }
  const run: FinishedRun = { history: world.history.entries, definitions: versions.flat(), durability, logs: await world.logs() };
  const own = options.check === undefined ? [] : checkOwn(run, seed, play.step, options.check);
  const checked = checkAndCount(run);
  const violations = [...play.violations, ...own, ...checked.violations].toSorted((one, other) => one.step - other.step);
  return { schedule, history: world.history, violations, looked: checked.looked };
}

/** A schedule on its way through a world. */
class Play {
  readonly violations: Violation[] = [];
  step = 0;
  readonly #world: SimulatedWorld;
  readonly #schedule: Schedule;
  readonly #versions: RunOptions['versions'];

  constructor(world: SimulatedWorld, schedule: Schedule, versions: RunOptions['versions']) {
    this.#world = world;
    this.#schedule = schedule;
    this.#versions = versions;
  }

  async run(): Promise<void> {
    const [world, schedule, versions] = [this.#world, this.#schedule, this.#versions];
    await world.start();
    for (const step of schedule.steps) {
      this.#begin(tellStep(step));
      if (!(await applyStep(step, { world, schedule, versions }))) this.#restless();
    }
    this.#begin('the end: nothing goes wrong any more');
    if (!(await world.quiet(QUIET_MS))) this.#restless();
    await world.end();
  }

  /** Something was thrown that nothing caught. */
  broken(error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.violations.push({ promise: LIVE_AGAIN, step: this.step, what: `nothing caught ${text}` });
  }

  #begin(what: string): void {
    this.step += 1;
    this.#world.history.add({ kind: 'step', step: this.step, what });
  }

  #restless(): void {
    this.violations.push({ promise: LIVE_AGAIN, step: this.step, what: tellRestless(this.#world.history.entries) });
  }
}

/** Who is not live, in words. */
function tellRestless(entries: readonly HistoryEntry[]): string {
  const last = new Map<string, string>();
  for (const entry of entries) if (entry.kind === 'status') last.set(entry.client, entry.status);
  const waiting = [...last].filter(([, status]) => !status.startsWith('live') && !status.startsWith('ended'));
  const who = waiting.map(([client, status]) => `${client} is ${status}`).join(', ');
  return `nothing goes wrong any more, and ${QUIET_MS / 1_000} s later not everyone is live at the head${who === '' ? '' : `: ${who}`}`;
}

function checkOwn(run: FinishedRun, seed: number, step: number, check: CheckEnd): Violation[] {
  return [...run.logs].flatMap(([session, log]) => {
    const end = endOf(session, log, run.history, seed);
    if (end === undefined) return [];
    const what = askOwn(check, end);
    return what === undefined ? [] : [{ promise: OWN_INVARIANT, step, what }];
  });
}

function askOwn(check: CheckEnd, end: SimulatedEnd): string | undefined {
  try {
    const said = check(end);
    return typeof said === 'string' ? said : undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function endOf(session: string, log: LogRead, history: readonly HistoryEntry[], seed: number): SimulatedEnd | undefined {
  const tree = emptyTree();
  replay(tree, 0, log);
  if (typeof tree.meta['type'] !== 'string') return undefined;
  const end = history.findLastIndex(({ kind }) => kind === 'step');
  const views = history.slice(end).flatMap((entry) => (entry.kind === 'view' && entry.session === session ? [entry] : []));
  return {
    seed,
    definition: tree.meta['type'],
    session,
    meta: tree.meta,
    state: tree.state,
    views: views.map(({ client, role, meta, state }) => ({ person: client, role, meta: meta as JsonObject, state: state as JsonObject })),
  };
}
