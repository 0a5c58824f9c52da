import type { SnapshotFrame } from '../protocol/frames.ts';
import type { Position, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import { eventsAfter, foldedEvents, snapshotFrame, SnapshotTexts, standing, tailFrame, type Pack, type SnapshotFacts } from './catch-up.ts';
import { decodeText, seenFrom } from './recovery.ts';
import { refuse, type Outcome } from './outcome.ts';
import type { SessionLog } from './session-log.ts';
import { setAsideOf } from './recovery-act.ts';
import { goneFor } from './regression.ts';
import type { TailEvents } from './snapshot-tail.ts';
import { TAIL_MOST } from './tail-most.ts';
import type { SeenEvent, View } from './view.ts';

/** Whom a connection is for. */
export type Recipient = NonNullable<SnapshotFrame['participant']>;

/** How a client sees. */
export type Seer = {
  readonly view: View;
  readonly recipient: Recipient;
  /** Why nothing is built on what it has; undefined where something is. */
  readonly anew: 'sight-changed' | 'diverged' | undefined;
  /** Since when its participant sees like this: nothing older is shown. */
  readonly changedAt: Seq;
};

/** What a connection gets before its live stream begins. */
export type CaughtUp = {
  readonly frames: readonly string[];
  readonly packed?: Uint8Array | undefined;
  readonly after?: readonly string[] | undefined;
  readonly with: 'snapshot' | 'tail' | 'regression';
};

/** Brings arriving clients to the head: by the tail that they missed, or by a snapshot with the reason. */
export class Catching {
  readonly #log: SessionLog;
  readonly #store: Store;
  readonly #texts: SnapshotTexts;
  /** What follows a read is the session's own code again. */
  readonly #guard: (work: () => void) => void;
  /** Reads from the store under way, by the seq after which they begin. */
  readonly #reading = new Map<Seq, Promise<SeenEvent[] | undefined>>();

  constructor(log: SessionLog, store: Store, pack: Pack | undefined, guard: (work: () => void) => void = (work) => work()) {
    this.#log = log;
    this.#store = store;
    this.#guard = guard;
    this.#texts = new SnapshotTexts(pack);
    log.recent.beforeLettingGo = () => this.#texts.takeIn(log.recent);
  }

  /** Characters that are kept for joiners, for the budget of memory. */
  get kept(): number {
    return this.#texts.kept;
  }

  /**
   * Reads what `position` lacks and memory no longer holds, then calls `ready` with it: an empty list when memory
   * suffices (at once), undefined when a snapshot is the way.
   */
  prepare(position: Position | undefined, ready: (older: readonly SeenEvent[] | undefined) => void): void {
    if (position === undefined || standing(position, this.#log.tree, this.#log.logId, this.#log.head) !== 'behind') return ready([]);
    if (position.seq >= this.#log.recent.after) return ready([]);
    if (this.#log.head - position.seq > TAIL_MOST) return ready(undefined);
    this.#readAfter(position.seq).then(
      (events) => this.#guard(() => ready(events)),
      () => this.#guard(() => ready(undefined)),
    );
  }

  /** Keeps nothing of what joiners were to get. */
  forget(): void {
    this.#texts.forget();
  }

  /** The result that the event at `seq` stored. */
  resultAt(seq: Seq, found: (read: Outcome<{ readonly result: JsonValue | undefined }>) => void): void {
    this.#store.read(this.#log.session, seq - 1, seq).then(
      ({ events: [event] }) =>
        this.#guard(() => found(event === undefined ? refuse('unavailable') : { ok: true, result: decodeText(event).content?.result })),
      () => this.#guard(() => found(refuse('unavailable'))),
    );
  }

  /** The frames that bring a client to the head of memory; they may leave once the head is durable. */
  catchUp(
    { position, deflate, table, instance, lowest }: Pick<AttachRequest, 'position' | 'deflate' | 'table' | 'instance' | 'lowest'>,
    { view, recipient, anew, changedAt }: Seer,
    older: readonly SeenEvent[] | undefined,
  ): CaughtUp {
    const { tree, logId, head } = this.#log;
    const whole = (facts: SnapshotFacts) => this.#snapshot(view, facts, deflate, changedAt);
    if (position === undefined) return whole({ reason: 'joined' });
    const stand = standing(position, tree, logId, head);
    // Who goes on in place may have been someone else by events that are gone, their role's for one.
    if (stand === 'regression') {
      const setAside = goneFor(tree.internal, { position, instance, lowest, participant: recipient.id });
      return { ...whole({ reason: 'regression', setAside, participant: recipient }), with: 'regression' };
    }
    if (stand === 'other-log')
      return whole({ reason: 'other-log', setAside: setAsideOf(tree.internal, position, instance), participant: recipient });
    const range: [Seq, Seq] = [position.seq + 1, head];
    if (anew !== undefined) return whole({ reason: anew, missed: stand === 'behind' ? range : undefined, participant: recipient });
    const missed = this.#missed(position.seq, older);
    if (missed === undefined) return whole({ reason: 'cheaper', missed: range });
    const events = foldedEvents(missed, head, view.sight, recipient.id);
    return this.#tailOrSnapshot(view, position, { events, count: missed.length }, table);
  }

  /** A whole new beginning for a client that goes on living. Nothing in it is older than the event after which it comes. */
  snapshot(view: View, facts: SnapshotFacts): CaughtUp {
    return this.#snapshot(view, facts, undefined, this.#log.head);
  }

  #missed(from: Seq, older: readonly SeenEvent[] | undefined): SeenEvent[] | undefined {
    if (older === undefined) return undefined;
    const last = older.at(-1)?.seq ?? from;
    const newer = this.#log.recent.between(last, this.#log.head);
    return newer === undefined ? undefined : [...older, ...newer];
  }

  #tailOrSnapshot(
    view: View,
    position: Position,
    missed: { readonly events: TailEvents; readonly count: number },
    table: AttachRequest['table'],
  ): CaughtUp {
    const head = this.#log.position();
    const tail = tailFrame(missed.events, view, head.seq, table);
    if (missed.count > 32 && !this.#texts.isLongerThan(view, tail.length)) {
      const { text } = this.#texts.take(view, this.#log.tree, head, 0);
      if (text.length < tail.length) return this.#snapshot(view, { reason: 'cheaper', missed: [position.seq + 1, head.seq] }, undefined, 0);
    }
    return { frames: [tail], with: 'tail' };
  }

  #snapshot(view: View, facts: SnapshotFacts, deflate: boolean | undefined, oldest: Seq): CaughtUp {
    const position = this.#log.position();
    const snapshot = this.#texts.take(view, this.#log.tree, position, oldest);
    snapshot.tail.add(eventsAfter(this.#log.recent, snapshot.tail.upTo), position.seq);
    const tail = tailFrame(snapshot.tail.events(), view, position.seq, snapshot.table);
    if (deflate === true && facts.reason === 'joined' && snapshot.packed !== undefined)
      return { frames: [], packed: snapshot.packed, after: [tail], with: 'snapshot' };
    const frame = snapshotFrame(snapshot, facts);
    if (facts.reason === 'joined') this.#texts.prepare(snapshot, frame);
    return { frames: [frame, tail], with: 'snapshot' };
  }

  /** Many come back at once, and most of them from the same place. */
  #readAfter(seq: Seq): Promise<SeenEvent[] | undefined> {
    let reading = this.#reading.get(seq);
    if (reading === undefined) {
      reading = this.#read(seq, this.#log.durable).finally(() => this.#reading.delete(seq));
      this.#reading.set(seq, reading);
    }
    return reading;
  }

  async #read(after: Seq, upTo: Seq): Promise<SeenEvent[] | undefined> {
    const { events, damage, prunedTo } = await this.#store.read(this.#log.session, after, upTo);
    const isWhole = damage === undefined && prunedTo === undefined && events.every(({ content }) => content !== undefined);
    return isWhole ? events.map((event) => seenFrom(decodeText(event))) : undefined;
  }
}
