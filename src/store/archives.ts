import type { Seq, SessionId } from '../protocol/ids.ts';

/** A session as it was put away: everything from the beginning of its stored log up to this seq. */
export type Archive = { readonly name: string; readonly headSeq: Seq; readonly bytes: number };

/** Where the content of ended sessions is put. */
export interface Archives {
  /**
   * Puts a stored session away: its state, log, acts and history record as `exportSession` writes them. What is put away is
   * durable and was read back. The same again changes nothing. Undefined when there is no such session.
   */
  put(session: SessionId): Promise<Archive | undefined>;
  /** Takes away whatever was put away of a session. */
  remove(session: SessionId): Promise<void>;
}
