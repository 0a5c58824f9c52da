import { decodeHeader } from '../protocol/event-text.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { Store } from '../store/store.ts';

/** Removes events up to `upTo` from a log, as far as an intact snapshot makes up for them. True where something went. */
export async function pruneLog(store: Pick<Store, 'snapshots' | 'prune'>, session: SessionId, upTo: Seq): Promise<boolean> {
  const newest = (await store.snapshots(session)).find(({ intact }) => intact);
  if (newest === undefined) return false;
  const pruned = await store.prune(session, Math.min(upTo, newest.seq) + 1);
  return pruned.outcome === 'ok' && pruned.removed > 0;
}

/** The last event of a log that was written before `time` (wall-clock milliseconds); 0 where there is none. */
export async function seqBefore(store: Pick<Store, 'beginning' | 'read'>, session: SessionId, headSeq: Seq, time: number): Promise<Seq> {
  const base = (await store.beginning(session))?.seq ?? 0;
  // Times never decrease along a log.
  let [low, high] = [base, headSeq];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const [event] = (await store.read(session, middle - 1, middle)).events;
    if (event !== undefined && decodeHeader(event.header).at < time) low = middle;
    else high = middle - 1;
  }
  return low > base ? low : 0;
}
