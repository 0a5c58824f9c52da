import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../scripts/run-tool.ts';
import { buildTabletop } from './build-tabletop.ts';

/** The tabletop as `npm start` serves it, in a process of its own that can be killed and started again on the same data and port. */
export class TabletopServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'holdfast-tabletop-'));
  #child: ChildProcess | undefined;
  #url = '';

  /** Builds the web app and starts the server on a free port. */
  static async open(): Promise<TabletopServer> {
    const server = new TabletopServer();
    buildTabletop(server.#web);
    await server.start();
    return server;
  }

  get url(): string {
    return this.#url;
  }

  get #web(): string {
    return join(this.#folder, 'web');
  }

  async start(): Promise<void> {
    const port = this.#url === '' ? '0' : new URL(this.#url).port;
    const args = [
      'serve',
      '--no-supervise',
      'examples/tabletop/game.ts',
      '--dev',
      '--static',
      this.#web,
      '--dir',
      join(this.#folder, 'data'),
      '--port',
      port,
    ];
    const child = spawn(process.execPath, ['--conditions=holdfast-source', 'src/cli/main.ts', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += String(chunk)));
    for await (const line of createInterface(child.stdout)) {
      const url = /ready on (http:\S+)/.exec(line)?.[1];
      if (url === undefined) continue;
      this.#url = url;
      // Nobody reads on, and a full pipe would stop the server.
      child.stdout.resume();
      return;
    }
    throw new Error(`The server did not start:\n${errors}`);
  }

  /** kill -9. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Asks it to end, as whoever restarts a service does. Resolves when the process is gone. */
  drain(): Promise<void> {
    return this.#end('SIGTERM');
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
