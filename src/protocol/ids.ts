declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The shared live thing. 22 base64url characters (128 random bits). */
export type SessionId = Branded<'SessionId'>;
/** An authenticated identity inside a session; equal to the identity of its credential. */
export type ParticipantId = Branded<'ParticipantId'>;
/** One remote endpoint, from transport open to close. Never re-used. */
export type ConnectionId = Branded<'ConnectionId'>;
/** One running client (a tab, a process), issued by the server at login; numbers its commands 1, 2, 3, ... */
export type InstanceId = Branded<'InstanceId'>;
/** Names one unrewritten history of a session; changes only when history is rewritten. */
export type LogId = Branded<'LogId'>;
/** 64 random bits drawn at each claim of ownership: (seq, tag) names one event and no other. 11 base64url characters. */
export type Tag = Branded<'Tag'>;

/** Place in a session's log: starts at 1, no gaps. 0 means "before the first event". */
export type Seq = number;
/** Counts the owners of a session: each wake or restart claims one; the fencing token checked in the append. */
export type Epoch = number;

/** A place in one log, opaque to applications: what a returning client presents. */
export type Position = { readonly logId: LogId; readonly seq: Seq; readonly tag: Tag };
