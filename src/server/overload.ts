import { BudgetGauge, type BudgetLevel, type Crossing } from '../session/budget-gauge.ts';
import { refuse, type Refusal } from '../session/outcome.ts';

/** What a server can have too much of. */
export type LoadName = 'awakeSessions' | 'heapBytes' | 'residentBytes' | 'eventLoopDelayMs';

/** How much it is now. The delay is the 99th percentile since the last look. */
export type Load = Readonly<Record<LoadName, number>>;

/** Above `soft` the least used sessions are put to sleep, above `hard` nothing new is begun. null: no limit. */
export type LoadLimit = { readonly soft: number | null; readonly hard: number | null };

/** When a server has too much to do, and what it does then. */
export type OverloadPolicy = Readonly<Record<LoadName, LoadLimit>> & {
  /** Types of sessions that are begun and joined all the same, and put to sleep last. */
  readonly prefer: readonly string[];
  /** When those who are turned away may come again. */
  readonly retryAfterMs: number;
  /** How often the server looks at itself. */
  readonly lookEveryMs: number;
};

/** A policy as it is given: what is left out has its default. */
export type GivenOverload = { readonly [Name in LoadName]?: Partial<LoadLimit> } & Partial<Omit<OverloadPolicy, LoadName>>;

export const LOAD_NAMES = ['awakeSessions', 'heapBytes', 'residentBytes', 'eventLoopDelayMs'] as const satisfies readonly LoadName[];

/** A delay has to last for so many looks: one long garbage collection is no overload. */
const LOOKS = 5;
/** Of the sessions in memory this share is put to sleep at a look, and at least so many. */
const SLEEP_SHARE = 0.1;
const SLEEP_LEAST = 10;

/** The defaults, from what the machine has: the largest heap of the engine, and the memory that the process may have. */
export function defaultOverload(machine: { readonly heapBytes: number; readonly residentBytes: number }): OverloadPolicy {
  return {
    awakeSessions: { soft: 50_000, hard: 100_000 },
    heapBytes: { soft: Math.round(machine.heapBytes * 0.7), hard: Math.round(machine.heapBytes * 0.85) },
    residentBytes: { soft: Math.round(machine.residentBytes * 0.8), hard: Math.round(machine.residentBytes * 0.9) },
    eventLoopDelayMs: { soft: 200, hard: 1_000 },
    prefer: [],
    retryAfterMs: 5_000,
    lookEveryMs: 1_000,
  };
}

/** A policy with what was not given. */
export function overloadPolicy(given: GivenOverload, defaults: OverloadPolicy): OverloadPolicy {
  const limits = Object.fromEntries(LOAD_NAMES.map((name) => [name, { ...defaults[name], ...given[name] }]));
  return { ...defaults, ...given, ...(limits as Record<LoadName, LoadLimit>) };
}

export type OverloadOptions = {
  readonly policy: OverloadPolicy;
  readonly read: () => Load;
  /** Lets so many of the least used sessions leave memory, those of the preferred types last. */
  readonly sleep: (count: number, prefer: readonly string[]) => void;
  /** A limit was crossed. */
  readonly crossed: (crossing: Crossing<LoadName>) => void;
};

/** What one server has too much of, and what follows from that. */
export class Overload {
  readonly policy: OverloadPolicy;
  readonly #options: OverloadOptions;
  readonly #gauges: readonly BudgetGauge<LoadName>[];
  #delays: number[] = [];
  #turnedAway = 0;

  constructor(options: OverloadOptions) {
    const { policy, crossed } = options;
    this.policy = policy;
    this.#options = options;
    this.#gauges = LOAD_NAMES.map((name) => new BudgetGauge(name, policy[name], crossed));
  }

  /** Looks at how much it is now, and does what the policy says. */
  look(): void {
    const load = this.#options.read();
    this.#delays = [...this.#delays, load.eventLoopDelayMs].slice(-LOOKS);
    const lasting = this.#delays.length < LOOKS ? 0 : Math.min(...this.#delays);
    for (const gauge of this.#gauges) gauge.note(gauge.name === 'eventLoopDelayMs' ? lasting : load[gauge.name]);
    const count = this.#tooMany(load.awakeSessions);
    if (count > 0) this.#options.sleep(count, this.policy.prefer);
  }

  #tooMany(awake: number): number {
    const { soft } = this.policy.awakeSessions;
    const over = this.#gauges.filter(({ level }) => level !== 'ok');
    if (over.length === 0) return 0;
    const share = Math.max(SLEEP_LEAST, Math.ceil(awake * SLEEP_SHARE));
    return over.every(({ name }) => name === 'awakeSessions') && soft !== null ? Math.max(0, awake - Math.floor(soft * 0.9)) : share;
  }

  /** `ok`, or how bad the worst is. */
  get level(): BudgetLevel {
    const levels = this.#gauges.map(({ level }) => level);
    if (levels.includes('hard')) return 'hard';
    return levels.includes('soft') ? 'soft' : 'ok';
  }

  /** Why nothing new is begun now, in words. */
  get reason(): string | undefined {
    const over = this.#gauges.filter(({ level }) => level === 'hard');
    return over.length === 0 ? undefined : over.map(({ name, value, limit }) => `${name} ${Math.round(value)} of ${limit.hard}`).join(', ');
  }

  /** Why a session of this type (undefined: not known yet) is not begun or joined by someone new; undefined where it is. */
  mayBegin(type: string | undefined): Refusal | undefined {
    if (this.level !== 'hard' || (type !== undefined && this.policy.prefer.includes(type))) return undefined;
    // Where the type has still to be found out, this is asked again.
    if (type !== undefined) this.#turnedAway += 1;
    return refuse('unavailable', 'The server has as much to do as it can; try again shortly.', { retryAfterMs: this.policy.retryAfterMs });
  }

  /** How many were turned away since the start. */
  get turnedAway(): number {
    return this.#turnedAway;
  }

  /** How much it was at the last look, with the limits. */
  get uses(): readonly { readonly name: LoadName; readonly value: number; readonly limit: LoadLimit; readonly level: BudgetLevel }[] {
    return this.#gauges.map(({ name, value, limit, level }) => ({ name, value, limit, level }));
  }

  /** What an autoscaler follows: the largest share of any hard limit that is used, 1 where nothing new is taken. */
  get ratio(): number {
    return Math.max(0, ...this.#gauges.map(({ value, limit }) => (limit.hard === null ? 0 : value / limit.hard)));
  }
}
