import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { LogDamage, LogRead } from '../../src/store/store.ts';
import { readInFlight } from './in-flight-store.ts';

/** What the program of a test makes of it. */
type Given = Readonly<Record<string, string | number | boolean>>;
export type ServerSettings = { readonly dir: string; readonly port: number; readonly inFlightFile: string; readonly plan?: Given };
/** Something that a program is asked to do; what it is given besides depends on what that is. */
export type Question = { readonly ask: string } & Given;

export type LiveServerOptions = {
  /** The program; the default serves the ledger. */
  readonly main?: URL | undefined;
  /** The next process is started, up to where it would open its data, while this one runs: so a start is quick. Default false. */
  readonly standby?: boolean | undefined;
  /** Besides this process's own environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
};

export type ServerStatus = { readonly awake: boolean; readonly health: 'ok' | 'quarantined'; readonly damage?: LogDamage };

/** A server process that a test can kill and start again: the same port and the same directories each time. */
export class LiveServer {
  readonly dir: string;
  readonly port: number;
  readonly url: string;
  /** Everything that the server printed, over all its starts. */
  output = '';
  /** For the program, from the next process on. */
  plan: Given = {};
  readonly #settings: ServerSettings;
  readonly #main: string;
  readonly #standby: boolean;
  readonly #env: Readonly<Record<string, string>>;
  readonly #compileCache: string;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  readonly #onStart = new Set<() => void>();
  #child: ChildProcess | undefined;
  #next: ChildProcess | undefined;
  #nextId = 1;

  /** `dir` holds the server's data; `aside`, on a disk with room, what the test keeps about it. */
  private constructor(dir: string, aside: string, port: number, { main, standby = false, env = {} }: LiveServerOptions) {
    this.dir = dir;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.#compileCache = join(aside, 'compile-cache');
    this.#settings = { dir, port, inFlightFile: join(aside, 'in-flight') };
    this.#main = fileURLToPath(main ?? new URL('./main.ts', import.meta.url));
    this.#standby = standby;
    this.#env = env;
  }

  static async create(dir: string, aside: string, options: LiveServerOptions = {}): Promise<LiveServer> {
    return new LiveServer(dir, aside, await freePort(), options);
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Calls `fn` whenever the server has started; the result stops it. Clients take it as the sign to try again. */
  onStart(fn: () => void): () => void {
    this.#onStart.add(fn);
    return () => this.#onStart.delete(fn);
  }

  /** Of the process that runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the server takes connections; rejects with what it printed when it ends instead. */
  async start(): Promise<void> {
    const child = this.#next ?? this.#spawn();
    this.#next = undefined;
    this.#child = child;
    let printed = '';
    const keep = (text: Buffer): void => {
      printed += text.toString();
      this.output += text.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    // Where it has ended before it could be told, its end says so.
    child.send({ start: { ...this.#settings, plan: this.plan } }, () => undefined);
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
    if (this.#standby) this.#next ??= this.#spawn();
    for (const fn of this.#onStart) fn();
  }

  /** Resolves once the process has ended, however that comes. */
  async ended(): Promise<{ code: number | null; signal: string | null }> {
    const child = this.#child;
    if (child === undefined) throw new Error('the server does not run');
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code, signal };
  }

  /** Leaves no process behind. */
  async end(): Promise<void> {
    const ends = [this.#child, this.#next].flatMap((child) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return [];
      child.kill('SIGKILL');
      return [once(child, 'close')];
    });
    this.#next = undefined;
    await Promise.all(ends);
  }

  #spawn(): ChildProcess {
    return spawn(process.execPath, ['--conditions=holdfast-source', this.#main], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...this.#env, NODE_COMPILE_CACHE: this.#compileCache },
    });
  }

  /** How many events are with the store and not yet durable, at this instant; 0 where the program does not count them. */
  get inFlight(): number {
    const { inFlightFile } = this.#settings;
    return existsSync(inFlightFile) ? readInFlight(inFlightFile) : 0;
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
    this.freeze();
    try {
      work();
    } finally {
      this.thaw();
    }
  }

  /** From here on the server stands still. */
  freeze(): void {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server does not run');
    this.#child?.kill('SIGSTOP');
    while (!isStopped(pid));
  }

  /** A server that stands still goes on. */
  thaw(): void {
    this.#child?.kill('SIGCONT');
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
    await this.ask({ ask: how });
    const ended = once(child, 'close');
    // All is done; a parent that disconnects would never hear of the close.
    child.kill();
    await ended;
  }

  createSession(type = 'ledger'): Promise<SessionId> {
    return this.ask<SessionId>({ ask: 'create', type });
  }

  /** Events after `after`, as the server's store reads them from disk. */
  readLog(session: SessionId, after: number): Promise<LogRead> {
    return this.ask<LogRead>({ ask: 'read', session, after });
  }

  status(session: SessionId): Promise<ServerStatus> {
    return this.ask<ServerStatus>({ ask: 'status', session });
  }

  /** Asks the program something; rejects when it fails, or ends meanwhile. */
  ask<T>(question: Question): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      if (this.#child === undefined) reject(new Error('the server does not run'));
      else this.#child.send({ id, question }, (error) => error && reject(error));
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
