import { closeSync, fsyncSync, openSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { workerData } from 'node:worker_threads';
import { BEAT, DEBUGGED, HUNG_FILE, LENGTH, SLEEP, TEXT_AT, TURN, type HungCommand } from './watchdog-record.ts';

/** Looks in the time after which a command counts as one that never returns. */
const LOOKS = 10;

export type WatchdogOrder = { readonly shared: SharedArrayBuffer; readonly hangMs: number; readonly dir: string | undefined };

const { shared, hangMs, dir } = workerData as WatchdogOrder;
const words = new Int32Array(shared);
const tickMs = Math.max(10, hangMs / LOOKS);

watch();

/**
 * Counts its own looks, not the time between them: a machine that slept, or a process that was stopped for a while, has
 * stopped this thread too.
 */
function watch(): void {
  let [beat, turn, still] = [Atomics.load(words, BEAT), Atomics.load(words, TURN), 0];
  while (Atomics.wait(words, SLEEP, 0, tickMs) === 'timed-out') {
    const [newBeat, newTurn] = [Atomics.load(words, BEAT), Atomics.load(words, TURN)];
    const isRunning = Atomics.load(words, LENGTH) > 0 && Atomics.load(words, DEBUGGED) === 0;
    still = newBeat === beat && newTurn === turn && isRunning ? still + 1 : 0;
    [beat, turn] = [newBeat, newTurn];
    if (still >= LOOKS) giveUp(Math.round(still * tickMs));
  }
}

/** What it was is on the disk before the process ends. */
function giveUp(ms: number): void {
  const hung = readRunning(ms);
  try {
    if (dir !== undefined) writeSynced(dir, JSON.stringify(hung));
  } finally {
    writeSync(
      2,
      `Session ${hung.session}: '${hung.what}' has not returned for ${ms} ms; this process ends, and the session is quarantined.\n`,
    );
    process.kill(process.pid, 'SIGKILL');
  }
}

function readRunning(ms: number): HungCommand {
  const text = Buffer.from(new Uint8Array(shared, TEXT_AT, Atomics.load(words, LENGTH))).toString('utf8');
  const space = text.indexOf(' ');
  return { session: text.slice(0, space), what: text.slice(space + 1), at: Date.now(), ms };
}

function writeSynced(folder: string, text: string): void {
  const path = join(folder, HUNG_FILE);
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const handle = openSync(folder, 'r');
  fsyncSync(handle);
  closeSync(handle);
}
