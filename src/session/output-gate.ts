import type { ConnectionId, Seq, SessionId } from '../protocol/ids.ts';
import type { ConnectionRecord, DeliveryPort } from '../protocol/ports.ts';
import type { Refusal } from './outcome.ts';
import type { Views } from './view.ts';

/** Something computed from memory: it waits until the seq that it saw is durable. */
type Held =
  | { readonly kind: 'answer'; readonly seq: Seq; readonly connection: ConnectionId; readonly frame: string }
  /** An answer that is still being read from the log: whatever comes after it waits, so that it comes in its place. */
  | { readonly kind: 'awaited'; readonly seq: Seq }
  /** Begins or ends the stream of one connection: nothing of an earlier seq may come after it. */
  | { readonly kind: 'record'; readonly seq: Seq; readonly record: ConnectionRecord }
  /** Host code waits; told why when the events it saw were dropped. */
  | { readonly kind: 'call'; readonly seq: Seq; readonly settle: (dropped: Refusal | undefined) => void };

/** Durable before visible: the one gate through which everything that depends on a session's memory leaves it. */
export class OutputGate {
  readonly #session: SessionId;
  readonly #views: Views;
  readonly #output: DeliveryPort;
  #held: Held[] = [];
  #durable: Seq;

  constructor(session: SessionId, views: Views, output: DeliveryPort, durable: Seq) {
    this.#session = session;
    this.#views = views;
    this.#output = output;
    this.#durable = durable;
  }

  /** Everything up to this seq is in the log. */
  get durable(): Seq {
    return this.#durable;
  }

  get isEmpty(): boolean {
    return this.#held.length === 0;
  }

  /** An answer for one connection, computed at `seq`. */
  answer(seq: Seq, connection: ConnectionId, frame: string): void {
    this.#hold({ kind: 'answer', seq, connection, frame });
  }

  /** The same, when it comes, in the place that it would have had by now. `undefined`: it does not come. */
  answerLater(connection: ConnectionId): (frame: string | undefined) => void {
    const awaited: Held = { kind: 'awaited', seq: this.#durable };
    this.#held.push(awaited);
    return (frame) => {
      const place = this.#held.indexOf(awaited);
      if (place < 0) return;
      this.#held.splice(place, 1, ...(frame === undefined ? [] : [{ kind: 'answer', seq: awaited.seq, connection, frame } as const]));
      this.release(this.#durable);
    };
  }

  /** A connection's stream begins or ends at `seq`. */
  record(seq: Seq, record: ConnectionRecord): void {
    this.#hold({ kind: 'record', seq, record });
  }

  /** Calls back once `seq` is durable, or with a refusal when the session's memory was dropped before. */
  call(seq: Seq, settle: (dropped: Refusal | undefined) => void): void {
    this.#hold({ kind: 'call', seq, settle });
  }

  /** Lets out all that saw nothing after `durable`: one delivery, one more for each place where a stream begins. */
  release(durable: Seq): void {
    this.#durable = durable;
    const due = this.#takeDue();
    let batch = new Batch();
    for (const held of due) {
      if (held.kind === 'record') {
        const shown = this.#views.take(held.seq);
        if (isAnything(shown) || batch.mentions(held.record.connection)) {
          this.#deliver(batch, shown, held.seq);
          batch = new Batch();
        }
        batch.record(held.record);
      } else if (held.kind === 'answer') batch.answer(held.connection, held.frame);
      else if (held.kind === 'call') held.settle(undefined);
    }
    const upTo = this.#held[0]?.kind === 'awaited' ? (due.at(-1)?.seq ?? 0) : durable;
    this.#deliver(batch, this.#views.take(upTo), upTo);
  }

  /** The session's memory is dropped: nothing held may leave. Host calls are told; the result are those whose streams were to begin or end. */
  drop(refusal: Refusal): ConnectionId[] {
    const held = this.#held;
    this.#held = [];
    for (const entry of held) if (entry.kind === 'call') entry.settle(refusal);
    return held.flatMap((entry) => (entry.kind === 'record' ? [entry.record.connection] : []));
  }

  #hold(held: Held): void {
    this.#held.push(held);
    if (held.seq <= this.#durable) this.release(this.#durable);
  }

  #takeDue(): Held[] {
    const end = this.#held.findIndex((held) => held.seq > this.#durable || held.kind === 'awaited');
    return end < 0 ? this.#held.splice(0) : this.#held.splice(0, end);
  }

  #deliver(batch: Batch, shown: ReturnType<Views['take']>, upTo: Seq): void {
    if (batch.records.length === 0 && !isAnything(shown)) return;
    this.#output.deliver({ session: this.#session, upTo, records: batch.records, ...shown });
  }
}

function isAnything({ frames, own }: ReturnType<Views['take']>): boolean {
  return frames.length > 0 || own !== undefined;
}

const NONE: readonly string[] = [];

/** Records of one delivery: answers to one connection share a record while no other record of it comes between. */
class Batch {
  readonly records: ConnectionRecord[] = [];
  readonly #open = new Map<ConnectionId, string[]>();
  readonly #mentioned = new Set<ConnectionId>();

  mentions(connection: ConnectionId): boolean {
    return this.#mentioned.has(connection);
  }

  answer(connection: ConnectionId, frame: string): void {
    const open = this.#open.get(connection);
    if (open !== undefined) return void open.push(frame);
    const answers = [frame];
    this.#open.set(connection, answers);
    this.#mentioned.add(connection);
    this.records.push({ connection, frames: NONE, answers });
  }

  record(record: ConnectionRecord): void {
    this.#open.delete(record.connection);
    this.#mentioned.add(record.connection);
    this.records.push(record);
  }
}
