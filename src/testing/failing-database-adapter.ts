import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openDatabase as openReally } from '../store/sqlite-database-adapter.ts';
import type { Database, OpenDatabase, Statement } from '../store/sqlite-database-adapter.ts';

/** What goes wrong next. */
export type DatabaseFault = {
  /** Statements that fail: those that begin with one of these. `open` is opening the file. */
  readonly at: readonly string[];
  /** SQLite's extended result code: 13 full, 1034 a failed sync, 11 damage. */
  readonly errcode: number;
  /** True: the statement is carried out, and only its success is not reported. */
  readonly done?: boolean;
  /** True: the thread ends instead. */
  readonly ends?: boolean;
};

/** The module to give to a `SqliteStore` in place of the one that opens databases. */
export const FAILING_DATABASE = new URL(import.meta.url);

/** From now on the database in a data directory fails so; until {@link clearFault}. */
export function setFault(dir: string, fault: DatabaseFault): void {
  // As a whole, because the store may be reading it at this moment.
  writeFileSync(`${faultPath(dir)}.new`, JSON.stringify(fault));
  renameSync(`${faultPath(dir)}.new`, faultPath(dir));
}

export function clearFault(dir: string): void {
  rmSync(faultPath(dir), { force: true });
}

/** Opens a real database that fails when the directory holds a fault. */
export const openDatabase: OpenDatabase = (path, options) => {
  const dir = dirname(path);
  const db = run(dir, 'open', () => openReally(path, options));
  return {
    exec: (sql) => run(dir, sql, () => db.exec(sql)),
    prepare: (sql) => wrap(dir, sql, db.prepare(sql)),
    get isTransaction() {
      return db.isTransaction;
    },
    close: () => db.close(),
  } satisfies Database;
};

function wrap(dir: string, sql: string, statement: Statement): Statement {
  return {
    run: (...values) => run(dir, sql, () => statement.run(...values)),
    get: (...values) => run(dir, sql, () => statement.get(...values)),
    all: (...values) => run(dir, sql, () => statement.all(...values)),
  };
}

function run<T>(dir: string, sql: string, work: () => T): T {
  const fault = readFault(dir);
  if (fault === undefined || !fault.at.some((start) => sql.trimStart().startsWith(start))) return work();
  if (fault.ends === true) process.exit(1);
  if (fault.done === true) work();
  throw Object.assign(new Error(`injected failure of ${sql.slice(0, 40)}`), { code: 'ERR_SQLITE_ERROR', errcode: fault.errcode });
}

function readFault(dir: string): DatabaseFault | undefined {
  const path = faultPath(dir);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as DatabaseFault) : undefined;
}

function faultPath(dir: string): string {
  return join(dir, 'fault.json');
}
