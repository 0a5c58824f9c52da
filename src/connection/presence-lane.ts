import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { PresenceDelivery, PresenceGroup } from '../protocol/ports.ts';
import type { PresenceConnection } from '../protocol/presence.ts';
import type { Stream } from './stream.ts';
import { SharedFrame } from './wire.ts';

/** With more unsent bytes than this a peer gets no presence until it has read them. */
const UNSENT_MOST = 64 * 1024;
const DETAILS_MS = 2_000;

/** What the lane needs of its host. */
export type PresenceLaneHost = {
  readonly streamOf: (connection: ConnectionId) => Stream | undefined;
  /** So many writes were made. */
  readonly wrote: (count: number) => void;
  /** The peer has read what it had: it wants all of it again. */
  readonly behind: (stream: Stream) => void;
  /** Told for sessions that someone in `gm` is connected to. */
  readonly details: (session: SessionId, rows: readonly PresenceConnection[]) => void;
  readonly connectionsOf: (session: SessionId) => Iterable<Stream>;
};

/**
 * The way of presence to the peers, beside that of events: frames are shared, nothing waits for anything, and for whoever
 * reads slowly they are dropped first and made up for by a whole one later.
 */
export class PresenceLane {
  readonly #host: PresenceLaneHost;
  readonly #groups = new Map<SessionId, Record<PresenceGroup, Set<Stream>>>();
  /** Missed something. */
  readonly #behind = new Set<Stream>();
  #detailsAt = -Infinity;

  constructor(host: PresenceLaneHost) {
    this.#host = host;
  }

  deliver(session: SessionId, { all, gm, own }: PresenceDelivery): void {
    const groups = this.#groups.get(session);
    if (groups !== undefined && all !== undefined) {
      const frame = new SharedFrame(all);
      this.#share(groups.others, frame);
      this.#share(groups.gm, frame);
    }
    if (groups !== undefined && gm !== undefined) this.#share(groups.gm, new SharedFrame(gm));
    // Most newcomers of one moment get the same.
    let whole: SharedFrame | undefined;
    for (const { connection, group, frame } of own) {
      const stream = this.#host.streamOf(connection);
      if (stream === undefined || stream.session !== session) continue;
      this.#join(stream, group);
      if (frame === undefined) continue;
      if (whole?.text !== frame) whole = new SharedFrame(frame);
      this.#share([stream], whole);
    }
  }

  /** The stream's transport is gone. */
  leave(stream: Stream): void {
    this.#behind.delete(stream);
    if (stream.presence === null) return;
    this.#groups.get(stream.session)?.[stream.presence].delete(stream);
    stream.presence = null;
  }

  /** Nobody of the session is connected any more. */
  forget(session: SessionId): void {
    this.#groups.delete(session);
  }

  /** Looks who reads again, and, every two seconds, how connections are. */
  sweep(at: number, toWallMs: number): void {
    for (const stream of this.#behind) {
      if (!canTake(stream)) continue;
      this.#behind.delete(stream);
      this.#host.behind(stream);
    }
    if (at - this.#detailsAt < DETAILS_MS) return;
    this.#detailsAt = at;
    for (const [session, { gm }] of this.#groups) if (gm.size > 0) this.#tellDetails(session, toWallMs);
  }

  #share(streams: Iterable<Stream>, frame: SharedFrame): void {
    let written = 0;
    for (const stream of streams) {
      if (canTake(stream)) {
        stream.wire?.sendShared(frame);
        written += 1;
      } else this.#behind.add(stream);
    }
    this.#host.wrote(written);
  }

  #join(stream: Stream, group: PresenceGroup | null): void {
    this.leave(stream);
    if (group === null || stream.wire === undefined) return;
    let groups = this.#groups.get(stream.session);
    if (groups === undefined) this.#groups.set(stream.session, (groups = { gm: new Set(), others: new Set() }));
    groups[group].add(stream);
    stream.presence = group;
  }

  #tellDetails(session: SessionId, toWallMs: number): void {
    const rows: PresenceConnection[] = [];
    for (const stream of this.#host.connectionsOf(session)) {
      const { wire, connection, rttMs } = stream;
      if (wire === undefined) continue;
      const row = {
        connection: connection.id,
        rttMs,
        lastHeardMs: Math.round(connection.heardAt + toWallMs),
        unsentBytes: wire.unsent ?? 0,
      };
      const text = `${row.rttMs} ${row.lastHeardMs} ${row.unsentBytes}`;
      if (text === stream.detailsTold) continue;
      stream.detailsTold = text;
      rows.push(row);
    }
    if (rows.length > 0) this.#host.details(session, rows);
  }
}

/** A peer that has not read what it has, or whose stream stands still for that, gets nothing more. */
function canTake({ wire, suspended }: Stream): boolean {
  return wire !== undefined && suspended === undefined && (wire.unsent ?? 0) <= UNSENT_MOST;
}
