import { GENESIS_HASH } from '../protocol/event.ts';
import { sideLength, sideRefusal } from './side-limits.ts';
import type { AppendEntry } from './store.ts';

/** Most bytes of one event, header and content together. */
export const MAX_EVENT_BYTES = 1024 * 1024;
/** Most bytes of all events of one entry. */
export const MAX_ENTRY_BYTES = 8 * 1024 * 1024;
/** Most bytes that one transaction takes; a larger batch is cut between entries, each of which stands alone anyway. */
export const MAX_TRANSACTION_BYTES = 32 * 1024 * 1024;
/** Rows of a list, unless told, and at most. */
export const DEFAULT_LIST_LIMIT = 100;
export const MAX_LIST_LIMIT = 1000;

/** Why an entry is not acceptable whatever the log holds; undefined when it is. */
export function refusalOf(entry: AppendEntry): 'too-large' | 'invalid' | undefined {
  let total = 0;
  for (const { header, content } of entry.events) {
    const bytes = byteLength(header) + byteLength(content);
    if (bytes > MAX_EVENT_BYTES) return 'too-large';
    total += bytes;
  }
  if (total > MAX_ENTRY_BYTES) return 'too-large';
  const reason = entry.side && sideRefusal(entry.side, entry.expectedSeq + entry.events.length);
  if (reason !== undefined) return reason;
  return isCreation(entry) && !isWholeCreation(entry) ? 'invalid' : undefined;
}

/** Whether an entry makes its session. */
export function isCreation(entry: AppendEntry): boolean {
  return entry.expectedSeq === 0 && entry.logId !== undefined;
}

/** The entries in runs that fit into one transaction each. */
export function cutBatch(entries: readonly AppendEntry[], most: number = MAX_TRANSACTION_BYTES): (readonly AppendEntry[])[] {
  const runs: AppendEntry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    const size = entryBytes(entry);
    if (bytes > 0 && bytes + size > most) {
      runs.push([]);
      bytes = 0;
    }
    runs.at(-1)?.push(entry);
    bytes += size;
  }
  return runs;
}

/** How many rows a list may have. */
export function listLimit(wanted: number | undefined): number {
  return Math.max(1, Math.min(Math.trunc(wanted ?? DEFAULT_LIST_LIMIT), MAX_LIST_LIMIT));
}

function isWholeCreation({ row, epoch, expectedHash }: AppendEntry): boolean {
  return row !== undefined && epoch === 1 && expectedHash === GENESIS_HASH;
}

// In characters, which is near enough for a bound on memory and costs nothing.
function entryBytes({ events, side }: AppendEntry): number {
  const ofEvents = events.reduce((bytes, { header, content }) => bytes + header.length + content.length, 0);
  return (side ?? []).reduce((bytes, write) => bytes + sideLength(write), ofEvents);
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
