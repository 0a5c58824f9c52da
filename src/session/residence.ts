import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ConnectionId, SessionId, Tag } from '../protocol/ids.ts';
import type { Claim, LogDamage, StoreErrorCode } from '../store/store.ts';
import { base64url } from './base64url.ts';
import type { Committer } from './committer.ts';
import { refuse, type Refusal } from './outcome.ts';
import { recover, versionFault } from './recovery.ts';
import { Session, type SessionSurroundings } from './session.ts';

const SWEEP_MS = 5_000;
/** Sessions woken for their timers at one look, and after what time one that did not wake is tried again. */
const DUE_MOST = 200;
const RETRY_MS = 60_000;

type Waiter = { readonly connection: ConnectionId | undefined; readonly ready: (found: Session | Refusal) => void };

/** Which sessions are in memory: wakes them on demand, lets unused ones sleep, keeps the quarantined ones out. */
export class Residence {
  readonly #around: SessionSurroundings;
  readonly #definitions: ReadonlyMap<string, SessionDefinition>;
  readonly #sleepAfterMs: number;
  readonly #awake = new Map<SessionId, Session>();
  readonly #waking = new Map<SessionId, Waiter[]>();
  readonly #damaged = new Map<SessionId, LogDamage>();
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
  }

  get quarantined(): number {
    return this.#damaged.size;
  }

  awake(): readonly Session[] {
    return [...this.#awake.values()];
  }

  find(id: SessionId): Session | undefined {
    return this.#awake.get(id);
  }

  damageOf(id: SessionId): LogDamage | undefined {
    return this.#damaged.get(id);
  }

  add(session: Session): void {
    this.#awake.set(session.id, session);
  }

  /** Takes a dropped session out; the next use reads it from the store again. */
  remove(session: Session): void {
    this.#leaving.delete(session);
    if (this.#awake.get(session.id) === session) this.#awake.delete(session.id);
  }

  /** Hands over the session, awake: at once where it is, otherwise after waking it. */
  use(id: SessionId, connection: ConnectionId | undefined, ready: (found: Session | Refusal) => void): void {
    const awake = this.#awake.get(id);
    if (awake !== undefined) {
      this.#leaving.delete(awake);
      return ready(awake);
    }
    const waiters = this.#waking.get(id);
    if (waiters !== undefined) return void waiters.push({ connection, ready });
    this.#waking.set(id, [{ connection, ready }]);
    void this.#wake(id).then((found) => this.#woken(id, this.#unlessStopped(found)));
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
    this.#cancelSweep = this.#around.clock.startTimer(SWEEP_MS, () => {
      this.#sweep();
      this.start();
    });
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
      this.#planned.set(session, { at, cancel: clock.startTimer(at - now, () => this.use(session, undefined, () => undefined)) });
    }
    for (const [session, { at }] of this.#planned) if (at <= now - RETRY_MS) this.#planned.delete(session);
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
    if (found instanceof Session) {
      this.#planned.delete(id);
      this.#awake.set(id, found);
      found.wake();
    }
    for (const waiter of waiters) waiter.ready(found);
  }

  async #wake(id: SessionId): Promise<Session | Refusal> {
    if (this.#damaged.has(id)) return refuse('quarantined');
    try {
      const began = this.#around.clock.monotonic();
      const claim = await this.#around.store.claim(id);
      if (claim === undefined) return refuse('not-found');
      return await this.#restore(claim, began);
    } catch (error) {
      this.#around.observe({ kind: 'wake-failed', session: id, reason: error instanceof Error ? error.message : String(error) });
      return refuse(isDiskFull(error) ? 'disk-full' : 'unavailable');
    }
  }

  async #restore(claim: Claim, began: number): Promise<Session | Refusal> {
    const { session } = claim.row;
    const definition = this.#definitions.get(claim.row.type);
    const fault = definition === undefined ? `this server hosts no session type '${claim.row.type}'` : versionFault(claim, definition);
    if (definition === undefined || fault !== undefined) {
      this.#around.observe({ kind: 'wake-failed', session, reason: fault ?? 'no definition' });
      return refuse('unavailable', 'This server cannot run the session with the code that it has.');
    }
    const recovered = await recover(this.#around.store, claim);
    if (recovered.kind === 'damaged') return this.#quarantine(session, recovered.damage);
    const { tree, fromSnapshot, since } = recovered;
    const { row, epoch, headSeq: head, headHash: hash } = claim;
    const tag = base64url(this.#around.random.bytes(8)) as Tag;
    const tookMs = this.#around.clock.monotonic() - began;
    this.#around.observe({ kind: 'woke', session, epoch, seq: head, fromSnapshot, tookMs });
    return new Session(
      { session, definition, logId: row.logId, epoch, tag, tree, head, hash, fields: row, fromSnapshot, since },
      this.#around,
    );
  }

  #quarantine(session: SessionId, damage: LogDamage): Refusal {
    this.#damaged.set(session, damage);
    this.#around.observe({ kind: 'quarantined', session, seq: damage.seq, reason: damage.reason });
    return refuse('quarantined');
  }

  #sweep(): void {
    for (const session of this.#awake.values()) {
      session.checkpoint();
      if (!session.canSleep(this.#sleepAfterMs)) continue;
      if (!this.#leaving.has(session) && session.log.wantSnapshot()) {
        this.#leaving.add(session);
        this.#around.committer.request(session);
        continue;
      }
      session.rest();
      this.#awake.delete(session.id);
      this.#leaving.delete(session);
      this.#around.observe({ kind: 'slept', session: session.id, seq: session.log.head });
    }
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === ('disk-full' satisfies StoreErrorCode);
}
