import { DataDirectory } from './data-directory-adapter.ts';
import { HeadKeeper } from './head-keeper.ts';
import { compareHeads, decodeHeadRecord, NO_HEAD_RECORD } from './head-record.ts';
import type { HeadRecord } from './head-record.ts';
import { PageScrubber } from './page-scrubber-adapter.ts';
import { renewLog } from './renew-log-adapter.ts';
import { SqliteConnection } from './sqlite-connection.ts';
import { integerIn } from './sql-row.ts';
import type { Database, OpenDatabase } from './sqlite-database-adapter.ts';
import { SqliteEngine } from './sqlite-engine.ts';
import { faultOf, storeErrorOf } from './sqlite-error.ts';
import { applyPragmas, checkSqliteVersion } from './sqlite-pragmas.ts';
import { checkSchema, migrateSchema, SCHEMA_VERSION } from './sqlite-schema.ts';
import { StoreError } from './store.ts';
import { Tidying } from './tidying.ts';
import type { StoreInfo } from './store.ts';

/** How long a statement waits for another process that reads or writes the same file. */
const BUSY_TIMEOUT_MS = 2000;

export type StoreSettings = {
  readonly dir: string;
  readonly durability: 'full' | 'normal';
  readonly readOnly: boolean;
  readonly development: boolean;
  readonly acceptRegressions: boolean;
};

/** What the engine needs from outside. */
export type Surroundings = {
  readonly openDatabase: OpenDatabase;
  readonly platform: string;
  readonly startedAt: Date;
  readonly monotonic: () => number;
  readonly onBroken: (error: StoreError) => void;
};

export type OpenedEngine = {
  readonly engine: SqliteEngine;
  readonly tidying: Tidying;
  readonly info: StoreInfo;
  readonly release: () => void;
};

type Facts = Record<string, string | number | boolean>;

/** Opens the directory for one server, or for reading beside one. Rejects with `StoreError`, leaving no lock behind. */
export function openEngine(settings: StoreSettings, surroundings: Surroundings): OpenedEngine {
  const directory = new DataDirectory(settings.dir);
  if (settings.readOnly) directory.assertExists();
  else {
    directory.prepare();
    directory.lock(surroundings.openDatabase, surroundings.startedAt);
  }
  try {
    return openWithRoom(directory, () => assemble(directory, settings, surroundings));
  } catch (error) {
    directory.unlock();
    throw storeErrorOf(error, `opening ${settings.dir}`);
  }
}

// A server that stopped for want of room must be able to start again.
function openWithRoom<T>(directory: DataDirectory, open: () => T): T {
  try {
    return open();
  } catch (error) {
    if (faultOf(error) !== 'full' || !directory.isLocked || !directory.hasReserve) throw error;
    directory.freeReserve();
    return open();
  }
}

function assemble(directory: DataDirectory, settings: StoreSettings, surroundings: Surroundings): OpenedEngine {
  const facts: Facts = {};
  const db = openDatabaseIn(directory, settings, surroundings, facts);
  const owner = settings.readOnly ? undefined : takeOver(db);
  const connect = (): SqliteConnection => new SqliteConnection(openDatabaseIn(directory, settings, surroundings, facts), owner);
  const recorded = readHeadRecord(directory, settings, facts);
  const connection = new SqliteConnection(db, owner);
  try {
    if (!settings.readOnly) prepareWriting(connection, directory, settings);
    const removed = new Set(connection.remover.removed());
    const known = compareHeads(recorded, {
      wasRemoved: (session) => removed.has(session),
      eventRow: connection.writer.eventRow,
      headOf: (session) => connection.catalogue.get(session)?.headSeq ?? 0,
    });
    facts['development'] = connection.metaValue('development') === 1;
    facts['missingRows'] = known.missingRows;
    const { monotonic, onBroken } = surroundings;
    const scrubber = new PageScrubber(directory.databasePath);
    const keeper = new HeadKeeper(known);
    for (const session of removed) keeper.remove(session);
    const engine = new SqliteEngine({ directory, durability: settings.durability, connect, keeper, monotonic, onBroken }, connection);
    if (!settings.readOnly) engine.record();
    const release = (): void => {
      scrubber.close();
      directory.unlock();
    };
    return { engine, tidying: new Tidying(engine, scrubber), info: infoOf(directory, settings, facts, known), release };
  } catch (error) {
    connection.close();
    throw error;
  }
}

function openDatabaseIn(directory: DataDirectory, settings: StoreSettings, surroundings: Surroundings, facts: Facts): Database {
  const { durability, readOnly } = settings;
  const db = surroundings.openDatabase(directory.databasePath, { readOnly, busyTimeoutMs: BUSY_TIMEOUT_MS });
  try {
    facts['sqlite'] = checkSqliteVersion(db);
    const version = checkSchema(db, directory.path);
    Object.assign(facts, applyPragmas(db, { durability, readOnly, platform: surroundings.platform }));
    if (!readOnly) {
      renewAlone(db, directory);
      migrateSchema(db, version);
    } else if (version < SCHEMA_VERSION)
      throw new StoreError('unusable', `The data in ${directory.path} has an older form; start its server once.`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Before anything is built upon the log; see {@link renewLog}. */
function renewAlone(db: Database, directory: DataDirectory): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    renewLog(directory.databasePath);
  } finally {
    db.exec('ROLLBACK');
  }
}

const TAKE_OVER = `INSERT INTO meta (key, value) VALUES ('owner', 1)
  ON CONFLICT (key) DO UPDATE SET value = value + 1 RETURNING value`;

/** From now on no other process can write, if one still thinks that it may. The new owner's number. */
function takeOver(db: Database): number {
  try {
    return integerIn(db.prepare(TAKE_OVER).get() ?? {}, 'value');
  } catch (error) {
    db.close();
    throw error;
  }
}

function prepareWriting(connection: SqliteConnection, directory: DataDirectory, settings: StoreSettings): void {
  connection.settle();
  connection.place();
  connection.adopter.abandon();
  directory.sync();
  directory.ensureReserve();
  const isNew = connection.catalogue.list({ limit: 1 }).rows.length === 0;
  if (isNew) connection.setMetaValue('development', settings.development ? 1 : 0);
}

function readHeadRecord(directory: DataDirectory, settings: StoreSettings, facts: Facts): HeadRecord {
  const text = directory.readFile(directory.headRecordPath);
  const record = text === undefined ? undefined : decodeHeadRecord(text);
  facts['headRecord'] = record !== undefined ? 'read' : text === undefined ? 'missing' : 'unreadable';
  return record === undefined || settings.acceptRegressions ? NO_HEAD_RECORD : record;
}

function infoOf(directory: DataDirectory, settings: StoreSettings, facts: Facts, known: HeadRecord): StoreInfo {
  const { durability, readOnly } = settings;
  const details = { directory: directory.path, readOnly, private: directory.isPrivate, schema: SCHEMA_VERSION, ...facts };
  return { kind: 'sqlite', durability, details, regressions: known.regressions };
}
