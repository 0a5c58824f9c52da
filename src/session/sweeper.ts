import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Archives } from '../store/archives.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import { decideCleanup, type CleanupDecision, type CleanupStep } from './cleanup.ts';
import { pruneLog, seqBefore } from './log-pruning.ts';
import type { Outcome, Refusal } from './outcome.ts';
import { rebuild } from './recovery.ts';
import type { Residence } from './residence.ts';
import { Session } from './session.ts';
import type { CleanedUp, DecidedAt } from './session-cleanup.ts';
import type { SessionEvent } from './session-event.ts';

/** Rows looked at between two pauses, and of these at the same time. */
const PAGE = 16;
const AT_ONCE = 8;
/** While somebody is connected, so many milliseconds for each one of work are left to others. */
const REST = 4;
/** Decisions that a report lists. */
const LISTED_MOST = 10_000;
/** After the end of a session of which nothing is kept, this passes before it is looked at. */
const SOON_MS = 100;
const DAY_MS = 24 * 3_600_000;

/** What was decided about one session, or would be. */
export type SweepDecision = {
  readonly session: SessionId;
  readonly type: string;
  readonly status: string;
  readonly step: CleanupStep;
  readonly why: string;
  readonly warnedAt?: number | undefined;
  /** Why the step could not be taken; it is tried again with the next sweep. */
  readonly failure?: string | undefined;
};

export type SweepReport = {
  readonly dryRun: boolean;
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly tookMs: number;
  readonly looked: number;
  readonly steps: Readonly<Record<CleanupStep, number>>;
  readonly failed: number;
  /** The first 10,000. */
  readonly decisions: readonly SweepDecision[];
};

/** Steps taken since the start. */
export type SweepCounts = Readonly<Record<Exclude<CleanupStep, 'keep'> | 'failed' | 'sweeps', number>>;

export type SweeperOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly definitions: ReadonlyMap<string, SessionDefinition>;
  readonly residence: Residence;
  readonly archives: Archives | undefined;
  readonly observe: (event: SessionEvent) => void;
};

/**
 * Cleans up: proposes what the catalogue says is due; each session decides again in its own turn, and nothing is done to it
 * but at the head it decided at. Every step can be repeated, so that one that was cut off is finished by the next sweep.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #counts: Record<keyof SweepCounts, number> = { sweeps: 0, warn: 0, abandon: 0, end: 0, archive: 0, delete: 0, failed: 0 };
  #everyMs: number | undefined;
  #cancel: (() => void) | undefined;
  #cancelSoon: (() => void) | undefined;
  /** The sweep under way, if any; sweeps follow one another. */
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;
  #marked: ReadonlySet<SessionId> = new Set();
  #endPause: () => void = () => undefined;
  /** Something was removed whose traces the store has not wiped yet. */
  #traces = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Sweeps by itself at this interval. */
  start(everyMs: number | undefined): void {
    this.#stopped = false;
    this.#everyMs = everyMs;
    this.#later();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancelSoon?.();
    this.#cancelSoon = undefined;
    this.#endPause();
    await this.#turn;
  }

  counts(): SweepCounts {
    return { ...this.#counts };
  }

  /** A session ended: where nothing of it is kept, not even for a while. */
  ended(type: string): void {
    const retention = this.#options.definitions.get(type)?.policies.retention;
    if (this.#everyMs === undefined || this.#stopped || retention !== 'metadata-only') return;
    this.#cancelSoon ??= this.#options.clock.startTimer(SOON_MS, () => {
      this.#cancelSoon = undefined;
      void this.#byItself();
    });
  }

  /** Looks at every session that is due, and does what is to be done; with `dryRun` it only says what that is. */
  sweep({ dryRun = false }: { readonly dryRun?: boolean | undefined } = {}): Promise<SweepReport> {
    const sweep = this.#turn.then(() => this.#sweep(dryRun));
    this.#turn = sweep.catch(() => undefined);
    return sweep.then(async (report) => {
      if (!dryRun) await this.#wipe();
      return report;
    });
  }

  #later(): void {
    if (this.#everyMs === undefined || this.#stopped) return;
    this.#cancel = this.#options.clock.startTimer(this.#everyMs, () => void this.#byItself().then(() => this.#later()));
  }

  async #byItself(): Promise<void> {
    try {
      const { looked, steps, failed, tookMs } = await this.sweep();
      if (looked > steps.keep) this.#options.observe({ kind: 'swept', looked, steps, failed, tookMs });
    } catch (error) {
      if (this.#stopped) return;
      this.#options.observe({ kind: 'sweep-failed', reason: error instanceof Error ? error.message : String(error) });
    }
  }

  async #sweep(dryRun: boolean): Promise<SweepReport> {
    const { clock, store } = this.#options;
    // A store that is only looked at has nobody who knows them yet.
    if (dryRun) this.#marked = new Set((await store.quarantined()).map(({ session }) => session));
    const [at, began] = [clock.now(), clock.monotonic()];
    const steps: Record<CleanupStep, number> = { keep: 0, warn: 0, abandon: 0, end: 0, archive: 0, delete: 0 };
    const report = { dryRun, at, looked: 0, failed: 0, decisions: [] as SweepDecision[] };
    for await (const decisions of this.#pages(at, dryRun)) {
      for (const decision of decisions) {
        const failed = decision.failure !== undefined;
        report.looked += 1;
        steps[failed ? 'keep' : decision.step] += 1;
        if (failed) report.failed += 1;
        if (report.decisions.length < LISTED_MOST) report.decisions.push(decision);
        if (!dryRun) this.#count(decision);
      }
    }
    if (!dryRun) this.#counts.sweeps += 1;
    return { ...report, steps, tookMs: clock.monotonic() - began };
  }

  /** In small pages with pauses between them: what is to be cleaned up can wait, those who play cannot. */
  async *#pages(at: number, dryRun: boolean): AsyncGenerator<readonly SweepDecision[]> {
    const { store, clock } = this.#options;
    let after: { readonly cleanupAt: number; readonly session: SessionId } | undefined;
    while (!this.#stopped) {
      const rows = await store.dueForCleanup(at, PAGE, after);
      const last = rows.at(-1);
      if (last === undefined || last.cleanupAt === null) return;
      after = { cleanupAt: last.cleanupAt, session: last.session };
      const began = clock.monotonic();
      yield await this.#visitAll(rows, dryRun);
      const isPlayed = this.#options.residence.awake().some(({ connections }) => connections > 0);
      await this.#pause(isPlayed ? REST * (clock.monotonic() - began) : 0);
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#options.clock.startTimer(ms, resolve);
      this.#endPause = () => {
        cancel();
        resolve();
      };
    });
  }

  async #visitAll(rows: readonly CatalogueRow[], dryRun: boolean): Promise<SweepDecision[]> {
    const decisions: SweepDecision[] = [];
    const waiting = rows[Symbol.iterator]();
    const work = async (): Promise<void> => {
      for (const row of waiting) {
        if (this.#stopped) return;
        decisions.push(await this.#visit(row, dryRun));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return decisions;
  }

  async #visit(row: CatalogueRow, dryRun: boolean): Promise<SweepDecision> {
    const { session, type, status } = row;
    const { definitions, residence } = this.#options;
    const about = { session, type, status };
    const definition = definitions.get(type);
    if (definition === undefined) return { ...about, step: 'keep', why: `this server hosts no session type '${type}'` };
    if (residence.quarantines.find(session) !== undefined || (dryRun && this.#marked.has(session)))
      return { ...about, step: 'keep', why: 'it is quarantined' };
    try {
      const decision = dryRun ? await this.#preview(row, definition) : await this.#take(row, definition);
      const { step, why, warnedAt } = decision;
      return { ...about, step, why, ...(warnedAt === undefined ? {} : { warnedAt }) };
    } catch (error) {
      return { ...about, step: 'keep', why: 'it could not be looked at', failure: error instanceof Error ? error.message : String(error) };
    }
  }

  /** What would be done, from what is in memory or stored; nothing is woken. */
  async #preview({ session, headSeq }: CatalogueRow, definition: SessionDefinition): Promise<CleanupDecision> {
    const { store, clock, residence } = this.#options;
    const awake = residence.find(session);
    if (awake !== undefined) return decideCleanup(awake.log.tree, definition, awake.log.now());
    const rebuilt = await rebuild(store, { session, upTo: headSeq, clock });
    if (rebuilt.kind === 'damaged') throw new Error(`seq ${rebuilt.damage.seq}: ${rebuilt.damage.reason}`);
    return decideCleanup(rebuilt.tree, definition, Math.max(clock.now(), rebuilt.tree.internal.at));
  }

  async #take({ session }: CatalogueRow, definition: SessionDefinition): Promise<CleanupDecision> {
    const { decision, head } = await this.#inTurn(session, undefined);
    if (decision.step === 'archive') return this.#archive(session);
    if (decision.step === 'delete') await this.#delete(session, head);
    else if (typeof definition.policies.retention === 'object') await this.#pruneOld(session, head.seq, definition.policies.retention.days);
    return decision;
  }

  /** The session itself decides, and does what is an event of its own. One that was asleep leaves memory again. */
  async #inTurn(session: SessionId, putAway: number | undefined): Promise<CleanedUp> {
    const { residence } = this.#options;
    const outcome = await new Promise<Outcome<CleanedUp>>((settle) => {
      const use = (found: Session | Refusal): void => (found instanceof Session ? found.cleanUp(putAway, settle) : settle(found));
      residence.use(session, undefined, use, { forTimers: true });
    });
    residence.release(session);
    if (!outcome.ok) throw new Error(outcome.message);
    return outcome;
  }

  /** First it is safe elsewhere, then it leaves the log, then the log says so. */
  async #archive(session: SessionId): Promise<CleanupDecision> {
    const { archives, store, observe } = this.#options;
    if (archives === undefined) return { step: 'keep', why: 'this server has no place for archives', nextAt: null };
    const archive = await archives.put(session);
    if (archive === undefined) throw new Error('it is gone');
    await pruneLog(store, session, archive.headSeq);
    const { decision, head } = await this.#inTurn(session, archive.headSeq);
    if (head.seq !== archive.headSeq + 1) throw new Error('it went on while it was archived');
    observe({ kind: 'archived', session, name: archive.name, bytes: archive.bytes, seq: head.seq });
    return decision;
  }

  /** Its archive first: while the session is there, whatever was left of it is found. */
  async #delete(session: SessionId, onlyAt: DecidedAt): Promise<void> {
    const { archives, store, residence, observe } = this.#options;
    const outcome = await residence.withhold(session, async () => {
      await archives?.remove(session);
      return (await store.remove(session, { onlyAt })).outcome;
    });
    if (outcome === 'changed') throw new Error('it went on meanwhile');
    this.#traces = true;
    observe({ kind: 'deleted', session, seq: onlyAt.seq });
  }

  async #pruneOld(session: SessionId, headSeq: number, days: number): Promise<void> {
    const { store, clock } = this.#options;
    const upTo = await seqBefore(store, session, headSeq, clock.now() - days * DAY_MS);
    if (upTo > 0 && (await pruneLog(store, session, upTo))) this.#traces = true;
  }

  /** What was removed leaves the files, too. Where something stands in the way, the next sweep tries again. */
  async #wipe(): Promise<void> {
    if (this.#traces && !this.#stopped && (await this.#options.store.wipe())) this.#traces = false;
  }

  #count({ step, failure }: SweepDecision): void {
    if (failure !== undefined) this.#counts.failed += 1;
    else if (step !== 'keep') this.#counts[step] += 1;
  }
}
