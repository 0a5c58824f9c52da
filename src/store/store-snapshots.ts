import type { Seq, SessionId } from '../protocol/ids.ts';
import type { LogRead, StoredSnapshot } from './store.ts';
import type { SnapshotState } from './store-recovery.ts';

/** A snapshot that was made apart from its session: what the events up to `seq`, the last of which has `hash`, come to. */
export type MadeSnapshot = {
  readonly seq: Seq;
  readonly hash: string;
  /** UTF-8. */
  readonly data: Uint8Array;
};

/** What a thread of its own reads of what is stored, beside the server; verified as by the store itself. */
export interface StoreReader {
  read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead>;
  readSnapshot(session: SessionId, atMost: Seq): Promise<StoredSnapshot | undefined>;
  snapshots(session: SessionId): Promise<readonly SnapshotState[]>;
  close(): void;
}

/** How another thread comes to a {@link StoreReader}: the module (a URL) exports `openReader`, which takes the options. */
export type StoreReaderSource = { readonly module: string; readonly options: Readonly<Record<string, string>> };
export type OpenReader = (options: StoreReaderSource['options']) => Promise<StoreReader>;

/** How snapshots are made and kept that are too large to ride in an append. */
export interface StoreSnapshots {
  /**
   * Keeps a snapshot, in pieces between which appends go; the oldest beyond those kept is gone then. False, and nothing is
   * kept, where the log has no such event (any more), there is one as new already, or it is over the size. `data` must not
   * be used any more.
   */
  keepSnapshot(session: SessionId, snapshot: MadeSnapshot): Promise<boolean>;
  /** Undefined: nothing is stored where another thread could read it. */
  reader(): StoreReaderSource | undefined;
}
