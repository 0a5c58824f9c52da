import { spawn, type ChildProcess } from 'node:child_process';
import { Supervision, type Ending } from './supervision.ts';

/** The flag by which a server knows that it has a supervisor. */
export const SUPERVISED = '--supervised';
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Whether this command line is one of a server that is to be started again when it dies. */
export function wantsSupervisor(args: readonly string[]): boolean {
  // Who debugs means the server.
  const isDebugged = process.execArgv.some((flag) => flag.startsWith('--inspect'));
  return args[0] === 'serve' && !isDebugged && !['--no-supervise', SUPERVISED, '--help', '-h'].some((flag) => args.includes(flag));
}

/**
 * Runs the same command line in a process of its own and starts it again when it dies. Signals pass through to it, and it
 * ends with this process. Resolves with the exit code.
 */
export async function supervise(args: readonly string[]): Promise<number> {
  const supervision = new Supervision();
  const run = new Run(args);
  for (;;) {
    const decision = supervision.decide(await run.once());
    if (decision.then === 'end') return decision.code;
    process.stderr.write(`The server ended; it is started again${decision.afterMs === 0 ? '' : ` in ${decision.afterMs} ms`}.\n`);
    if (!(await run.wait(decision.afterMs))) return 1;
  }
}

/** One server after the other, on the same port. */
class Run {
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #asked = false;
  #port: number | undefined;
  #wake: (() => void) | undefined;

  constructor(args: readonly string[]) {
    this.#args = args;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        this.#asked = true;
        this.#child?.kill(signal);
        this.#wake?.();
      });
    }
  }

  once(): Promise<Ending> {
    const [script = ''] = process.argv.slice(1);
    const port = this.#port === undefined ? [] : ['--port', String(this.#port)];
    // In a group of its own: a Ctrl-C that the terminal sends to the whole group must reach it once, through here.
    const child = spawn(process.execPath, [...process.execArgv, script, ...this.#args, ...port, SUPERVISED], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      detached: true,
    });
    this.#child = child;
    let readyAt: number | undefined;
    child.on('message', (message) => {
      const { readyOnPort }: { readyOnPort?: unknown } = Object(message);
      if (typeof readyOnPort !== 'number') return;
      readyAt = performance.now();
      this.#port = readyOnPort;
    });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => {
        this.#child = undefined;
        resolve({ code, servedMs: readyAt === undefined ? undefined : performance.now() - readyAt, asked: this.#asked });
      });
    });
  }

  /** False where the end was asked for meanwhile. */
  async wait(ms: number): Promise<boolean> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#asked) this.#wake();
    });
    this.#wake = undefined;
    return !this.#asked;
  }
}

/** In the server: tells the supervisor that it is ready, and ends with it. */
export function followSupervisor(url: string): void {
  if (process.send === undefined) return;
  process.send({ readyOnPort: Number(new URL(url).port) });
  // As safe as a kill. Whoever starts a supervisor anew would find the data directory in use otherwise.
  process.once('disconnect', () => process.exit(1));
  process.channel?.unref();
}
