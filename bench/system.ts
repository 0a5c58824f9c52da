import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../src/protocol/json.ts';
import type { Move, Question, Swept, Truth, Usage } from './control.ts';
import { Player } from './player.ts';

/** Whose figures: the bare broadcast server or ours. */
export type Side = 'floor' | 'holdfast';

export type SystemOptions = {
  readonly side: Side;
  /** Fresh for every start unless `keepData`. */
  readonly dir: string;
  readonly keepData?: boolean;
  /** Whether what sessions use is counted. Default true. */
  readonly budgets?: boolean;
  /** Default: any free one. */
  readonly port?: number;
  readonly serverPrefix: readonly string[];
  /** More flags of node, such as --cpu-prof. */
  readonly nodeFlags?: readonly string[];
};

/** Signs the tokens of a run, over restarts of the server. */
const SECRET = randomBytes(32).toString('base64url');

type Reply = { port?: number; id?: number; value?: unknown; error?: string };

/** One server under test: a child process, asked over its channel, driven over real sockets. */
export class System {
  readonly side: Side;
  port = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  #ready: () => void = () => {};
  #stopped = false;

  private constructor(options: SystemOptions, child: ChildProcess) {
    this.side = options.side;
    this.#child = child;
    child.on('message', (reply: Reply) => this.#receive(reply));
    child.on('exit', (code, signal) => {
      if (!this.#stopped) process.stderr.write(`The ${options.side} server ended unasked (${signal ?? code}).\n`);
      for (const { reject } of this.#waiting.values()) reject(new Error(`the ${options.side} server ended`));
      this.#waiting.clear();
    });
  }

  static async start(options: SystemOptions): Promise<System> {
    if (options.keepData !== true) rmSync(options.dir, { recursive: true, force: true });
    mkdirSync(options.dir, { recursive: true });
    const script = fileURLToPath(new URL(`./${options.side}-server.ts`, import.meta.url));
    const command = [...options.serverPrefix, process.execPath, '--expose-gc', ...(options.nodeFlags ?? []), script];
    const child = spawn(command[0] as string, command.slice(1), {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        BENCH_DIR: options.dir,
        BENCH_SECRET: SECRET,
        BENCH_BUDGETS: options.budgets === false ? 'off' : 'on',
        BENCH_PORT: String(options.port ?? 0),
        NODE_ENV: 'production',
        // As in production: see docs/how-to/start-fast.md. Both sides have it.
        NODE_COMPILE_CACHE: `${options.dir}-compiled`,
      },
    });
    const system = new System(options, child);
    const ready = new Promise<void>((resolve, reject) => {
      system.#ready = resolve;
      child.once('exit', () => reject(new Error(`the ${options.side} server did not start`)));
    });
    await ready;
    return system;
  }

  createSessions(count: number, options: JsonObject = {}): Promise<string[]> {
    return this.#ask<string[]>({ ask: 'create', count, options });
  }

  tokens(names: readonly string[]): Promise<string[]> {
    return this.#ask<string[]>({ ask: 'tokens', names });
  }

  usage(): Promise<Usage> {
    return this.#ask<Usage>({ ask: 'usage' });
  }

  /** Resident bytes after a collection. */
  memory(): Promise<number> {
    return this.#ask<number>({ ask: 'memory' });
  }

  /** Most bytes that were resident at any time. */
  peakMemory(): Promise<number> {
    return this.#ask<number>({ ask: 'peak' });
  }

  /** Lets the server itself make moves in every session. */
  play(sessions: readonly string[], moves: readonly Move[]): Promise<void> {
    return this.#ask<void>({ ask: 'play', sessions, moves });
  }

  read(sessions: readonly string[]): Promise<Truth[]> {
    return this.#ask<Truth[]>({ ask: 'read', sessions });
  }

  /** Stores so many sessions of each type; the floor stores none. */
  shelve(counts: Readonly<Record<string, number>>): Promise<void> {
    return this.#ask<void>({ ask: 'shelve', counts });
  }

  sweep(): Promise<Swept> {
    return this.#ask<Swept>({ ask: 'sweep' });
  }

  /** A connected client that has the session's state. `as` tells the floor's clients apart. */
  async join(session: string, token: string, as: number, role?: string): Promise<Player> {
    const player = new Player(this.side, this.port, { session, token, as, role });
    await player.joined;
    return player;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#ask({ ask: 'stop' }).catch(() => {});
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await exited;
    clearTimeout(deadline);
  }

  async kill(): Promise<void> {
    this.#stopped = true;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #ask<T>(question: Question): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.#child.send({ id, question });
    });
  }

  #receive(reply: Reply): void {
    if (reply.port !== undefined) {
      this.port = reply.port;
      this.#ready();
      return;
    }
    const waiting = this.#waiting.get(reply.id ?? 0);
    this.#waiting.delete(reply.id ?? 0);
    if (reply.error !== undefined) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.value);
  }
}
