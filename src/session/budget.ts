import type { Budget, BudgetLimit, BudgetName } from '../definition/budget.ts';
import { BUDGET_NAMES } from '../definition/budget.ts';
import type { Op } from '../state/op.ts';
import { BACK_AT, BudgetGauge, type Crossing } from './budget-gauge.ts';
import { SessionMemory, type HeldBytes } from './budget-memory.ts';
import { Rate } from './budget-rate.ts';
import { limitText, noTotals, useText, type BudgetReport, type BudgetTotals, type BudgetUse, type ServerBudgets } from './budget-report.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { Tree } from './tree.ts';

/** A handler's longest run counts for this long. */
const LONGEST_MS = 60_000;
/** The size of a log of fewer events is not asked for unless somebody wants to know. */
const LOG_EVENTS_LEAST = 1_000;

type Gauge = BudgetGauge<BudgetName, BudgetLimit>;

/** What is counted a second. */
const RATES = ['cpuMsPerS', 'eventsPerS', 'bytesInPerS', 'bytesOutPerS'] as const;
type RateName = (typeof RATES)[number];

/** What the budget of a session needs of the session around it. */
export type BudgetHost = {
  readonly monotonic: () => number;
  /** Of the whole server. */
  readonly shared: ServerBudgets;
  /** Heap that it holds besides its tree. */
  readonly held: HeldBytes;
  /** What is stored of its log by now. */
  readonly logBytes: () => Promise<number>;
  readonly crossed: (crossing: Crossing & { readonly reason: string }) => void;
  /** It is above a hard limit, and there is more to do than to refuse. */
  readonly act: (action: 'pause' | 'quarantine', reason: string) => void;
};

/** What an event was, for its budget. */
export type BudgetedEvent = {
  /** Characters of its text. */
  readonly length: number;
  readonly ops: readonly Op[];
  /** People came or went. */
  readonly people: boolean;
  readonly head: number;
};

/**
 * What one awake session uses, kept by counting along, and what is done when it is too much. The clock is read when its
 * code begins and ends to run, its state looked at when it has grown.
 */
export class SessionBudget {
  readonly #host: BudgetHost;
  readonly #tree: Tree;
  readonly #gauges: Readonly<Record<BudgetName, Gauge>>;
  readonly #rates: Readonly<Record<RateName, Rate>>;
  readonly #memory: SessionMemory;
  readonly #totals: BudgetTotals = noTotals();
  #depth = 0;
  #enteredAt = 0;
  #longestAt = 0;
  #logBefore: number | undefined;
  #logAdded = 0;
  #asking: Promise<void> | undefined;
  /** Gauges above a hard limit for which commands are refused. */
  #blocking: Gauge[] = [];
  #begun = false;
  /** It is about to be quarantined. */
  #isGoing = false;

  constructor(tree: Tree, budget: Budget, isNew: boolean, host: BudgetHost) {
    this.#tree = tree;
    this.#host = host;
    const crossed = (crossing: Crossing): void => this.#crossed(crossing);
    this.#gauges = Object.fromEntries(BUDGET_NAMES.map((name) => [name, new BudgetGauge(name, budget[name], crossed)])) as Record<
      BudgetName,
      Gauge
    >;
    const now = host.monotonic();
    this.#rates = { cpuMsPerS: new Rate(now), eventsPerS: new Rate(now), bytesInPerS: new Rate(now), bytesOutPerS: new Rate(now) };
    this.#memory = new SessionMemory(tree, host.held, isNew);
    if (isNew) this.#logBefore = 0;
  }

  // -- what is used -----------------------------------------------------------------------------------------------

  /** The session's code begins to run; calls nest. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth === 1) this.#enteredAt = this.#host.monotonic();
  }

  /** The session's code has run. */
  leave(): void {
    this.#depth -= 1;
    if (this.#depth > 0) return;
    const now = this.#host.monotonic();
    const tookMs = now - this.#enteredAt;
    this.#totals.cpuMs += tookMs;
    this.#host.shared.totals.cpuMs += tookMs;
    this.#addTo('cpuMsPerS', tookMs, now);
  }

  /** Runs a command's handler, and notes how long that took. */
  handler<T>(work: () => T): T {
    const began = this.#host.monotonic();
    try {
      return work();
    } finally {
      this.#handled(this.#host.monotonic(), began);
    }
  }

  #handled(now: number, began: number): void {
    const tookMs = now - began;
    this.#totals.handlerMs += tookMs;
    this.#host.shared.totals.handlerMs += tookMs;
    const longest = this.#gauges.handlerMs;
    if (tookMs < longest.value && now - this.#longestAt < LONGEST_MS) return;
    this.#longestAt = now;
    this.#note(longest, tookMs);
  }

  /** A command came in, of so many bytes. */
  came(bytes: number): void {
    this.#totals.commands += 1;
    this.#host.shared.totals.commands += 1;
    this.#totals.bytesIn += bytes;
    this.#host.shared.totals.bytesIn += bytes;
    if (bytes > 0) this.#addTo('bytesInPerS', bytes, this.#now);
  }

  /** So many bytes went out, to all its connections together. */
  sent(bytes: number): void {
    if (bytes === 0) return;
    this.#totals.bytesOut += bytes;
    this.#host.shared.totals.bytesOut += bytes;
    this.#addTo('bytesOutPerS', bytes, this.#now);
  }

  /** An event was made; its ops are in the tree. */
  made({ length, ops, people, head }: BudgetedEvent): void {
    this.#totals.events += 1;
    this.#host.shared.totals.events += 1;
    this.#addTo('eventsPerS', 1, this.#now);
    this.#logAdded += length;
    const { memoryBytes, logBytes } = this.#gauges;
    this.#memory.wrote(ops, memoryBytes.next);
    this.#note(memoryBytes, this.#memory.bytes);
    if (people || !this.#begun) this.#countPeople();
    if (this.#logBefore === undefined && head >= LOG_EVENTS_LEAST) void this.#askLog();
    this.#note(logBytes, this.#logSize);
    this.#begun = true;
  }

  /** For rates it is enough to know when the session's code began to run: reading the clock costs more than all the rest. */
  get #now(): number {
    return this.#depth > 0 ? this.#enteredAt : this.#host.monotonic();
  }

  #addTo(name: RateName, amount: number, now: number): void {
    const rate = this.#rates[name];
    rate.add(amount, now);
    this.#note(this.#gauges[name], rate.perSecond);
  }

  #countPeople(): void {
    const { meta, internal } = this.#tree;
    this.#note(this.#gauges.participants, Object.keys(meta['participants'] ?? {}).length + Object.keys(internal.audience).length);
  }

  get #logSize(): number {
    return (this.#logBefore ?? 0) + this.#logAdded;
  }

  /** The store knows what was stored before this memory began. */
  #askLog(): Promise<void> {
    this.#asking ??= this.#host.logBytes().then(
      (bytes) => {
        this.#logBefore = bytes;
        this.#logAdded = 0;
        this.#note(this.#gauges.logBytes, bytes);
      },
      () => void (this.#asking = undefined),
    );
    return this.#asking;
  }

  // -- what follows -----------------------------------------------------------------------------------------------

  #note(gauge: Gauge, value: number): void {
    if (!gauge.note(value)) return;
    const { onHard, hard } = gauge.limit;
    // What it was already when it woke is not new: it is acted on when it goes on growing.
    if (!this.#begun || onHard === 'throttle' || onHard === 'refuse') return;
    if (onHard === 'quarantine') this.#isGoing = true;
    const over = onHard === 'pause' ? limitText(gauge.name, hard ?? 0) : useText(gauge.name, value, hard ?? 0);
    this.#host.act(onHard, `Over its budget: ${over}.`);
  }

  #crossed(crossing: Crossing): void {
    const { budget, level, value, limit } = crossing;
    const { crossings } = this.#host.shared;
    const key = `${budget} ${level}`;
    if (level !== 'ok') crossings.set(key, (crossings.get(key) ?? 0) + 1);
    this.#blocking = Object.values(this.#gauges).filter((gauge) => blocks(gauge));
    this.#host.crossed({ ...crossing, reason: useText(budget, value, limit) });
  }

  /** Brings everything up to date: rates fall by themselves, and memory may have been given back. */
  look(): void {
    const now = this.#host.monotonic();
    for (const name of RATES) this.#note(this.#gauges[name], this.#rates[name].perSecondAt(now));
    if (now - this.#longestAt >= LONGEST_MS) this.#note(this.#gauges.handlerMs, 0);
    const { memoryBytes } = this.#gauges;
    if (memoryBytes.level !== 'ok') this.#memory.refresh();
    this.#note(memoryBytes, this.#memory.bytes);
  }

  /** True while nothing of the session's own is to run that can wait. */
  get isThrottled(): boolean {
    return this.refusal() !== undefined;
  }

  /** Why game commands are refused now; undefined where they are not. */
  refusal(): Refusal | undefined {
    if (this.#isGoing) return refuse('unavailable');
    if (this.#blocking.length === 0) return undefined;
    this.look();
    const final = this.#blocking.find(({ limit }) => limit.onHard === 'refuse');
    if (final !== undefined)
      return refuse('over-budget', `The session is over its budget: ${limitText(final.name, final.limit.hard ?? 0)}.`, {
        budget: final.name,
      });
    const waits = this.#blocking.map((gauge) => this.#waitFor(gauge));
    const longest = this.#blocking[waits.indexOf(Math.max(...waits))];
    if (longest === undefined) return undefined;
    const details = { budget: longest.name, retryAfterMs: Math.ceil(Math.max(...waits)) };
    return refuse('rate-limited', `The session is over its budget: ${limitText(longest.name, longest.limit.hard ?? 0)}.`, details);
  }

  /** The same for a command that is refused with it, which is counted. */
  refused(): Refusal | undefined {
    const refusal = this.refusal();
    if (refusal !== undefined) this.#host.shared.refused += 1;
    return refusal;
  }

  #waitFor({ name, limit }: Gauge): number {
    if (name === 'handlerMs') return this.#longestAt + LONGEST_MS - this.#host.monotonic();
    const rate = RATES.find((known) => known === name);
    return rate === undefined ? 0 : this.#rates[rate].waitFor((limit.hard ?? 0) * BACK_AT);
  }

  // -- what is shown ----------------------------------------------------------------------------------------------

  get health(): 'ok' | 'degraded' | 'throttled' {
    const levels = Object.values(this.#gauges).map(({ level }) => level);
    if (levels.includes('hard')) return 'throttled';
    return levels.includes('soft') ? 'degraded' : 'ok';
  }

  /** Heap bytes that it holds, as of the last look. */
  get memoryBytes(): number {
    return this.#memory.bytes;
  }

  /** All of it, up to date; the log's size too, once the store has said it. */
  report(): BudgetReport {
    this.#memory.refresh();
    this.look();
    this.#countPeople();
    const over = Object.values(this.#gauges).filter(({ level }) => level === 'hard');
    return {
      health: this.health,
      reason: over.length === 0 ? undefined : over.map(textOf).join('; '),
      uses: BUDGET_NAMES.map((name) => useOf(this.#gauges[name])),
      totals: { ...this.#totals },
    };
  }

  /** The same with what the store has to be asked for. */
  async fullReport(): Promise<BudgetReport> {
    if (this.#logBefore === undefined) await this.#askLog();
    return this.report();
  }
}

function blocks({ level, limit, name }: Gauge): boolean {
  return level === 'hard' && name !== 'participants' && (limit.onHard === 'throttle' || limit.onHard === 'refuse');
}

function textOf({ name, value, limit }: Gauge): string {
  return useText(name, value, limit.hard ?? 0);
}

function useOf({ name, value, limit, level }: Gauge): BudgetUse {
  const { soft, hard, onHard } = limit;
  return { budget: name, value: Math.round(value * 1_000) / 1_000, soft, hard, onHard, level };
}
