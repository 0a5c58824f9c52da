import { DatabaseSync } from 'node:sqlite';

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, unknown>>;

/** What this store uses of a prepared statement. */
export interface Statement {
  run(...values: SqlValue[]): { changes: number | bigint; lastInsertRowid: number | bigint };
  get(...values: SqlValue[]): SqlRow | undefined;
  all(...values: SqlValue[]): SqlRow[];
}

/** What this store uses of a database. */
export interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  readonly isTransaction: boolean;
  close(): void;
}

export type OpenDatabase = (path: string, options: { readonly readOnly: boolean; readonly busyTimeoutMs: number }) => Database;

/** Opens a SQLite file. */
export const openDatabase: OpenDatabase = (path, { readOnly, busyTimeoutMs }) =>
  new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs, enableForeignKeyConstraints: false });
