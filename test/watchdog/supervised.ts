import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cleanUp } from '../live-server/clean-up.ts';

const CLI = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const GAME = fileURLToPath(new URL('./game.ts', import.meta.url));
const READY = /Holdfast is ready on (http:\S+)/g;

/** `holdfast serve` as people run it, on a free port, with everything that it says. */
export class SupervisedServer {
  readonly dir: string;
  said = '';
  readonly #process: ChildProcess;
  readonly #heard = new Set<() => void>();

  private constructor(dir: string, process: ChildProcess) {
    this.dir = dir;
    this.#process = process;
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (data) => {
        this.said += String(data);
        for (const fn of this.#heard) fn();
      });
    }
  }

  static async start(t: TestContext, more: readonly string[] = []): Promise<SupervisedServer> {
    const parent = await mkdtemp(join(tmpdir(), 'holdfast-'));
    const args = ['serve', GAME, '--port', '0', '--dev', '--dir', join(parent, 'data'), '--log-level', 'error', ...more];
    const child = spawn(process.execPath, ['--conditions=holdfast-source', CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new SupervisedServer(join(parent, 'data'), child);
    cleanUp(t, () => rm(parent, { recursive: true, force: true }));
    cleanUp(t, () => server.stop());
    await server.ready(1);
    return server;
  }

  /** The address, once it was said for the nth time that the server is ready. */
  async ready(nth: number): Promise<string> {
    const isReady = (): string | undefined => [...this.said.matchAll(READY)][nth - 1]?.[1];
    await this.until(() => isReady() !== undefined);
    return isReady() ?? '';
  }

  /** Waits for something that the server says. */
  async until(isSo: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (isSo()) resolve();
        else if (this.#hasEnded) reject(new Error(`it ended:\n${this.said}`));
      };
      this.#heard.add(look);
      this.#process.once('exit', look);
      look();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it as an operator does; answers the exit code. */
  async stop(): Promise<number | null> {
    if (!this.#hasEnded) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await ended;
    }
    return this.#process.exitCode;
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
