import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statfsSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeDirectory } from './make-directory-adapter.ts';
import type { Database, OpenDatabase } from './sqlite-database-adapter.ts';
import { faultOf, messageOf, storeErrorOf } from './sqlite-error.ts';
import { StoreError } from './store.ts';
import { syncFile } from './sync-file-adapter.ts';

/** Kept allocated so that small appends go on when the disk is full. */
export const RESERVE_BYTES = 8 * 1024 * 1024;
/** Room that must be left over before the reserve is taken again, so that taking it does not fill the disk. */
const MARGIN_BYTES = 4 * 1024 * 1024;

/** The directory of one server: its files, its lock and its reserve. */
export class DataDirectory {
  readonly path: string;
  readonly databasePath: string;
  readonly headRecordPath: string;
  readonly #lockPath: string;
  readonly #holderPath: string;
  readonly #reservePath: string;
  #lock: Database | undefined;

  constructor(path: string) {
    this.path = path;
    this.databasePath = join(path, 'holdfast.db');
    this.headRecordPath = join(path, 'head-record');
    this.#lockPath = join(path, 'server.lock');
    this.#holderPath = join(path, 'server.json');
    this.#reservePath = join(path, 'reserve');
  }

  /** Makes the directory, for its owner only, unless it is there. */
  prepare(): void {
    try {
      makeDirectory(this.path);
      if (!statSync(this.path).isDirectory()) throw new Error('it is not a directory');
    } catch (cause) {
      throw new StoreError('unusable', `The data directory ${this.path} cannot be used: ${messageOf(cause)}.`, { cause });
    }
  }

  /** Refuses a directory without a database, for those who only read. */
  assertExists(): void {
    if (existsSync(this.databasePath)) return;
    throw new StoreError('unusable', `There is no Holdfast data in ${this.path}; check the path.`);
  }

  /** Whether others than the owner can read it: a directory that Holdfast did not make. */
  get isPrivate(): boolean {
    return (statSync(this.path).mode & 0o077) === 0;
  }

  /**
   * Keeps other servers out until {@link unlock} or the end of this process, however it ends: the lock is one of the
   * operating system, held by a transaction on a file that holds nothing. Throws `locked`, naming the holder.
   */
  lock(open: OpenDatabase, startedAt: Date): void {
    const lock = this.#openLock(open);
    try {
      // A file that has been written to once is locked without writing to it, so also on a full disk.
      if (lock.prepare('PRAGMA user_version').get()?.['user_version'] === 0) lock.exec('PRAGMA user_version = 1');
      lock.exec('BEGIN IMMEDIATE');
    } catch (cause) {
      lock.close();
      if (faultOf(cause) !== 'busy') throw this.#unusable(cause);
      const message = `The data directory ${this.path} is in use by ${this.holder()}; stop that server or use another directory.`;
      throw new StoreError('locked', message, { cause });
    }
    this.#lock = lock;
    const holder = { process: process.pid, host: hostname(), since: startedAt.toISOString() };
    this.#tryWriteHolder(`${JSON.stringify(holder)}\n`);
  }

  /** Whether this is the one server of the directory, which alone may change it. */
  get isLocked(): boolean {
    return this.#lock !== undefined;
  }

  unlock(): void {
    this.#lock?.close();
    this.#lock = undefined;
  }

  /** Whether the reserve is there. */
  get hasReserve(): boolean {
    return existsSync(this.#reservePath) && statSync(this.#reservePath).size === RESERVE_BYTES;
  }

  /** Gives the reserve back to the disk. */
  freeReserve(): void {
    rmSync(this.#reservePath, { force: true });
  }

  /** Takes the reserve if there is room for it and some more. Says whether it is there now. */
  ensureReserve(): boolean {
    if (this.hasReserve) return true;
    if (this.freeBytes < RESERVE_BYTES + MARGIN_BYTES) return false;
    try {
      writeIncompressible(this.#reservePath, RESERVE_BYTES);
      return true;
    } catch {
      this.freeReserve();
      return false;
    }
  }

  /** Bytes that this process may still write here. */
  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.path);
    return bavail * bsize;
  }

  /** Replaces a small file as a whole, without waiting for the disk. */
  replaceFile(path: string, text: string): void {
    const fresh = `${path}.new`;
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, path);
  }

  /** The same, and it has reached the disk. */
  replaceFileSynced(path: string, text: string): void {
    const fresh = `${path}.new`;
    writeFileSync(fresh, text, { mode: 0o600, flush: true });
    renameSync(fresh, path);
    this.sync();
  }

  /** The text of a small file; undefined when there is none. */
  readFile(path: string): string | undefined {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return undefined;
    }
  }

  /** Makes new names in the directory durable. */
  sync(): void {
    syncFile(this.path);
  }

  #openLock(open: OpenDatabase): Database {
    try {
      return open(this.#lockPath, { readOnly: false, busyTimeoutMs: 0 });
    } catch (cause) {
      throw this.#unusable(cause);
    }
  }

  #unusable(cause: unknown): StoreError {
    if (faultOf(cause) === 'full') return storeErrorOf(cause, `locking ${this.path}`);
    return new StoreError('unusable', `The data directory ${this.path} cannot be locked: ${messageOf(cause)}.`, { cause });
  }

  // Only for the message to whoever comes second; the lock does not rest on it, so a full disk is no reason to stop here.
  #tryWriteHolder(text: string): void {
    try {
      this.replaceFile(this.#holderPath, text);
    } catch {
      this.freeReserve();
    }
  }

  /** Who holds the lock, for messages. */
  holder(): string {
    const found = /"process":(\d+),"host":"([^"]*)","since":"([^"]*)"/.exec(this.readFile(this.#holderPath) ?? '');
    return found === null ? 'another process' : `process ${found[1]} on ${found[2]} since ${found[3]}`;
  }
}

// Zeros, or one small block again and again, would take no room where files are compressed. No sync: the room is taken as
// soon as it is written, and a crash that loses the file is noticed by its size.
function writeIncompressible(path: string, bytes: number): void {
  const block = randomFillSync(new Uint8Array(1024 * 1024));
  const file = openSync(path, 'w', 0o600);
  try {
    for (let at = 0; at < bytes;) at += writeSync(file, block, 0, Math.min(block.length, bytes - at));
  } finally {
    closeSync(file);
  }
}
