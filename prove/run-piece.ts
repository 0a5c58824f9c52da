import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PieceOrder, PieceReport } from './piece-process.ts';
import type { PieceResult } from './proof.ts';

const ENTRY = fileURLToPath(new URL('piece-process.ts', import.meta.url));
/** Of what the process wrote, so much of the end is shown when it breaks. */
const LAST_WORDS = 3_000;

/** How a piece ended. `broke`: the process ended, hung or threw instead of answering. */
export type PieceOutcome =
  | { readonly kind: 'result'; readonly result: PieceResult; readonly memory: number }
  | { readonly kind: 'broke'; readonly what: string; readonly unitsDone: number }
  | { readonly kind: 'stopped' };

/** One piece in a process of its own, and in a process group of its own: what it starts ends with it. */
export class RunningPiece {
  readonly ended: Promise<PieceOutcome>;
  /** So far. */
  unitsDone = 0;
  readonly #child: ChildProcess;
  #isStopped = false;

  constructor(order: PieceOrder, limitMs: number) {
    mkdirSync(order.directory, { recursive: true });
    this.#child = fork(ENTRY, {
      execArgv: ['--conditions=holdfast-source'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
    });
    this.ended = this.#follow(order, limitMs).finally(() => {
      this.#kill();
      rmSync(order.directory, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** Ends it at once; its work is lost and can be done again. */
  stop(): void {
    this.#isStopped = true;
    this.#kill();
  }

  async #follow(order: PieceOrder, limitMs: number): Promise<PieceOutcome> {
    let report: PieceReport | undefined;
    let hung = false;
    const words = lastWords(this.#child);
    const timer = setTimeout(() => {
      hung = true;
      this.#kill();
    }, limitMs);
    this.#child.on('message', (message: PieceReport) => {
      if (message.kind === 'done') this.unitsDone += message.units;
      else report = message;
    });
    this.#child.on('error', () => undefined);
    this.#child.send(order, () => undefined);
    const [code, signal] = (await once(this.#child, 'close')) as [number | null, string | null];
    clearTimeout(timer);
    if (report?.kind === 'result') return report;
    if (this.#isStopped) return { kind: 'stopped' };
    const broke = (what: string): PieceOutcome => ({ kind: 'broke', what: `${what}${words()}`, unitsDone: this.unitsDone });
    if (report?.kind === 'failed') return broke(`it threw: ${report.what}`);
    if (hung) return broke(`it hung: no answer within ${limitMs / 1_000} s`);
    return broke(signal === null ? `its process ended with exit code ${code}` : `its process was ended by ${signal}`);
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill('SIGKILL');
      else process.kill(-pid, 'SIGKILL');
    } catch {
      // It has ended, and so has everything that it started.
    }
  }
}

/** The files of a piece, for itself alone. */
export function pieceDirectory(dir: string, proof: string, piece: number): string {
  return join(dir, 'pieces', `${process.pid}-${proof}-${piece}`);
}

/** Removes the files of runs that were killed. */
export function clearPieces(dir: string): void {
  const folder = join(dir, 'pieces');
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (!isRunning(Number.parseInt(name, 10))) rmSync(join(folder, name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Keeps the end of what a process writes. */
function lastWords(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-LAST_WORDS);
    });
  return () => (text.trim() === '' ? '' : `\nits last words:\n${text.trim()}`);
}
