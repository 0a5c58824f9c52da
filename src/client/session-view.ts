import type { HelloFrame, LiveFrame, SnapshotFrame, TailFrame } from '../protocol/frames.ts';
import type { Position, Seq, Tag } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { applyOps } from '../state/apply.ts';
import { LiveDecoder, type LiveEvent } from '../state/live-decoder.ts';
import { keepIdentity } from './keep-identity.ts';
import { ATTENDANCE, attendanceOf, diffParticipants, type ParticipantChange } from './participants.ts';

/** A message of an event, as received. */
export type ReceivedMessage = { readonly seq: Seq; readonly name: string; readonly payload: JsonValue; readonly by: string };

/** What a frame brought besides the new state; `missed` is the range whose messages will not come. */
export type ViewChange = {
  readonly messages: readonly ReceivedMessage[];
  readonly participants: readonly ParticipantChange[];
  readonly missed?: SnapshotFrame['missed'];
};

const EMPTY: JsonObject = {};

/**
 * The own view of a session at a seq. A frame takes effect as a whole or, when it throws, not at all; whatever did not
 * change keeps its identity.
 */
export class SessionView {
  meta: JsonObject = EMPTY;
  state: JsonObject = EMPTY;
  seq: Seq = 0;
  #origin: Position | undefined;
  #liveTag: Tag | undefined;
  #decoder: LiveDecoder | undefined;
  /** What a snapshot brought that no tail has followed yet. */
  #fresh: Pick<ViewChange, 'participants' | 'missed'> | undefined;

  /** Where a returning client stands, and the paths that need not be sent again; undefined when it must ask for a snapshot. */
  get place(): Required<Pick<HelloFrame, 'position' | 'table'>> | undefined {
    if (this.#origin === undefined || this.#decoder === undefined) return undefined;
    const { logId, seq, tag } = this.#origin;
    const reached = { logId, seq: this.seq, tag: seq === this.seq ? tag : (this.#liveTag ?? tag) };
    return { position: reached, table: this.#decoder.table };
  }

  /** Live events carry this tag from now on. */
  expectTag(tag: Tag): void {
    this.#liveTag = tag;
  }

  /** The next connection begins with a snapshot. What is shown stays. */
  forgetPosition(): void {
    this.#origin = undefined;
  }

  /** Replaces everything. */
  takeSnapshot({ position, paths, meta, state, missed }: SnapshotFrame): void {
    const decoder = new LiveDecoder(paths, position.seq);
    const before = this.meta;
    this.meta = keepIdentity(before, meta);
    this.state = keepIdentity(this.state, state);
    this.#fresh = { missed, participants: before === EMPTY ? [] : diffParticipants(before, this.meta, position.seq) };
    this.#stand(position, decoder);
  }

  /** Continues after an interruption or a snapshot; gives what that brought too. */
  takeTail({ position, paths, events }: TailFrame): ViewChange {
    const decoder = new LiveDecoder(paths, position.seq, this.#decoder);
    const { messages, participants } = this.#apply(decoder.decode(events, { tail: true }));
    const fresh = this.#fresh;
    this.#fresh = undefined;
    this.#stand(position, decoder);
    return { ...fresh, messages, participants: [...(fresh?.participants ?? []), ...participants] };
  }

  takeLive(frame: LiveFrame): ViewChange {
    if (this.#decoder === undefined) throw new Error('a live frame came before any snapshot');
    return this.#apply(this.#decoder.decode(frame));
  }

  /** Nothing more is to come up to `seq`: what is left of it cannot be seen from here. */
  cover(seq: Seq): void {
    this.seq = Math.max(this.seq, seq);
  }

  #stand(position: Position, decoder: LiveDecoder): void {
    this.#origin = position;
    this.#decoder = decoder;
    this.seq = position.seq;
  }

  #apply({ events, upTo }: { events: readonly LiveEvent[]; upTo: Seq }): ViewChange {
    const messages: ReceivedMessage[] = [];
    const participants: ParticipantChange[] = [];
    let meta = this.meta;
    for (const event of events) {
      if (event.seq <= this.seq) throw new Error(`event ${event.seq} came after ${this.seq}`);
      const before = meta;
      if (event.meta.length > 0) meta = applyOps(meta, event.meta, { share: true });
      const attendance: ParticipantChange[] = [];
      for (const message of event.messages) {
        if (message.name === ATTENDANCE) attendance.push(attendanceOf(message.payload, before, meta, event.seq));
        else messages.push({ seq: event.seq, ...message });
      }
      // What was said of someone is all that there is to tell.
      const said = new Set(attendance.map(({ participant }) => participant.id));
      participants.push(...attendance, ...diffParticipants(before, meta, event.seq).filter(({ participant }) => !said.has(participant.id)));
    }
    // All events in one go: each touched part of the state is copied once for the frame.
    const ops = events.length === 1 ? (events[0]?.state ?? []) : events.flatMap((event) => event.state);
    if (ops.length > 0) this.state = applyOps(this.state, ops, { share: true });
    this.meta = meta;
    this.cover(upTo);
    return { messages, participants };
  }
}
