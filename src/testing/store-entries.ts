import assert from 'node:assert/strict';
import type { LogId, SessionId } from '../protocol/ids.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import type { AppendEntry, AppendResult, CatalogueFields, EventInput, Store } from '../store/store.ts';

/** Catalogue fields of an ordinary session. */
export const FIELDS: CatalogueFields = {
  type: 'tabletop',
  definitionVersion: 1,
  name: 'Friday game',
  status: 'active',
  owner: 'ann',
  ownerName: 'Ann',
  campaign: null,
  access: 'invite',
  listed: true,
  seats: 1,
  maxSeats: 6,
  createdAt: 1_000,
  nextDueAt: null,
  cleanupAt: null,
  listing: null,
};

/** An event whose texts name it. */
export function event(name: string): EventInput {
  return { header: `["${name}"]`, content: `{"salt":"${name} ✓"}` };
}

/** The entry that creates a session with its first event. */
export function creation(session: string, fields: Partial<CatalogueFields> = {}): AppendEntry {
  const row = { ...FIELDS, ...fields };
  return {
    session: session as SessionId,
    epoch: 1,
    expectedSeq: 0,
    expectedHash: GENESIS_HASH,
    events: [event(`${session} 1`)],
    at: row.createdAt,
    row,
    logId: `log of ${session}` as LogId,
  };
}

/** The entry that appends to where `head` left off. */
export function following(
  session: string,
  head: { seq: number; hash: string },
  names: readonly string[],
  rest: Partial<AppendEntry> = {},
): AppendEntry {
  const { seq, hash } = head;
  return { session: session as SessionId, epoch: 1, expectedSeq: seq, expectedHash: hash, events: names.map(event), at: 2_000, ...rest };
}

/** Appends one entry that must succeed. */
export async function appendOne(store: Store, entry: AppendEntry): Promise<Extract<AppendResult, { outcome: 'ok' }>> {
  const [result] = await store.append([entry]);
  assert.equal(result?.outcome, 'ok', JSON.stringify(result));
  return result;
}
