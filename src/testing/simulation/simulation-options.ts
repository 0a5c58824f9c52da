import { checkDefinition } from '../../definition/check-definition.ts';
import { nearestName } from '../../definition/nearest-name.ts';
import { isSessionDefinition, type SessionDefinition } from '../../definition/session-definition.ts';
import { FAULT_KINDS, type FaultKind } from './history.ts';
import type { CheckEnd } from './run-schedule.ts';
import type { Schedule } from './schedule.ts';
import type { MakeArguments } from './workload.ts';
import type { Person } from './world.ts';

/** How far a simulation has come. */
export type SimulationProgress = { readonly seeds: number; readonly of: number; readonly steps: number; readonly faults: number };

export type SimulateOptions = {
  /** How many seeds, from 1 on, or which. Each is one run with a schedule of its own. Default 100. */
  readonly seeds?: number | readonly number[] | undefined;
  /** Steps of each run: commands, faults, waits. Default 200. */
  readonly steps?: number | undefined;
  /** Who takes part; the first GM creates the sessions. Default: a GM, two players, one of them by server-sent events, and a spectator. */
  readonly people?: readonly Person[] | undefined;
  /** What may go wrong. Each run has some of it. Default `all`. */
  readonly faults?: 'all' | 'none' | readonly FaultKind[] | undefined;
  /** What makes the arguments of single commands, by name, where the schema does not say enough of what is worth sending. */
  readonly arguments?: Readonly<Record<string, MakeArguments>> | undefined;
  /**
   * Later versions of the definition, in order, which are deployed over running sessions. Default: one with the next version
   * number and a migration that changes nothing.
   */
  readonly deploys?: readonly SessionDefinition[] | undefined;
  /** Asked about every session at the end of each run, when everything has come to rest. */
  readonly check?: CheckEnd | undefined;
  /** Told after each run. Default: a line on standard error every ten seconds. false: nothing. */
  readonly progress?: ((done: SimulationProgress) => void) | false | undefined;
  /** Runs exactly this schedule, as a failure printed it, and nothing else. */
  readonly schedule?: Schedule | undefined;
  /** Milliseconds that may be spent on making a failure's schedule shorter. Default 30,000; 0: it stays as it is. */
  readonly shortenMs?: number | undefined;
};

/** The options with everything filled in. */
export type Settings = {
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly people: readonly Person[];
  readonly faults: readonly FaultKind[];
  readonly arguments: Readonly<Record<string, MakeArguments>>;
  readonly versions: readonly (readonly SessionDefinition[])[];
  readonly check: CheckEnd | undefined;
  readonly schedule: Schedule | undefined;
  readonly shortenMs: number;
};

/** `simulate` was asked for something that it cannot do. Every fault is in the message, with what is legal. */
export class SimulateOptionsError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.length === 1 ? String(faults[0]) : `simulate cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'SimulateOptionsError';
    this.faults = faults;
  }
}

const DEFAULT_SEEDS = 100;
const DEFAULT_STEPS = 200;
const DEFAULT_SHORTEN_MS = 30_000;
const DEFAULT_PEOPLE: readonly Person[] = [
  { name: 'mira', role: 'gm', transport: 'websocket' },
  { name: 'ann', role: 'player', transport: 'websocket' },
  { name: 'ben', role: 'player', transport: 'sse' },
  { name: 'vic', role: 'spectator', transport: 'websocket' },
];
const LEGAL: readonly string[] = [
  'seeds',
  'steps',
  'people',
  'faults',
  'arguments',
  'deploys',
  'check',
  'progress',
  'schedule',
  'shortenMs',
] satisfies (keyof SimulateOptions)[];
const MEMBERS = { role: ['gm', 'player', 'spectator'], transport: ['websocket', 'sse'] } as const;

/** Throws `SimulateOptionsError` on what is not legal. */
export function settle(definition: SessionDefinition | readonly SessionDefinition[], options: SimulateOptions): Settings {
  const definitions = Array.isArray(definition) ? (definition as readonly SessionDefinition[]) : [definition as SessionDefinition];
  const faults = [...faultsIn(definitions, options)];
  if (faults.length > 0) throw new SimulateOptionsError(faults);
  const {
    seeds = DEFAULT_SEEDS,
    steps = DEFAULT_STEPS,
    people = DEFAULT_PEOPLE,
    schedule,
    check,
    shortenMs = DEFAULT_SHORTEN_MS,
  } = options;
  return {
    seeds:
      schedule !== undefined ? [schedule.seed] : typeof seeds === 'number' ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds,
    steps,
    people,
    faults: options.faults === 'none' ? [] : options.faults === undefined || options.faults === 'all' ? FAULT_KINDS : options.faults,
    arguments: options.arguments ?? {},
    versions: versionsOf(definitions, options.deploys),
    check,
    schedule,
    shortenMs,
  };
}

/** What is hosted at first, and after each deploy. */
export function versionsOf(
  definitions: readonly SessionDefinition[],
  deploys: readonly SessionDefinition[] | undefined,
): (readonly SessionDefinition[])[] {
  if (deploys === undefined)
    return [definitions, definitions.map((one) => ({ ...one, version: one.version + 1, migrate: () => undefined }))];
  const versions: (readonly SessionDefinition[])[] = [definitions];
  for (const deploy of deploys) versions.push((versions.at(-1) ?? []).map((one) => (one.name === deploy.name ? deploy : one)));
  return versions;
}

function* faultsIn(definitions: readonly unknown[], options: SimulateOptions): Generator<string> {
  if (definitions.length === 0) yield 'simulate needs a definition, as defineSession makes it';
  for (const one of definitions) {
    if (isSessionDefinition(one)) yield* checkDefinition(one);
    else yield 'simulate takes a definition, or a list of them, as defineSession makes them';
  }
  for (const name of Object.keys(options)) if (!LEGAL.includes(name)) yield notLegal('options', name, LEGAL);
  const { seeds, steps, faults, people, deploys, shortenMs } = options;
  const list = typeof seeds === 'number' || seeds === undefined ? [seeds ?? 1] : seeds;
  if (list.length === 0 || !list.every((seed) => isWhole(seed, typeof seeds === 'number' ? 1 : 0)))
    yield 'seeds: how many, from 1, or a list of whole numbers, as in [17]';
  if (steps !== undefined && !isWhole(steps, 1)) yield 'steps: a whole number from 1';
  if (shortenMs !== undefined && !isWhole(shortenMs, 0)) yield 'shortenMs: a whole number from 0';
  if (Array.isArray(faults)) {
    for (const fault of faults as readonly string[])
      if (!(FAULT_KINDS as readonly string[]).includes(fault)) yield notLegal('faults', fault, FAULT_KINDS);
  } else if (faults !== undefined && faults !== 'all' && faults !== 'none')
    yield `faults: 'all', 'none', or a list; legal: ${FAULT_KINDS.join(', ')}`;
  yield* peopleFaults(people);
  yield* argumentFaults(definitions, options.arguments ?? {});
  const names = definitions.filter(isSessionDefinition).map(({ name }) => name);
  for (const deploy of deploys ?? []) if (!names.includes(deploy.name)) yield notLegal('deploys', deploy.name, names);
}

function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

function* peopleFaults(people: readonly Person[] | undefined): Generator<string> {
  if (people === undefined) return;
  if (!people.some(({ role }) => role === 'gm')) yield 'people: at least one has the role gm, who creates the sessions';
  if (new Set(people.map(({ name }) => name)).size < people.length) yield 'people: each has a name of their own';
  for (const person of people) {
    for (const [key, legal] of Object.entries(MEMBERS)) {
      const value: string = person[key as keyof typeof MEMBERS];
      if (!(legal as readonly string[]).includes(value)) yield notLegal(`people: the ${key} of ${person.name}`, String(value), legal);
    }
  }
}

function* argumentFaults(definitions: readonly unknown[], given: Readonly<Record<string, unknown>>): Generator<string> {
  const names = definitions
    .filter(isSessionDefinition)
    .flatMap(({ commands, modes }) => [commands, ...Object.values(modes)].flatMap(Object.keys));
  for (const [name, make] of Object.entries(given)) {
    if (!names.includes(name)) yield notLegal('arguments', name, names);
    else if (typeof make !== 'function')
      yield `arguments.${name}: a function that returns the arguments, as in (pick) => ({ id: pick.word() })`;
  }
}

function notLegal(place: string, name: string, legal: readonly string[]): string {
  const meant = nearestName(name, legal);
  return `${place}: there is no '${name}'${meant === undefined ? '' : `; did you mean ${meant}?`}; legal: ${legal.join(', ')}`;
}
