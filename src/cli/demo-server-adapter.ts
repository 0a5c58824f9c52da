import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Modules in the form that this one has: source or built. */
const FORM = import.meta.url.endsWith('.ts') ? '.ts' : '.js';
const MAIN = fileURLToPath(new URL(`./main${FORM}`, import.meta.url));
const GAME = fileURLToPath(new URL(`../server/demo-game${FORM}`, import.meta.url));
const START_MS = 30_000;
const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** A real server in a process of its own and a directory of its own, which can be killed and started again. */
export class DemoServer {
  readonly #parent = mkdtempSync(join(tmpdir(), 'holdfast-demo-'));
  readonly #environment: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #port = 0;
  #said = '';

  /** `environment`: settings besides those of the demo itself. */
  constructor(environment: Readonly<Record<string, string>>) {
    this.#environment = environment;
    for (const signal of SIGNALS) process.once(signal, this.#interrupted);
  }

  /** Whoever interrupts a demo finds nothing of it, either. */
  readonly #interrupted = (): void => {
    this.#child?.kill('SIGKILL');
    this.#remove();
    process.exit(1);
  };

  #remove(): void {
    rmSync(this.#parent, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }

  /** The data directory. */
  get dir(): string {
    return join(this.#parent, 'data');
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves once it takes requests, on the same port each time. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [...conditions(), MAIN, 'serve', GAME, ...this.#flags()], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.#parent,
      // Settings of whoever plays the demo are not meant for it.
      env: this.#environment,
    });
    this.#child = child;
    this.#said = '';
    child.stderr.on('data', (data) => (this.#said = (this.#said + String(data)).slice(-4_000)));
    const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
    try {
      this.#port = Number(new URL(await readyUrl(child)).port);
    } catch (error) {
      throw new Error(`The server did not start:\n${this.#said}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  #flags(): string[] {
    return ['--no-supervise', '--json', '--log-level', 'error', '--host', '127.0.0.1', '--dir', this.dir, '--port', String(this.#port)];
  }

  /** Ends it as kill -9 does: without a word. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends it in order; the exit code. */
  stop(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }

  /** Nothing of it stays: neither a process nor a file. */
  async clear(): Promise<void> {
    await this.kill();
    for (const signal of SIGNALS) process.off(signal, this.#interrupted);
    this.#remove();
  }
}

/** Rejects where the process ends before it says that it is ready. */
async function readyUrl(child: ChildProcess): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (data) => {
      printed += String(data);
      const line = printed.split('\n').find((each) => each.includes('"ready":true'));
      if (line !== undefined && printed.includes('\n')) resolve(String(Object(JSON.parse(line)).url));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}

function conditions(): string[] {
  return FORM === '.ts' ? ['--conditions=holdfast-source'] : [];
}
