import type { SessionId } from '../protocol/ids.ts';
import type { CatalogueRow } from '../store/store.ts';
import { sessionJson, type SessionJson } from './session-json.ts';

/** For the description of the routes. */
export const EXAMPLE_SESSION = {
  id: 'mW3mPB7HkTj0q1bXUz2y4g',
  type: 'tabletop',
  name: 'Friday night',
  status: 'active',
  owner: 'ada',
  ownerName: 'Ada',
  campaign: null,
  access: 'open',
  listed: true,
  seats: 2,
  maxSeats: 6,
  createdAt: 1_767_225_600_000,
  updatedAt: 1_767_225_660_000,
  rev: 17,
  listing: {},
};

/** One page of a listing by creation. */
export type ListedPage = { readonly sessions: readonly SessionJson[]; readonly rev: number; readonly cursor?: string };

/** The page that these rows are; with a cursor where there may be more. */
export function listedPage(rows: readonly CatalogueRow[], limit: number): ListedPage {
  const rev = rows.reduce((highest, row) => Math.max(highest, row.rev), 0);
  const last = rows.length < limit ? undefined : rows.at(-1);
  return { sessions: rows.map(sessionJson), rev, ...(last === undefined ? {} : { cursor: writeCursor(last) }) };
}

/** Names a place in a listing by time. */
export function writeCursor(row: Pick<CatalogueRow, 'createdAt' | 'session'>): string {
  return Buffer.from(`${row.createdAt}:${row.session}`).toString('base64url');
}

/** The place that a cursor names; undefined where it is none of ours. */
export function readCursor(cursor: string): { createdAt: number; session: SessionId } | undefined {
  const match = /^(\d{1,15}):([A-Za-z0-9_-]{22})$/.exec(Buffer.from(cursor, 'base64url').toString());
  return match === null ? undefined : { createdAt: Number(match[1]), session: match[2] as SessionId };
}
