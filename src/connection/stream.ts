import type { Seq, SessionId } from '../protocol/ids.ts';
import type { PresenceGroup, ViewId } from '../protocol/ports.ts';
import type { Connection } from './connection.ts';
import type { OwnFrames, Wire } from './wire.ts';

/** A stream that waits for its peer to read. */
export type Suspension = {
  /** Everything up to here was written before. */
  readonly upTo: Seq;
  /** Monotonic time at which it began. */
  readonly since: number;
  /** Its session was asked for what came after: the next record with a view goes on from there. */
  asked: boolean;
  /** What must come after all that is missed. */
  readonly answers: string[];
  /** Characters of `answers`. */
  length: number;
};

/** What one logged-in connection receives of its session. */
export class Stream {
  readonly connection: Connection;
  readonly session: SessionId;
  /** Undefined while the connection is away. */
  wire: Wire | undefined;
  /** The view whose frames it receives. */
  view: ViewId | null = null;
  /** What the delivery under way holds for this connection alone. */
  held: OwnFrames | undefined = undefined;
  suspended: Suspension | undefined = undefined;
  /** Those whose presence frames it receives. */
  presence: PresenceGroup | null = null;
  /** Milliseconds of the last round trip, as its client measured it. */
  rttMs: number | null = null;
  /** What the session was told last of how the connection is. */
  detailsTold = '';
  /** The session has been told that the transport is gone. */
  isDetached = false;

  constructor(connection: Connection, session: SessionId) {
    this.connection = connection;
    this.session = session;
    this.wire = connection.peer?.wire;
  }

  /** Another transport carries it. */
  goOver(): void {
    this.wire = this.connection.peer?.wire;
    this.held = undefined;
    this.suspended = undefined;
    this.rttMs = null;
    this.isDetached = false;
  }

  goAway(): void {
    this.wire = undefined;
    this.held = undefined;
    this.suspended = undefined;
  }
}
