import { constants, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import type { Seq, SessionId } from '../protocol/ids.ts';
import { partOf } from './copy-database-adapter.ts';
import { DataDirectory } from './data-directory-adapter.ts';
import { textIn } from './sql-row.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { openDatabase } from './sqlite-database-adapter.ts';
import type { Database } from './sqlite-database-adapter.ts';
import { storeErrorOf } from './sqlite-error.ts';
import { checkSqliteVersion } from './sqlite-pragmas.ts';
import { checkSchema } from './sqlite-schema.ts';
import { StoreError } from './store.ts';
import type { LogDamage } from './store.ts';
import { syncFile } from './sync-file-adapter.ts';

/** What a database was found to hold. */
export type DatabaseReport = {
  readonly sessions: number;
  readonly events: number;
  readonly damaged: readonly (LogDamage & { readonly session: SessionId })[];
};

export type RestoreOptions = {
  /** A file that `Store.backup` wrote. */
  readonly from: string;
  /** The data directory to be: made when missing, and without a database as yet. */
  readonly dir: string;
  /** Restore it although some logs are damaged; what is sound of them is served as always. */
  readonly acceptDamage?: boolean;
};

/**
 * Makes a data directory of a backup, once everything in it was verified. The directory has its database as a whole or not
 * at all; what a crash leaves has another name, and the next attempt replaces it. Throws `StoreError`.
 */
export function restore({ from, dir, acceptDamage = false }: RestoreOptions): DatabaseReport {
  if (!existsSync(from)) throw new StoreError('unusable', `There is no backup ${from}; check the path.`);
  const directory = new DataDirectory(dir);
  directory.prepare();
  directory.lock(openDatabase, new Date());
  try {
    return restoreInto(directory, from, acceptDamage);
  } catch (error) {
    throw storeErrorOf(error, `restoring ${from}`);
  } finally {
    directory.unlock();
  }
}

function restoreInto(directory: DataDirectory, from: string, acceptDamage: boolean): DatabaseReport {
  const { path, databasePath } = directory;
  if (existsSync(databasePath)) {
    throw new StoreError('unusable', `There is a database in ${path} already; move it away, or restore into another directory.`);
  }
  const part = partOf(databasePath);
  // What another database has left here would be taken for the end of this one.
  for (const rest of [part, `${part}-journal`, `${databasePath}-wal`, `${databasePath}-shm`, directory.headRecordPath])
    rmSync(rest, { force: true });
  copyFileSync(from, part, constants.COPYFILE_FICLONE);
  const report = verifyDatabase(part, path);
  if (report.damaged.length > 0 && !acceptDamage) {
    rmSync(part);
    const [first] = report.damaged;
    const which = `${report.damaged.length} of ${report.sessions} logs are damaged, the first is ${first?.session} at seq ${first?.seq}`;
    throw new StoreError('failed', `The backup was not restored: ${which}. Take another backup, or accept the damage.`);
  }
  syncFile(part);
  directory.sync();
  renameSync(part, databasePath);
  directory.sync();
  return report;
}

/** Verifies a database file: its structure, and every log from its beginning to its head. Throws `StoreError` where it is no such file. */
export function verifyDatabase(file: string, name: string = file): DatabaseReport {
  const db = openDatabase(file, { readOnly: true, busyTimeoutMs: 0 });
  try {
    checkSqliteVersion(db);
    if (checkSchema(db, name) === 0) throw new StoreError('unusable', `${file} is not a database of Holdfast.`);
    const found = Object.values(db.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
    if (found !== 'ok') throw new StoreError('failed', `The database ${file} is damaged: ${String(found)}.`);
    return verifyLogs(db);
  } finally {
    db.close();
  }
}

function verifyLogs(db: Database): DatabaseReport {
  const connection = new SqliteConnection(db);
  const sessions = db.prepare('SELECT session FROM sessions ORDER BY number').all();
  const damaged: (LogDamage & { session: SessionId })[] = [];
  let events = 0;
  for (const row of sessions) {
    const session = textIn(row, 'session') as SessionId;
    const { count, damage } = verifyLog(connection, session);
    events += count;
    if (damage !== undefined) damaged.push({ session, ...damage });
  }
  return { sessions: sessions.length, events, damaged };
}

function verifyLog({ reader, catalogue }: SqliteConnection, session: SessionId): { count: number; damage?: LogDamage | undefined } {
  const head: Seq = catalogue.get(session)?.headSeq ?? 0;
  const base = reader.beginning(session)?.seq ?? 0;
  let hash: string | undefined;
  for (let seq = base; ;) {
    const { events, damage, more } = reader.read(session, seq, head, hash);
    seq += events.length;
    hash = events.at(-1)?.hash ?? hash;
    if (!more || damage !== undefined) return { count: seq - base, damage };
  }
}
