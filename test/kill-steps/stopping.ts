/**
 * Stands in for the module that opens database files, and ends the process with kill -9 before its n-th step: a
 * statement, or what is done to a file. Counted in each thread that loads this.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { partOf } from '../../src/store/copy-database-adapter.ts';
import { killOnceWritten } from '../live-server/kill-once-written.ts';

export { openDatabase } from '../../src/store/sqlite-database-adapter.ts';

/** What a process is to be killed at; it finds this in `KILL_STEPS`. */
export type Stop = {
  /** 1: before the first step. */
  readonly at: number;
  /** Source of a regular expression: which steps count, and with statements the commit that follows. */
  readonly steps: string;
  /** Likewise: the first one that counts. */
  readonly from?: string;
};

const { at, steps, from = '' } = JSON.parse(process.env['KILL_STEPS'] ?? '{"at":0,"steps":"^$"}') as Stop;
const [isStep, isFirst] = [new RegExp(steps), new RegExp(from)];
let taken = 0;
let isUncommitted = false;

/** True where this is the step to end at. */
function isLast(name: string): boolean {
  const text = name.trimStart();
  const isCommit = text.startsWith('COMMIT');
  // Others' commits go between; only those of what is counted are of interest.
  const counts = isCommit ? isUncommitted : isStep.test(text) && (taken > 0 || isFirst.test(text));
  if (isCommit || counts) isUncommitted = !isCommit;
  if (counts) taken += 1;
  return counts && taken === at;
}

function step(name: string): void {
  if (isLast(name)) process.kill(process.pid, 'SIGKILL');
}

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  step(sql);
  exec.call(this, sql);
};

const { run, get, all } = StatementSync.prototype;
// A change that returns what it changed is read.
StatementSync.prototype.get = function (this: StatementSync, ...values: Parameters<typeof get>) {
  step(this.sourceSQL);
  return get.apply(this, values);
} as typeof get;
StatementSync.prototype.all = function (this: StatementSync, ...values: Parameters<typeof all>) {
  step(this.sourceSQL);
  return all.apply(this, values);
} as typeof all;

StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
  step(this.sourceSQL);
  const [target]: readonly unknown[] = values;
  if (typeof target === 'string' && this.sourceSQL.startsWith('VACUUM INTO') && isLast('within VACUUM')) killOnceWritten(target);
  return run.apply(this, values);
} as typeof run;

const { copyFileSync, fsyncSync, renameSync, rmSync } = fs;
fs.copyFileSync = (source, target, mode) => {
  step('copy');
  if (isLast('within copy')) {
    const whole = fs.readFileSync(source);
    fs.writeFileSync(target, whole.subarray(0, whole.byteLength / 2));
    process.kill(process.pid, 'SIGKILL');
  }
  copyFileSync(source, target, mode);
};
fs.fsyncSync = (file) => {
  step('sync');
  fsyncSync(file);
};
fs.renameSync = (source, target) => {
  const isWhole = String(source) === partOf(String(target));
  if (isWhole) step('name the whole');
  renameSync(source, target);
  if (isWhole) step('named the whole');
};
fs.rmSync = (path, options) => {
  step('remove');
  rmSync(path, options);
};
syncBuiltinESMExports();
