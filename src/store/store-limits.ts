import type { AppendEntry } from './store.ts';

/** Most bytes of one event, header and content together. */
export const MAX_EVENT_BYTES = 1024 * 1024;
/** Most bytes of all events of one entry. */
export const MAX_ENTRY_BYTES = 8 * 1024 * 1024;
/** Most bytes of one snapshot. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;
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
  for (const { seq, data } of entry.side ?? []) {
    if (byteLength(data) > MAX_SNAPSHOT_BYTES) return 'too-large';
    if (seq < 1 || seq > entry.expectedSeq + entry.events.length) return 'invalid';
  }
  const creates = isCreation(entry);
  return creates && (entry.row === undefined || entry.epoch !== 1) ? 'invalid' : undefined;
}

/** Whether an entry makes its session. */
export function isCreation(entry: AppendEntry): boolean {
  return entry.expectedSeq === 0 && entry.logId !== undefined;
}

/** How many rows a list may have. */
export function listLimit(wanted: number | undefined): number {
  return Math.max(1, Math.min(Math.trunc(wanted ?? DEFAULT_LIST_LIMIT), MAX_LIST_LIMIT));
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}
