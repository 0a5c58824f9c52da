/**
 * Ends this process with kill -9 exactly where the aim says: before or after a step of one of its threads. Loaded by the main
 * thread, and in place of the module that opens database files by each thread of the store. Steps are statements, what is
 * done to files, calls of the store, and what is sent; each has a name that begins with its thread.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { isMainThread, workerData } from 'node:worker_threads';
import { partOf } from '../../src/store/copy-database-adapter.ts';
import { killOnceWritten } from '../live-server/kill-once-written.ts';

export { openDatabase } from '../../src/store/sqlite-database-adapter.ts';

/** Where to end. */
export type Aim = {
  /** Its name. */
  readonly point: string;
  /** Source of a regular expression: which steps count. */
  readonly step: string;
  /** Likewise: a step of the same thread that must have been taken before any counts. */
  readonly from?: string;
  /** Which of those that count. Default 1. */
  readonly at?: number;
};

/** Names the file that holds the aim, in the environment that threads inherit. */
export const AIM_FILE = 'HOLDFAST_TEST_AIM';

const { readFileSync, writeFileSync, copyFileSync, fsyncSync, renameSync, rmSync } = fs;
const THREAD = isMainThread ? 'main' : threadOf(Object(workerData));

let known = '';
let aim: Aim | undefined;
let hasBegun = false;
let taken = 0;

/** A step of this thread; does not return where the process is to end. */
export function step(name: string): void {
  if (isLast(name)) die();
}

function threadOf({ path, module }: { readonly path?: unknown; readonly module?: unknown }): string {
  if (path !== undefined) return 'backup';
  return module === undefined ? 'store' : 'snapshot';
}

function look(): void {
  const file = process.env[AIM_FILE];
  const text = file === undefined ? '' : readFileSync(file, 'utf8');
  if (text === known) return;
  known = text;
  aim = text === '' ? undefined : (JSON.parse(text) as Aim);
  hasBegun = aim?.from === undefined;
  taken = 0;
}

function isLast(name: string): boolean {
  look();
  if (aim === undefined) return false;
  const text = `${THREAD}: ${name.trimStart()}`;
  if (!hasBegun) hasBegun = new RegExp(aim.from ?? '').test(text);
  if (!hasBegun || !new RegExp(aim.step).test(text)) return false;
  taken += 1;
  return taken === (aim.at ?? 1);
}

function die(): void {
  writeFileSync(`${process.env[AIM_FILE]}.reached`, aim?.point ?? '');
  process.kill(process.pid, 'SIGKILL');
  // In another thread than the main one the end takes a moment to come.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function dieOnceWritten(path: string): void {
  writeFileSync(`${process.env[AIM_FILE]}.reached`, aim?.point ?? '');
  killOnceWritten(path);
}

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  step(sql);
  exec.call(this, sql);
  step(`did ${sql.trimStart()}`);
};

const { run, get, all } = StatementSync.prototype;
function around<T>(statement: StatementSync, work: () => T): T {
  step(statement.sourceSQL);
  const value = work();
  step(`did ${statement.sourceSQL.trimStart()}`);
  return value;
}
StatementSync.prototype.get = function (this: StatementSync, ...values: Parameters<typeof get>) {
  return around(this, () => get.apply(this, values));
} as typeof get;
StatementSync.prototype.all = function (this: StatementSync, ...values: Parameters<typeof all>) {
  return around(this, () => all.apply(this, values));
} as typeof all;
StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
  const [target]: readonly unknown[] = values;
  if (typeof target === 'string' && this.sourceSQL.startsWith('VACUUM INTO') && isLast('within VACUUM')) dieOnceWritten(target);
  return around(this, () => run.apply(this, values));
} as typeof run;

fs.copyFileSync = (source, target, mode) => {
  step('copy');
  if (isLast('within copy')) {
    const whole = readFileSync(source);
    writeFileSync(target, whole.subarray(0, whole.byteLength / 2));
    die();
  }
  copyFileSync(source, target, mode);
  step('did copy');
};
fs.fsyncSync = (file) => {
  step('sync');
  fsyncSync(file);
};
fs.renameSync = (source, target) => {
  const what = String(source) === partOf(String(target)) ? 'name the whole' : `rename ${String(target)}`;
  step(what);
  renameSync(source, target);
  step(`did ${what}`);
};
fs.rmSync = (path, options) => {
  step(`remove ${String(path)}`);
  rmSync(path, options);
  step(`did remove ${String(path)}`);
};
syncBuiltinESMExports();

const { write } = Socket.prototype;
Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
  step('send');
  if (isLast('within send')) {
    const [data]: readonly unknown[] = args;
    const whole = Buffer.from(data as string);
    while (this.writableCorked > 0) this.uncork();
    write.call(this, whole.subarray(0, whole.byteLength / 2));
    die();
  }
  return write.apply(this, args);
} as typeof write;
