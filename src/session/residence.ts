import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ConnectionId, Seq, SessionId, Tag } from '../protocol/ids.ts';
import type { Claim } from '../store/store.ts';
import { base64url } from './base64url.ts';
import type { Committer } from './committer.ts';
import { CRASHES_MOST, CrashLog } from './crash-log.ts';
import { refuse, type Refusal } from './outcome.ts';
import { Quarantines } from './quarantine.ts';
import { migrateTree, versionFault, type Migrated } from './migration.ts';
import { recover, type Rebuilt, type WakeReport } from './recovery.ts';
import { Session } from './session.ts';
import type { SessionSurroundings } from './session-surroundings.ts';
import type { Invariant } from './tree-fault.ts';
import { WakeQueue } from './wake-queue.ts';

const SWEEP_MS = 5_000;
/** A millisecond or two. */
const LOOKED_AT_ONCE = 250;
/** Sessions woken for their timers at one look, and after what time one that did not wake is tried again. */
const DUE_MOST = 200;
const RETRY_MS = 60_000;

type Waiter = { readonly connection: ConnectionId | undefined; readonly ready: (found: Session | Refusal) => void };

/** Which sessions are in memory: wakes them on demand, lets unused ones sleep, keeps the quarantined ones out. */
export class Residence {
  readonly quarantines: Quarantines;
  readonly #around: SessionSurroundings;
  readonly #definitions: ReadonlyMap<string, SessionDefinition>;
  readonly #sleepAfterMs: number;
  readonly #awake = new Map<SessionId, Session>();
  readonly #waking = new Map<SessionId, Waiter[]>();
  readonly #queue = new WakeQueue();
  readonly #crashes: CrashLog;
  /** How those in memory came there. */
  readonly #reports = new WeakMap<Session, WakeReport>();
  /** Sessions whose log something is being done to. */
  readonly #withheld = new Set<SessionId>();
  /** Sessions that store a last snapshot before they leave memory. */
  readonly #leaving = new Set<Session>();
  /** Sessions that are woken for their timers, and when. */
  readonly #planned = new Map<SessionId, { readonly at: number; readonly cancel: () => void }>();
  #cancelSweep: (() => void) | undefined;
  #stopped = false;

  constructor(around: SessionSurroundings, definitions: ReadonlyMap<string, SessionDefinition>, sleepAfterMs: number) {
    this.#around = around;
    this.#definitions = definitions;
    this.#sleepAfterMs = sleepAfterMs;
    this.#crashes = new CrashLog(around.clock);
    this.quarantines = new Quarantines(around);
  }

  awake(): readonly Session[] {
    return [...this.#awake.values()];
  }

  find(id: SessionId): Session | undefined {
    return this.#awake.get(id);
  }

  /** Does something with a session that is awake; nothing where it is not. */
  with(id: SessionId, what: string, work: (session: Session) => void): void {
    const session = this.#awake.get(id);
    session?.guard(what, () => work(session));
  }

  /** How a session in memory came there; undefined for one that was created there. */
  reportOf(id: SessionId): WakeReport | undefined {
    const session = this.#awake.get(id);
    return session && this.#reports.get(session);
  }

  add(session: Session): void {
    this.#awake.set(session.id, session);
  }

  /** Takes a dropped session out; the next use reads it from the store again. */
  remove(session: Session): void {
    this.#leaving.delete(session);
    if (this.#awake.get(session.id) === session) this.#awake.delete(session.id);
  }

  /** A session's own code failed. It starts again after a while, unless it keeps failing. */
  crashed(session: Session, what: string, error: unknown): void {
    const { id, log } = session;
    this.remove(session);
    this.#around.observe({ kind: 'crashed', session: id, what, seq: log.durable, error });
    if (this.#crashes.note(id) === 'too-often') void this.#giveUp(id, what, error, log.durable);
  }

  /** Lets so many of the least used leave memory, where nobody needs them: those of the types to `keep` last. A budget of the server. */
  makeRoom(count: number, keep: readonly string[]): void {
    const rank = ({ type }: Session): number => (keep.includes(type) ? 1 : 0);
    const least = [...this.#awake.values()]
      .filter((session) => session.canSleep(0))
      .toSorted((a, b) => rank(a) - rank(b) || a.lastUsed - b.lastUsed);
    for (const session of least.slice(0, count)) this.#sleep(session);
  }

  /** A session uses more than its budget allows, so that it has to go: an operator decides about it. */
  overBudget(session: Session, reason: string): void {
    const { id, log } = session;
    session.letGo(refuse('quarantined'));
    this.remove(session);
    void this.quarantines.put(id, { kind: 'over-budget', reason, seq: log.durable });
  }

  /** Lets a session that was woken for a moment leave memory again, unless somebody has come meanwhile. */
  release(id: SessionId): void {
    const session = this.#awake.get(id);
    if (session === undefined || !session.canSleep(0)) return;
    session.rest();
    this.#awake.delete(id);
    this.#leaving.delete(session);
  }

  /** Keeps a session out of memory while something is done to its log. */
  async withhold<T>(id: SessionId, work: () => Promise<T>): Promise<T> {
    this.#withheld.add(id);
    try {
      if (this.#waking.has(id)) await new Promise((resolve) => this.use(id, undefined, resolve));
      const awake = this.#awake.get(id);
      awake?.letGo(refuse('unavailable'));
      if (awake !== undefined) this.remove(awake);
      return await work();
    } finally {
      this.#withheld.delete(id);
    }
  }

  /** Hands over the session, awake: at once where it is, otherwise after waking it; for its timers, after those that people wait for. */
  use(
    id: SessionId,
    connection: ConnectionId | undefined,
    ready: (found: Session | Refusal) => void,
    { forTimers = false }: { readonly forTimers?: boolean } = {},
  ): void {
    const awake = this.#awake.get(id);
    if (awake !== undefined) {
      this.#leaving.delete(awake);
      return awake.guard('use', () => ready(awake));
    }
    if (!forTimers) this.#queue.raise(id);
    const waiters = this.#waking.get(id);
    if (waiters !== undefined) return void waiters.push({ connection, ready });
    this.#waking.set(id, [{ connection, ready }]);
    this.#queue.add(id, !forTimers, async () => this.#woken(id, this.#unlessStopped(await this.#wake(id))));
  }

  /** A connection that waits for a session to wake is gone. */
  forget(id: SessionId, connection: ConnectionId): void {
    const waiters = this.#waking.get(id);
    if (waiters === undefined) return;
    this.#waking.set(
      id,
      waiters.filter((waiter) => waiter.connection !== connection),
    );
  }

  start(): void {
    this.#stopped = false;
    void this.#planWakes();
    this.#cancelSweep = this.#around.clock.startTimer(SWEEP_MS, () => this.#sweep(this.#awake.values()));
  }

  /** Wakes what is due before the next look. What cannot be woken now is tried again later, not each time. */
  async #planWakes(): Promise<void> {
    const { clock, store } = this.#around;
    const rows = await store.due(clock.now() + 2 * SWEEP_MS, DUE_MOST).catch(() => []);
    if (this.#stopped) return;
    const now = clock.now();
    for (const { session, nextDueAt } of rows) {
      if (nextDueAt === null || this.#awake.has(session) || this.#waking.has(session) || this.#planned.has(session)) continue;
      const at = Math.max(now, nextDueAt);
      this.#planned.set(session, {
        at,
        cancel: clock.startTimer(at - now, () => this.use(session, undefined, () => undefined, { forTimers: true })),
      });
    }
    for (const [session, { at }] of this.#planned) if (at <= now - RETRY_MS) this.#unplan(session);
  }

  /** A wall clock that jumps can make a plan old whose timer is still running. */
  #unplan(session: SessionId): void {
    this.#planned.get(session)?.cancel();
    this.#planned.delete(session);
  }

  /** Stores a last snapshot of everything awake, then forgets it. */
  async stop(committer: Committer): Promise<void> {
    this.#stopped = true;
    this.#cancelSweep?.();
    for (const { cancel } of this.#planned.values()) cancel();
    this.#planned.clear();
    for (const session of this.#awake.values()) if (session.log.wantSnapshot()) committer.request(session);
    await committer.drained();
    this.#awake.clear();
  }

  /** A session whose waking outlasts the stop is let go again at once: nothing of it may stay behind. */
  #unlessStopped(found: Session | Refusal): Session | Refusal {
    if (!this.#stopped || !(found instanceof Session)) return found;
    found.closeAll(refuse('shutting-down'));
    return refuse('shutting-down');
  }

  #woken(id: SessionId, found: Session | Refusal): void {
    const waiters = this.#waking.get(id) ?? [];
    this.#waking.delete(id);
    if (found instanceof Session && !found.isDropped) {
      this.#unplan(id);
      this.#awake.set(id, found);
      found.guard('wake', () => found.wake());
    }
    for (const { ready } of waiters) {
      if (!(found instanceof Session)) ready(found);
      else if (found.isDropped) ready(refuse('unavailable'));
      else found.guard('use', () => ready(found));
    }
  }

  async #wake(id: SessionId): Promise<Session | Refusal> {
    if (this.quarantines.find(id) !== undefined) return refuse('quarantined');
    if (this.#stopped) return refuse('shutting-down');
    if (this.#withheld.has(id)) return refuse('unavailable');
    const waitMs = Math.ceil(this.#crashes.waitOf(id));
    if (waitMs > 0) return refuse('unavailable', 'The session failed and starts again shortly.', { retryAfterMs: waitMs });
    try {
      const began = this.#around.clock.monotonic();
      const claim = await this.#around.store.claim(id);
      if (claim === undefined) return refuse('not-found');
      return await this.#restore(claim, began);
    } catch (error) {
      this.#around.observe({ kind: 'wake-failed', session: id, reason: error instanceof Error ? error.message : String(error) });
      if (codeOf(error) === undefined) return this.#crashedAwaking(id, error);
      return refuse(codeOf(error) === 'disk-full' ? 'disk-full' : 'unavailable');
    }
  }

  /** Not the store's failure: code failed that will fail again. */
  async #crashedAwaking(id: SessionId, error: unknown): Promise<Refusal> {
    if (this.#crashes.note(id) === 'again') return refuse('unavailable');
    const row = await this.#around.store.get(id).catch(() => undefined);
    return this.#giveUp(id, 'wake', error, row?.headSeq ?? 0);
  }

  #giveUp(id: SessionId, what: string, error: unknown, seq: Seq): Promise<Refusal> {
    const name = error instanceof Error ? error.name : typeof error;
    const reason = `its own code failed ${CRASHES_MOST + 1} times within ten minutes, at last with ${name} in '${what}'`;
    return this.quarantines.put(id, { kind: 'crashing', reason, seq });
  }

  async #restore(claim: Claim, began: number): Promise<Session | Refusal> {
    const { session } = claim.row;
    const definition = this.#definitions.get(claim.row.type);
    const fault =
      definition === undefined
        ? `this server hosts no session type '${claim.row.type}'`
        : versionFault(definition, claim.row.definitionVersion);
    if (definition === undefined || fault !== undefined) {
      this.#around.observe({ kind: 'wake-failed', session, reason: fault ?? 'no definition' });
      return refuse('unavailable', 'This server cannot run the session with the code that it has.');
    }
    const claimMs = this.#around.clock.monotonic() - began;
    const from = claim.row.definitionVersion;
    // What must hold of a state holds of one of this version.
    const invariant = from === definition.version ? this.#watched(session, definition) : undefined;
    const recovered = await recover(this.#around.store, claim, this.#around.clock, invariant);
    if (recovered.kind === 'damaged') {
      const { seq, reason } = recovered.damage;
      return this.quarantines.put(session, { kind: 'damage', reason, seq: seq - 1 });
    }
    if (this.#stopped) return refuse('shutting-down');
    const migrated = this.#migrate(session, recovered, definition, from);
    if (migrated !== undefined && 'fault' in migrated)
      return this.quarantines.put(session, { kind: 'migration', reason: migrated.fault, seq: claim.headSeq });
    return this.#enter(claim, definition, recovered, { claimMs, tookMs: this.#around.clock.monotonic() - began, migrated });
  }

  #watched(session: SessionId, { invariant }: SessionDefinition): Invariant {
    return invariant === undefined ? {} : { invariant: (state) => this.#named(session, 'invariant', () => invariant(state)) };
  }

  #migrate(session: SessionId, { tree }: Rebuilt, definition: SessionDefinition, from: number): ReturnType<typeof migrateTree> {
    return this.#named(session, '@migrate', () => migrateTree(tree, definition, from));
  }

  /** What never returns is known from outside as a command is. */
  #named<T>(session: SessionId, what: string, work: () => T): T {
    const { watch } = this.#around;
    watch?.enter(session, what);
    try {
      return work();
    } finally {
      watch?.leave();
    }
  }

  #enter(
    { row, epoch, headSeq: head, headHash: hash }: Claim,
    definition: SessionDefinition,
    { tree, fromSnapshot, snapshotLength, since, passedOver, phases }: Rebuilt,
    { claimMs, tookMs, migrated }: { readonly claimMs: number; readonly tookMs: number; readonly migrated: Migrated | undefined },
  ): Session {
    const { clock, random, observe, committer } = this.#around;
    const { session: id, logId } = row;
    const tag = base64url(random.bytes(8)) as Tag;
    const start = { session: id, definition, logId, epoch, tag, tree, head, hash, fields: row, fromSnapshot, snapshotLength, since };
    const session = new Session(start, this.#around);
    if (migrated !== undefined) session.guard('migrate', () => session.migrated(migrated));
    const report = { at: clock.now(), epoch, seq: head, fromSnapshot, events: since.length, passedOver, phases: { claimMs, ...phases } };
    this.#reports.set(session, report);
    observe({ kind: 'woke', session: id, epoch, seq: head, fromSnapshot, tookMs, passedOver, phases: report.phases });
    // What had to be passed over is replaced, so that the next wake is fast again.
    if (passedOver.length > 0 && session.log.wantSnapshot()) committer.request(session);
    return session;
  }

  /** Looks at all sessions, some at a time: nobody waits for it. */
  #sweep(sessions: Iterator<Session>): void {
    for (let looked = 0; looked < LOOKED_AT_ONCE; looked += 1) {
      const next = sessions.next();
      if (next.done === true) return this.start();
      this.#look(next.value);
    }
    this.#cancelSweep = this.#around.clock.startTimer(0, () => this.#sweep(sessions));
  }

  #look(session: Session): void {
    session.guard('checkpoint', () => session.checkpoint());
    session.budget?.look();
    if (!session.isDropped && session.canSleep(this.#sleepAfterMs)) this.#sleep(session);
  }

  /** Stores a last snapshot first: then it sleeps at the next look. */
  #sleep(session: Session): void {
    if (!this.#leaving.has(session) && session.log.wantSnapshot()) {
      this.#leaving.add(session);
      return this.#around.committer.request(session);
    }
    session.rest();
    this.#awake.delete(session.id);
    this.#leaving.delete(session);
    this.#around.observe({ kind: 'slept', session: session.id, seq: session.log.head });
  }
}

/** Only the store's failures have a code. */
function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
