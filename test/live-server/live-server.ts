import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { LogDamage, LogRead } from '../../src/store/store.ts';
import { readInFlight } from './in-flight-store.ts';

export type ServerSettings = { readonly dir: string; readonly port: number; readonly inFlightFile: string };
export type Question =
  | { ask: 'create' }
  | { ask: 'read'; session: string; after: number }
  | { ask: 'status'; session: string }
  | { ask: 'stop' | 'drain' };

export type ServerStatus = { readonly awake: boolean; readonly health: 'ok' | 'quarantined'; readonly damage?: LogDamage };

/** A server process that a test can kill and start again: the same port and the same directories each time. */
export class LiveServer {
  readonly dir: string;
  readonly port: number;
  readonly url: string;
  /** Everything that the server printed, over all its starts. */
  output = '';
  readonly #settings: ServerSettings;
  readonly #compileCache: string;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #onStart = new Set<() => void>();
  #child: ChildProcess | undefined;
  #nextId = 1;

  /** `dir` holds the server's data; `aside`, on a disk with room, what the test keeps about it. */
  private constructor(dir: string, aside: string, port: number) {
    this.dir = dir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#compileCache = join(aside, 'compile-cache');
    this.#settings = { dir, port, inFlightFile: join(aside, 'in-flight') };
  }

  static async create(dir: string, aside: string): Promise<LiveServer> {
    return new LiveServer(dir, aside, await freePort());
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Calls `fn` whenever the server has started; the result stops it. Clients take it as the sign to try again. */
  onStart(fn: () => void): () => void {
    this.#onStart.add(fn);
    return () => this.#onStart.delete(fn);
  }

  /** Resolves when the server takes connections; rejects with what it printed when it ends instead. */
  async start(): Promise<void> {
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const child = spawn(process.execPath, ['--conditions=holdfast-source', main, JSON.stringify(this.#settings)], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, NODE_COMPILE_CACHE: this.#compileCache },
    });
    this.#child = child;
    let printed = '';
    const keep = (text: Buffer): void => {
      printed += text.toString();
      this.output += text.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: { ready?: true; id?: number; value?: unknown; error?: string }) => {
        if (message.ready) resolve();
        else this.#settle(message);
      });
      child.once('close', (code) => {
        if (this.#child === child) this.#child = undefined;
        reject(new Error(`the server ended with ${code}: ${printed}`));
        for (const { reject: fail } of this.#waiting.values()) fail(new Error('the server ended'));
        this.#waiting.clear();
      });
    });
    for (const fn of this.#onStart) fn();
  }

  /** How many events are with the store and not yet durable, at this instant. */
  get inFlight(): number {
    return readInFlight(this.#settings.inFlightFile);
  }

  /** kill -9. Answers how many events were with the store and not yet durable. */
  async kill(): Promise<number> {
    const child = this.#child;
    if (child === undefined) throw new Error('the server does not run');
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    return this.inFlight;
  }

  /** Runs `work` while the server stands still: what it does to the server's world happens at one instant for it. */
  freezeDuring(work: () => void): void {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server does not run');
    this.#child?.kill('SIGSTOP');
    try {
      while (!isStopped(pid));
      work();
    } finally {
      this.#child?.kill('SIGCONT');
    }
  }

  /** Ends the server in order. Does nothing when it does not run. */
  stop(): Promise<void> {
    return this.#end('stop');
  }

  /** Ends the server for a restart: its clients are asked to come back. */
  drain(): Promise<void> {
    return this.#end('drain');
  }

  async #end(how: 'stop' | 'drain'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    await this.#ask({ ask: how });
    const ended = once(child, 'close');
    // All is done; a parent that disconnects would never hear of the close.
    child.kill();
    await ended;
  }

  createSession(): Promise<SessionId> {
    return this.#ask<SessionId>({ ask: 'create' });
  }

  /** Events after `after`, as the server's store reads them from disk. */
  readLog(session: SessionId, after: number): Promise<LogRead> {
    return this.#ask<LogRead>({ ask: 'read', session, after });
  }

  status(session: SessionId): Promise<ServerStatus> {
    return this.#ask<ServerStatus>({ ask: 'status', session });
  }

  #ask<T>(question: Question): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      if (this.#child === undefined) reject(new Error('the server does not run'));
      else this.#child.send({ id, question });
    });
  }

  #settle(message: { id?: number; value?: unknown; error?: string }): void {
    const waiting = this.#waiting.get(message.id ?? 0);
    this.#waiting.delete(message.id ?? 0);
    if (message.error === undefined) waiting?.resolve(message.value);
    else waiting?.reject(new Error(message.error));
  }
}

/** Whether every thread stands still (Linux): a stop reaches a thread that runs a little later than it is sent. */
function isStopped(pid: number): boolean {
  const states = readdirSync(`/proc/${pid}/task`).map(
    (thread) => readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]?.[0],
  );
  return states.every((state) => state === 'T');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
