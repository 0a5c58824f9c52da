import type { Proof } from '../proof.ts';

/** Its pieces end in every way that is not an answer. */
export const proof: Proof = {
  name: 'crashing',
  title: 'Staying alive',
  claim: 'No process ends before its work.',
  unit: 'process',
  short: 4,
  long: 4,
  pieceUnits: 1,
  pieceLimitMs: 60_000,
  run: async ({ from }) => {
    console.error('famous last words');
    if (from === 0) process.exit(7);
    if (from === 1) process.kill(process.pid, 'SIGKILL');
    if (from === 2) setImmediate(() => void Promise.reject(new Error('nobody caught it')));
    if (from === 2) await new Promise((resolve) => setTimeout(resolve, 5_000));
    if (from === 3) throw new Error('thrown by the piece');
    return { counts: {}, wrong: [] };
  },
};
