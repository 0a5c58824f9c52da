import type { SessionId } from '../protocol/ids.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionMeta } from '../definition/session-meta.ts';
import type { CatalogueFields, CatalogueRow } from '../store/store.ts';
import { cleanupDueAt } from './cleanup.ts';
import { seatsTaken } from './people.ts';
import { nextDueAt } from './timer-entry.ts';
import type { SessionLog } from './session-log.ts';
import type { Tree } from './tree.ts';

/** What of a definition the catalogue shows. */
type Listing = Pick<SessionDefinition, 'name' | 'version' | 'listing' | 'policies'>;

/** What the catalogue says of a session, derived from its tree at `at`. A failing `listing` lists nothing. */
export function catalogueFields(tree: Tree, definition: Listing, at: number): CatalogueFields {
  const meta = tree.meta as SessionMeta;
  return {
    type: definition.name,
    definitionVersion: definition.version,
    name: meta.name,
    status: meta.status,
    owner: meta.owner,
    ownerName: meta.ownerName,
    campaign: meta.campaign,
    access: meta.access,
    listed: meta.listed,
    seats: seatsTaken(tree.meta),
    maxSeats: meta.maxParticipants,
    createdAt: meta.createdAt,
    nextDueAt: nextDueAt(tree.internal),
    cleanupAt: cleanupDueAt(tree, definition, at),
    listing: listingText(tree, definition, meta),
  };
}

function listingText(tree: Tree, definition: Listing, meta: SessionMeta): string | null {
  if (definition.listing === undefined) return null;
  try {
    return JSON.stringify(definition.listing(tree.state, meta)) ?? null;
  } catch {
    return null;
  }
}

export function sameFields(a: CatalogueFields, b: CatalogueFields): boolean {
  return (Object.keys(a) as (keyof CatalogueFields)[]).every((key) => a[key] === b[key]);
}

/** The catalogue's row as it stands after the last commit, in which its fields became these. */
export function rowOf(session: SessionId, log: SessionLog, fields: CatalogueFields, rev: number): CatalogueRow {
  const { logId, epoch, durable } = log;
  return { ...fields, session, logId, epoch, headSeq: durable, rev, updatedAt: log.tree.internal.at };
}
