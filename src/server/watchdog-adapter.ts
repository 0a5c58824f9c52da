import { readFileSync, rmSync } from 'node:fs';
import { url as debuggerUrl } from 'node:inspector';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { CodeWatch } from '../session/session-surroundings.ts';
import { BEAT, DEBUGGED, HUNG_FILE, LENGTH, parseHung, SLEEP, TEXT_AT, TURN, WATCH_BYTES, type HungCommand } from './watchdog-record.ts';
import type { WatchdogOrder } from './watchdog-worker-adapter.ts';

/** Beats in the time after which a command counts as one that never returns. */
const BEATS = 20;

export type WatchdogOptions = {
  /** A session's code that runs for longer is taken for one that never returns. */
  readonly hangMs: number;
  /** Where it is written down which one it was; without it nothing is left of that. */
  readonly dir: string | undefined;
};

/**
 * Sees from a thread of its own whether the main thread ever comes back from a session's code. If it does not, nobody can
 * stop that code: what it was is written down, and the process ends.
 */
export class Watchdog implements CodeWatch {
  readonly #words: Int32Array;
  readonly #text: Buffer;
  readonly #worker: Worker;
  readonly #beat: NodeJS.Timeout;
  /** What runs now, the innermost last. */
  readonly #running: string[] = [];
  #written = '';
  #length = 0;

  constructor({ hangMs, dir }: WatchdogOptions) {
    const shared = new SharedArrayBuffer(WATCH_BYTES);
    this.#words = new Int32Array(shared);
    this.#text = Buffer.from(shared, TEXT_AT);
    const order: WatchdogOrder = { shared, hangMs, dir };
    this.#worker = new Worker(sibling('watchdog-worker-adapter'), { workerData: order, execArgv: [] });
    this.#worker.unref();
    // Without its thread there is no watch, which is no reason to stop serving.
    this.#worker.on('error', () => clearInterval(this.#beat));
    this.#beat = setInterval(() => {
      Atomics.add(this.#words, BEAT, 1);
      Atomics.store(this.#words, DEBUGGED, debuggerUrl() === undefined ? 0 : 1);
    }, hangMs / BEATS).unref();
  }

  readonly enter = (session: string, what: string): void => {
    const text = `${session} ${what}`;
    this.#running.push(text);
    this.#write(text);
  };

  readonly leave = (): void => {
    this.#running.pop();
    const outer = this.#running.at(-1);
    if (outer === undefined) Atomics.store(this.#words, LENGTH, 0);
    else this.#write(outer);
  };

  async stop(): Promise<void> {
    clearInterval(this.#beat);
    Atomics.store(this.#words, SLEEP, 1);
    Atomics.notify(this.#words, SLEEP);
    await this.#worker.terminate();
  }

  #write(text: string): void {
    Atomics.add(this.#words, TURN, 1);
    // The same session's same command comes again and again.
    if (text !== this.#written) {
      this.#written = text;
      this.#length = this.#text.write(text);
    }
    Atomics.store(this.#words, LENGTH, this.#length);
  }
}

/** What the process before this one was ended for. */
export function readHung(dir: string): HungCommand | undefined {
  try {
    return parseHung(readFileSync(join(dir, HUNG_FILE), 'utf8'));
  } catch {
    return undefined;
  }
}

/** It has been dealt with. */
export function forgetHung(dir: string): void {
  rmSync(join(dir, HUNG_FILE), { force: true });
}

/** A module of this folder, in the form that this one has: source or built. */
function sibling(name: string): URL {
  return new URL(`./${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
}
