import type { LiveFrame, SnapshotFrame, TailFrame } from '../protocol/frames.ts';
import type { Position, Seq, Tag } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { applyOps } from '../state/apply.ts';
import { LiveDecoder, type LiveEvent } from '../state/live-decoder.ts';
import { keepIdentity } from './keep-identity.ts';
import { diffParticipants, type ParticipantChange } from './participants.ts';

/** A message of an event, as received. */
export type ReceivedMessage = { readonly seq: Seq; readonly name: string; readonly payload: JsonValue; readonly by: string };

/** What a frame brought besides the new state. */
export type ViewChange = { readonly messages: readonly ReceivedMessage[]; readonly participants: readonly ParticipantChange[] };

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

  /** Where a returning client stands; undefined when it must ask for a snapshot. */
  get position(): Position | undefined {
    if (this.#origin === undefined || this.#origin.seq === this.seq) return this.#origin;
    return { ...this.#origin, seq: this.seq, tag: this.#liveTag ?? this.#origin.tag };
  }

  /** Live events carry this tag from now on. */
  expectTag(tag: Tag | undefined): void {
    this.#liveTag = tag;
  }

  /** The next connection begins with a snapshot. What is shown stays. */
  forgetPosition(): void {
    this.#origin = undefined;
  }

  /** Replaces everything; gives who came and went meanwhile. */
  takeSnapshot(frame: SnapshotFrame): readonly ParticipantChange[] {
    const decoder = new LiveDecoder(frame.paths, frame.position.seq);
    const meta = keepIdentity(this.meta, frame.meta);
    const participants = this.meta === EMPTY ? [] : diffParticipants(this.meta, meta, frame.position.seq);
    this.meta = meta;
    this.state = keepIdentity(this.state, frame.state);
    this.#stand(frame.position, decoder);
    return participants;
  }

  /** Continues after an interruption. */
  takeTail(frame: TailFrame): ViewChange {
    const decoder = new LiveDecoder(frame.paths, frame.position.seq);
    const change = this.#apply(decoder.decode(frame.events, { tail: true }));
    this.#stand(frame.position, decoder);
    return change;
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
      if (event.seq <= this.seq && !isEmpty(event)) throw new Error(`event ${event.seq} came after ${this.seq}`);
      if (event.meta.length > 0) {
        const before = meta;
        meta = applyOps(meta, event.meta, { share: true });
        participants.push(...diffParticipants(before, meta, event.seq));
      }
      for (const message of event.messages) messages.push({ seq: event.seq, ...message });
    }
    // All events in one go: each touched part of the state is copied once for the frame.
    const ops = events.length === 1 ? (events[0]?.state ?? []) : events.flatMap((event) => event.state);
    if (ops.length > 0) this.state = applyOps(this.state, ops, { share: true });
    this.meta = meta;
    this.cover(upTo);
    return { messages, participants };
  }
}

function isEmpty(event: LiveEvent): boolean {
  return event.meta.length === 0 && event.state.length === 0 && event.messages.length === 0;
}
