import type { LogId, SessionId } from '../protocol/ids.ts';
import { ColumnError, integerIn, nullableIn, textIn } from './sql-row.ts';
import type { SqlRow, SqlValue } from './sqlite-database-adapter.ts';
import type { CatalogueFields, CatalogueRow } from './store.ts';

/** Columns of the sessions table that come from {@link CatalogueFields}, in the order of {@link columnsOf}. */
export const FIELD_COLUMNS = [
  'type',
  'definition_version',
  'name',
  'status',
  'owner',
  'owner_name',
  'campaign',
  'access',
  'listed',
  'seats',
  'max_seats',
  'created_at',
  'next_due_at',
  'cleanup_at',
  'listing',
  'folded_name',
] as const;

const ROW_COLUMNS = `session, log_id, rev, epoch, seq, updated_at, ${FIELD_COLUMNS.slice(0, -1).join(', ')}`;

/** What a catalogue row is read from. */
export const ROW_SELECT = `SELECT ${ROW_COLUMNS} FROM sessions JOIN heads USING (number)`;

/** The same of the sessions whose numbers come first, in whatever order. */
export function rowSelectAmong(numbers: string): string {
  return `SELECT ${ROW_COLUMNS} FROM ${numbers} CROSS JOIN sessions USING (number) CROSS JOIN heads USING (number)`;
}

/** Case is folded here and not by SQLite, which knows only that of ASCII. */
export function foldName(name: string): string {
  return name.toLowerCase();
}

export function columnsOf(fields: CatalogueFields): SqlValue[] {
  return [
    fields.type,
    fields.definitionVersion,
    fields.name,
    fields.status,
    fields.owner,
    fields.ownerName,
    fields.campaign,
    fields.access,
    fields.listed ? 1 : 0,
    fields.seats,
    fields.maxSeats,
    fields.createdAt,
    fields.nextDueAt,
    fields.cleanupAt,
    fields.listing,
    foldName(fields.name),
  ];
}

export function catalogueRow(row: SqlRow): CatalogueRow {
  return {
    session: textIn(row, 'session') as SessionId,
    logId: textIn(row, 'log_id') as LogId,
    rev: integerIn(row, 'rev'),
    epoch: integerIn(row, 'epoch'),
    headSeq: integerIn(row, 'seq'),
    updatedAt: integerIn(row, 'updated_at'),
    type: textIn(row, 'type'),
    definitionVersion: integerIn(row, 'definition_version'),
    name: textIn(row, 'name'),
    status: textIn(row, 'status'),
    owner: textIn(row, 'owner'),
    ownerName: textIn(row, 'owner_name'),
    campaign: nullableIn(textIn, row, 'campaign'),
    access: textIn(row, 'access'),
    listed: flagIn(row, 'listed'),
    seats: integerIn(row, 'seats'),
    maxSeats: nullableIn(integerIn, row, 'max_seats'),
    createdAt: integerIn(row, 'created_at'),
    nextDueAt: nullableIn(integerIn, row, 'next_due_at'),
    cleanupAt: nullableIn(integerIn, row, 'cleanup_at'),
    listing: nullableIn(textIn, row, 'listing'),
  };
}

function flagIn(row: SqlRow, column: string): boolean {
  const value = integerIn(row, column);
  if (value !== 0 && value !== 1) throw new ColumnError(column);
  return value === 1;
}
