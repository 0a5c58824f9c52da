import type { Code } from './codes.ts';
import type { ConnectionId, InstanceId, ParticipantId, Position, Seq, SessionId, Tag } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import type { OwnPresenceFrame, PresenceFrame } from './presence.ts';

/** First frame of a client, within 5 s and 4 KiB. */
export type HelloFrame = {
  t: 'hello';
  version: number;
  session: SessionId;
  /** Credential; absent when the Authorization header of the upgrade carried it. */
  token?: string;
  role?: string;
  /** Token of an invite: its use is the join. */
  invite?: string;
  instance?: InstanceId;
  position?: Position;
  /** An earlier connection of this client that is to go on, if it is still kept, and its newest token. */
  connection?: ConnectionId;
  reconnect?: string;
  /** The path table that this client has: `[id, how many paths of it]`. Without it a position is good for nothing. */
  table?: [number, number];
  lowest?: number;
  /** Encodings that this client can take for a snapshot besides text. */
  accept?: 'deflate'[];
};

/** A request to change state. Names beginning with `@` are built in (`@leave`, ...). */
export type CommandFrame = {
  t: 'command';
  /** Number of this command in its instance: 1, 2, 3, ... */
  n: number;
  /** Lowest number still unanswered. */
  low: number;
  name: string;
  args: JsonValue;
  /** The seq that the sender had seen, where the command asks to be refused if it is stale. */
  basis?: Seq;
};

/** Asks for a `pong`: liveness, round-trip time and clock offset. `at` is echoed. */
export type PingFrame = {
  t: 'ping';
  at: number;
  /** Milliseconds of the client's last round trip, where it has measured one. */
  rtt?: number | undefined;
};

/** The client's own view at `seq` is not what a `check` said: asks for a snapshot. */
export type DivergedFrame = { t: 'diverged'; seq: Seq; hash: string };

/** A new credential of the same person, before the one that the connection goes by ends. Answered with `renewed`. */
export type RenewFrame = { t: 'renew'; token: string };

export type ClientFrame = HelloFrame | CommandFrame | PingFrame | DivergedFrame | OwnPresenceFrame | RenewFrame;

/** First frame of the server after a successful login. */
export type WelcomeFrame = {
  t: 'welcome';
  version: number;
  connection: ConnectionId;
  instance: InstanceId;
  participant: { id: ParticipantId; name: string; role: string };
  session: { id: SessionId; type: string; version: number };
  /** Highest command number of the instance that is settled. */
  settled: number;
  /** Private: brings this connection back, once. The one before stays good until this one is used. */
  reconnect: string;
  /** True when this is the connection of before, under its old id: nobody saw it leave. */
  resumed: boolean;
  /** How long the server keeps the place of a connection that is lost. */
  windowMs: number;
  /** Tag of the session's present owner: events that come live carry it. */
  tag: Tag;
  durability: Durability;
  heartbeatMs: number;
  /** Server wall-clock milliseconds. */
  now: number;
  /** When the credential ends, and the connection with it unless it is renewed: server wall-clock milliseconds. Absent: it has no end. */
  expiresAt?: number;
};

/**
 * In place of `welcome` where the client still holds the one of before, as its path table shows: the connection goes on under
 * its old id, and all that is not said here is as it was.
 */
export type ResumedFrame = {
  t: 'resumed';
  /** As in `welcome`. */
  reconnect: string;
  /** Absent where the position that the client presented carries it already. */
  tag?: Tag;
  /** Absent: 15,000. */
  heartbeatMs?: number;
  /** As in `welcome`. */
  expiresAt?: number;
};

/** `full`: fsync before the ack. `normal`: written, not synced. `memory`: kept by the process only. */
export type Durability = 'full' | 'normal' | 'memory';

/**
 * Everything that this recipient may see at `position`; replaces what the client had. A tail always follows: what
 * happened since, so that one encoding can serve many joiners.
 */
export type SnapshotFrame = {
  t: 'snapshot';
  position: Position;
  reason: SnapshotReason;
  /** First and last seq whose messages were not delivered. */
  missed?: [Seq, Seq];
  /**
   * With `other-log`: events of the client's log that are in this one no more, since an operator took it back, and the numbers
   * of the client's own commands among them, as ranges with both ends; those were acknowledged and have no effect now. With
   * `regression`, where that can be told: the same of what a restored backup does not have.
   */
  setAside?: { range: [Seq, Seq]; commands: [first: number, last: number][] };
  /** With `sight-changed`, `regression` and `other-log`, sometimes with others: who the recipient is now. */
  participant?: WelcomeFrame['participant'];
  meta: JsonObject;
  state: JsonObject;
  paths: PathList;
};

/**
 * The view's path table as it stands after the frame: its id, how many paths the client has already from the table of this
 * id, and those that follow. They have the numbers 0, 1, 2, ... in order.
 */
export type PathList = [id: number, known: number, ...WirePath[]];

/**
 * Why a snapshot comes and not a tail. `sight-changed`: what this recipient may see is not what it might at its position, or
 * the table that says which sight that was did not come with it.
 */
export type SnapshotReason = 'joined' | 'cheaper' | 'regression' | 'other-log' | 'sight-changed' | 'reloaded' | 'diverged';

/**
 * What a returning client missed, or what came after a snapshot: events after the client's position up to `seq`, an event of
 * the session's present owner.
 */
export type TailFrame = {
  t: 'tail';
  seq: Seq;
  /** The same items as in a live frame, with the table as it stands at `seq`; the numbers that paths get here hold for this tail. */
  events: LiveFrame;
  /** True when event boundaries were merged; messages keep their own seq by the separators. */
  folded?: true;
  /** Absent where the client has the whole table; `[]` for an empty one whose id comes when it gets its first path. */
  paths?: PathList | [];
};

/**
 * A command of this instance was accepted; everything up to `seq` is in the log. Comes after every frame of what the
 * client may see up to `seq`.
 */
export type AckFrame = { t: 'ack'; n: number; seq: Seq; result?: JsonValue; durability?: Exclude<Durability, 'full'> };

/**
 * A command of this instance was refused; nothing changed. `seq` is the head that the decision saw; comes after every frame
 * of what the client may see up to there.
 */
export type RejectFrame = { t: 'reject'; n: number; seq: Seq; code: Code; message: string; details?: JsonValue };

/** A checkpoint, shared by a view: the hash (see `ViewHash`) of what its recipients see at `seq`. */
export type CheckFrame = { t: 'check'; seq: Seq; hash: string };

export type PongFrame = { t: 'pong'; at: number; now: number };

/** The connection goes by the new credential, which ends then; absent: it has no end. */
export type RenewedFrame = { t: 'renewed'; expiresAt?: number };

/** Something ends this connection: the close follows at once. */
export type ErrorFrame = { t: 'error'; code: Code; message: string; details?: JsonValue; retryAfterMs?: number };

/**
 * One or more events of one view, shared by all who have that view: a JSON array.
 *
 *     [seq, item, item, step, item, ...]
 *
 * The first element is the seq of the first event. A later bare number is a step: the items after it belong to the
 * event that many seqs later (events with nothing to see are stepped over; a trailing step extends the range that the
 * frame covers). The frame covers everything after the last delivered seq up to its own last seq.
 */
export type LiveFrame = [Seq, ...(LiveItem | number)[]];

/**
 * - `[number, value, value, ...]`: set the path of that number, and the following numbers, to the values;
 * - `[path, value]`: set at a path, which may thereby get the table's next number;
 * - `['d', ref]`: delete; `['p', ref, index, deleteCount, ...values]`: splice an array;
 * - `['o', ref, order]`: reorder an array, `order[i]` is the old index of the new element i;
 * - `['m', name, payload, by]`: a message sent by participant `by`;
 * - `['n', id]`: the view's path table starts anew here, empty, with this id.
 *
 * A ref is a number or a path. A path is whole, or `[number + 1, key]`: that of the number, with `key` in place of its last
 * element (a leading 0 is `meta`, hence the 1). Either gets the table's next number when the whole of it has at most 16
 * elements, the 0 counted, and the table holds fewer than 4096 paths.
 */
export type LiveItem = [number, ...JsonValue[]] | [WirePath, JsonValue] | [string, ...JsonValue[]];

/** Keys and indexes from the root. The root is `state`; a leading number 0 makes it `meta`. */
export type WirePath = (string | number)[];

export type ServerFrame =
  | WelcomeFrame
  | ResumedFrame
  | SnapshotFrame
  | TailFrame
  | AckFrame
  | RejectFrame
  | CheckFrame
  | PongFrame
  | RenewedFrame
  | PresenceFrame
  | ErrorFrame
  | LiveFrame;
