import type { HelloFrame, LiveFrame, SnapshotFrame, TailFrame } from '../protocol/frames.ts';
import type { LogId, Position, Seq, Tag } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { applyShared } from '../state/apply.ts';
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

/** `missedFrom`: the first seq whose messages will not come. `interrupted`: the connection ended before the tail came. */
type Fresh = { readonly participants: readonly ParticipantChange[]; readonly missedFrom: Seq | undefined; interrupted: boolean };

const EMPTY: JsonObject = {};
const NOWHERE: Position = { logId: '' as LogId, seq: 0, tag: '' as Tag };

/**
 * The own view of a session at a seq. A frame takes effect as a whole or, when it throws, not at all; whatever did not
 * change keeps its identity.
 */
export class SessionView {
  meta: JsonObject = EMPTY;
  state: JsonObject = EMPTY;
  seq: Seq = 0;
  #liveTag: Tag | undefined;
  /** Where it stands, by the owner from whom it came. */
  #position = NOWHERE;
  #decoder = new LiveDecoder([0, 0]);
  #wantsSnapshot = true;
  /** What snapshots brought that no tail has followed yet. */
  #fresh: Fresh | undefined;

  /** Where a returning client stands, and the paths that need not be sent again; undefined when it must ask for a snapshot. */
  get place(): Required<Pick<HelloFrame, 'position' | 'table'>> | undefined {
    if (this.#wantsSnapshot) return undefined;
    return { position: this.#position, table: this.#decoder.table };
  }

  /** A connection begins: new events carry this tag from now on, or the one of before. */
  expectTag(tag: Tag | undefined): void {
    this.#liveTag = tag ?? this.#liveTag;
    if (this.#fresh !== undefined) this.#fresh.interrupted = true;
  }

  /** The next connection begins with a snapshot. What is shown stays. */
  forgetPosition(): void {
    this.#wantsSnapshot = true;
  }

  /** Replaces everything. */
  takeSnapshot(frame: SnapshotFrame): void {
    const { position, paths, meta, state } = frame;
    const decoder = new LiveDecoder(paths, position.seq ?? NaN);
    const before = this.meta;
    const missedFrom = this.#missedFrom(frame);
    // Whatever can throw comes first.
    const [metaNow, stateNow] = [keepIdentity(before, meta), keepIdentity(this.state, state)];
    const participants = before === EMPTY ? [] : diffParticipants(before, metaNow, position.seq);
    this.meta = metaNow;
    this.state = stateNow;
    this.#fresh = { missedFrom, participants: [...(this.#fresh?.participants ?? []), ...participants], interrupted: false };
    this.#stand(position, decoder);
  }

  /** The first seq whose messages this snapshot stands for; undefined when there is none. */
  #missedFrom({ position, reason, missed }: SnapshotFrame): Seq | undefined {
    if (position.logId !== this.#position.logId || reason === 'regression') return undefined;
    // One snapshot after the other, without the tail between them: what the first one replaced is still to be told.
    // Where this end did not say where it stood, the server cannot say what it missed.
    return this.#fresh?.missedFrom ?? missed?.[0] ?? (reason === 'joined' ? this.seq + 1 : undefined);
  }

  /** Continues after an interruption or a snapshot; gives what that brought too. */
  takeTail({ seq, paths, events }: TailFrame): ViewChange {
    const decoder = new LiveDecoder(paths ?? this.#decoder.table, seq, this.#decoder);
    const fresh = this.#fresh;
    // A snapshot's own tail brings no messages; that of another connection does.
    const missedTo = fresh?.interrupted === true ? this.seq : seq;
    const { messages, participants } = this.#apply(decoder.decode(events, { tail: true }));
    this.#fresh = undefined;
    this.#stand(this.#at(seq), decoder);
    const from = fresh?.missedFrom;
    const change = { messages, participants: [...(fresh?.participants ?? []), ...participants] };
    return from === undefined || from > missedTo ? change : { ...change, missed: [from, missedTo] };
  }

  takeLive(frame: LiveFrame): ViewChange {
    return this.#apply(this.#decoder.decode(frame));
  }

  /** Nothing more is to come up to `seq`: what is left of it cannot be seen from here. */
  cover(seq: Seq): void {
    if (seq <= this.seq) return;
    this.seq = seq;
    // With the tag of now: the next owner's says nothing of what came from this one.
    this.#position = this.#at(seq);
  }

  /** A place of the present log, at an event of the session's present owner. */
  #at(seq: Seq): Position {
    return { ...this.#position, seq, tag: this.#liveTag ?? this.#position.tag };
  }

  #stand(position: Position, decoder: LiveDecoder): void {
    this.#position = position;
    this.#decoder = decoder;
    // Without a log's id it is no place to come back to.
    this.#wantsSnapshot = position.logId === '';
    this.seq = position.seq;
  }

  #apply({ events, upTo }: { events: readonly LiveEvent[]; upTo: Seq }): ViewChange {
    const messages: ReceivedMessage[] = [];
    const participants: ParticipantChange[] = [];
    let meta = this.meta;
    for (const event of events) {
      if (event.seq <= this.seq) throw new Error(`event ${event.seq} came after ${this.seq}`);
      const before = meta;
      meta = applyShared(meta, event.meta);
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
    this.state = applyShared(
      this.state,
      events.flatMap((event) => event.state),
    );
    this.meta = meta;
    this.cover(upTo);
    return { messages, participants };
  }
}
