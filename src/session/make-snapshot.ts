import type { Seq, SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { MadeSnapshot, StoreReader } from '../store/store-snapshots.ts';
import { rebuild } from './recovery.ts';

/** What is to be made a snapshot of. */
export type SnapshotOrder = { readonly session: SessionId; readonly upTo: Seq };

/** Makes a snapshot of what is stored; undefined where that does not verify. */
export type MakeSnapshot = (order: SnapshotOrder) => Promise<MadeSnapshot | undefined>;

/**
 * The snapshot that the session itself would store at `upTo`, byte for byte: from the newest one stored, and the events
 * after it, by the fold that recovers a session.
 */
export async function makeSnapshot(
  logs: Omit<StoreReader, 'close'>,
  clock: Pick<Clock, 'monotonic'>,
  { session, upTo }: SnapshotOrder,
): Promise<MadeSnapshot | undefined> {
  const rebuilt = await rebuild(logs, { session, upTo, clock });
  if (rebuilt.kind === 'damaged') return undefined;
  return { seq: upTo, hash: rebuilt.hash, data: new TextEncoder().encode(JSON.stringify(rebuilt.tree)) };
}
