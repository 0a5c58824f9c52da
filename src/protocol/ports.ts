import type { CloseCode } from './codes.ts';
import type { ClientFrame } from './frames.ts';
import type { ConnectionId, InstanceId, ParticipantId, Position, Seq, SessionId } from './ids.ts';
import type { JsonObject } from './json.ts';
import type { PresenceConnection } from './presence.ts';

/** Time, given from outside so that it can be virtual. */
export interface Clock {
  /** Wall-clock milliseconds since 1970. May jump; nothing that keeps data safe reads it. */
  now(): number;
  /** Milliseconds that never go back, with fractions, from an arbitrary start. */
  monotonic(): number;
  /**
   * Calls `fire` once after `afterMs` (0 = as soon as the current work is done). The result cancels it. Longer waits than
   * 24 days may end after that time: whoever needs more asks again.
   */
  startTimer(afterMs: number, fire: () => void): () => void;
}

/** Randomness, given from outside so that it can be seeded. */
export interface Random {
  /** `count` unpredictable bytes. The caller owns the array. */
  bytes(count: number): Uint8Array;
}

/** Who is asking: what a verified credential says. */
export type Identity = {
  readonly id: ParticipantId;
  /** Display name, at most 64 characters. */
  readonly name: string;
  /** Application claims of the credential. */
  readonly claims: JsonObject;
  /** When the credential ends, in wall-clock milliseconds. Absent where it has no end. */
  readonly expiresAt?: number | undefined;
  /** Roles that the credential itself grants, by the id of a campaign. */
  readonly campaigns?: Readonly<Record<string, string>> | undefined;
  /** Roles that the credential itself grants, by the id of a session. */
  readonly sessions?: Readonly<Record<string, string>> | undefined;
  /** A guest, who has come by an invite: this session is the only one that the credential is good for. */
  readonly guest?: { readonly session: SessionId; readonly invite: string } | undefined;
};

/** A connection that passed login asks its session for a place. */
export type AttachRequest = {
  readonly connection: ConnectionId;
  readonly identity: Identity;
  /** Role wished for at a first join; the session decides. */
  readonly role?: string | undefined;
  /** Token of an invite, for who does not take part yet. */
  readonly invite?: string | undefined;
  /** What the session's campaign, or the host, says of this identity (null: no member). Absent: nothing was asked. */
  readonly member?: { readonly role: string } | null | undefined;
  /** Present when a client comes back: the instance issued to it before. */
  readonly instance?: InstanceId | undefined;
  readonly position?: Position | undefined;
  /** The connection that the client asks to go on with, and the token that it presents for that. */
  readonly reconnect?: { readonly connection: ConnectionId; readonly token: string } | undefined;
  /** The path table that the client has: its id, and how many of its paths. */
  readonly table?: { readonly id: number; readonly known: number } | undefined;
  /** Lowest command number of the instance still unanswered. */
  readonly lowest?: number | undefined;
  /** True when the client can take a snapshot as raw-deflated binary. */
  readonly deflate?: boolean | undefined;
};

/**
 * The narrow line between a connection and the session it talks to: encoded frames and plain records only, no shared
 * objects, so that the two may one day live on different machines.
 */
export interface SessionPort {
  attach(session: SessionId, request: AttachRequest): void;
  /** `bytes`: length of the frame's text, for the session's budget. */
  receive(session: SessionId, connection: ConnectionId, frame: ClientFrame, bytes?: number): void;
  /** The connection missed frames after `upTo`, because it reads slowly: bring it to the head by a tail or a snapshot. */
  refresh(session: SessionId, connection: ConnectionId, upTo: Seq): void;
  /** What the host of connections noticed, and sessions may want to know for presence. */
  notice(session: SessionId, notice: ConnectionNotice): void;
  /** The connection goes by a new credential of the same person: the session decides again whether they may be there. */
  renew(session: SessionId, connection: ConnectionId, identity: Identity): void;
  /** The connection has no transport any more. The session keeps its place for a while, then ends it by a record. Idempotent. */
  detach(session: SessionId, connection: ConnectionId): void;
}

/**
 * - `silent`: nothing has been heard of the connection for longer than is usual; `heard`: but now it was.
 * - `behind`: presence was not sent to it while it read slowly; now it reads.
 * - `details`: how connections are, those that changed; only while someone is in the group `gm`.
 */
export type ConnectionNotice =
  | { readonly kind: 'silent' | 'heard' | 'behind'; readonly connection: ConnectionId }
  | { readonly kind: 'details'; readonly rows: readonly PresenceConnection[] };

/** Number of a view inside one awake session: recipients with equal sight share one. */
export type ViewId = number;

/** What is for one connection alone. Its parts take effect in the order of the fields. */
export type ConnectionRecord = {
  readonly connection: ConnectionId;
  /** Complete JSON frames, to be sent before everything else. */
  readonly frames: readonly string[];
  /** A raw-deflated JSON frame, sent as one binary message after `frames`. */
  readonly packed?: Uint8Array | undefined;
  /** Complete JSON frames that must come after `packed`, and before the view's frame of the same delivery. */
  readonly after?: readonly string[] | undefined;
  /** Complete JSON frames that come after the view's frame: all that an answer rests on is in place when it arrives. */
  readonly answers?: readonly string[] | undefined;
  /** The session took this connection for the return of that one: from now on it goes by that id, and so do later records. */
  readonly resumes?: ConnectionId | undefined;
  /** With the welcome: how long the session keeps the place of this connection when it is lost. */
  readonly windowMs?: number | undefined;
  /** From now on this connection receives that view (null: none). It does receive the view frame of this very delivery. */
  readonly view?: ViewId | null | undefined;
  /** Close after sending. */
  readonly close?: { readonly code: CloseCode; readonly message: string } | undefined;
};

/** Everything that one commit (or one immediate answer) of one session releases: one write per client. */
export type Delivery = {
  readonly session: SessionId;
  /** Everything up to this seq has been released by now. */
  readonly upTo: Seq;
  readonly records: readonly ConnectionRecord[];
  /** One encoded live frame per view, shared by all its connections. */
  readonly frames: readonly { readonly view: ViewId; readonly frame: string }[];
  /** Encoded live frames that single connections get in place of their view's, if that is still their view. */
  readonly own?: readonly { readonly view: ViewId; readonly connection: ConnectionId; readonly frame: string }[] | undefined;
  /** Who is here. Soft: dropped for whoever reads slowly, and made up for later. */
  readonly presence?: PresenceDelivery | undefined;
};

/** Those who run a session are told more of who is here. */
export type PresenceGroup = 'gm' | 'others';

/** Encoded presence frames, in the order of the fields. */
export type PresenceDelivery = {
  /** For every connection that is in a group by now. */
  readonly all?: string | undefined;
  /** For those in `gm` alone. */
  readonly gm?: string | undefined;
  /** From now on that connection is in that group (null: none, it is told nothing more), and this is what it begins with. */
  readonly own: readonly { readonly connection: ConnectionId; readonly group: PresenceGroup | null; readonly frame?: string }[];
};

/** Where a session's output goes: the host of the connections. Must not throw. */
export interface DeliveryPort {
  deliver(delivery: Delivery): void;
}
