// Does one piece in a process of its own: takes it as its first message, says how far it is, answers with the result.
import { enableCompileCache } from 'node:module';
import { dirname, join } from 'node:path';
import { loadProof } from './find-proofs.ts';
import type { Piece, PieceResult } from './proof.ts';

export type PieceOrder = { readonly file: string } & Omit<Piece, 'done'>;
export type PieceReport =
  | { readonly kind: 'done'; readonly units: number }
  | { readonly kind: 'result'; readonly result: PieceResult; readonly memory: number }
  | { readonly kind: 'failed'; readonly what: string };

/** Not more often than this is told how far it is. */
const TELL_EVERY_MS = 200;

/** Adds up, so that a message is not sent for every unit. */
function teller(): (units: number) => void {
  let [untold, last] = [0, performance.now()];
  return (units) => {
    untold += units;
    if (performance.now() - last < TELL_EVERY_MS) return;
    process.send?.({ kind: 'done', units: untold } satisfies PieceReport);
    [untold, last] = [0, performance.now()];
  };
}

async function doPiece({ file, ...piece }: PieceOrder): Promise<PieceReport> {
  try {
    const result = await (await loadProof(file)).run({ ...piece, done: teller() });
    return { kind: 'result', result, memory: process.resourceUsage().maxRSS * 1024 };
  } catch (error) {
    return { kind: 'failed', what: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** Nobody listens any more: this process and what it started end with the runner. */
function end(): void {
  if (process.platform !== 'win32') process.kill(-process.pid, 'SIGKILL');
  process.exit(1);
}

process.on('disconnect', end);
process.once('message', (order: PieceOrder) => {
  // Thousands of processes load the same sources.
  enableCompileCache(join(dirname(dirname(order.directory)), 'compiled'));
  void doPiece(order).then((report) => process.send?.(report, () => process.exit(0)));
});
