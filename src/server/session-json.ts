import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { CatalogueQuery, CatalogueRow } from '../store/store.ts';

/** What its `status` can be. */
export { STATUSES } from '../session/lifecycle-table.ts';

/** A session as routes show it. */
export type SessionJson = {
  readonly id: SessionId;
  readonly type: string;
  readonly name: string;
  readonly status: string;
  readonly owner: string;
  readonly ownerName: string;
  readonly campaign: string | null;
  readonly access: string;
  readonly listed: boolean;
  readonly seats: number;
  readonly maxSeats: number | null;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly rev: number;
  readonly listing: JsonValue;
};

export function sessionJson(row: CatalogueRow): SessionJson {
  const { session, type, name, status, owner, ownerName, campaign, access, listed, seats, maxSeats, createdAt, updatedAt, rev } = row;
  const listing: JsonValue = row.listing === null ? {} : JSON.parse(row.listing);
  return {
    id: session,
    type,
    name,
    status,
    owner,
    ownerName,
    campaign,
    access,
    listed,
    seats,
    maxSeats,
    createdAt,
    updatedAt,
    rev,
    listing,
  };
}

/** What a listing can be narrowed to. */
export type SessionFilter = Pick<CatalogueQuery, 'type' | 'status' | 'campaign' | 'owner' | 'text' | 'seatsFree'>;

/** The same narrowing that the store does, for rows that come one by one. */
export function matchesFilter(row: CatalogueRow, filter: SessionFilter): boolean {
  if (filter.type !== undefined && row.type !== filter.type) return false;
  if (filter.status !== undefined && row.status !== filter.status) return false;
  if (filter.campaign !== undefined && row.campaign !== filter.campaign) return false;
  if (filter.owner !== undefined && row.owner !== filter.owner) return false;
  if (filter.text !== undefined && !row.name.toLowerCase().includes(filter.text.toLowerCase())) return false;
  return filter.seatsFree !== true || row.maxSeats === null || row.seats < row.maxSeats;
}
