import type { Proof } from '../proof.ts';

/** Holds. Its pieces take a moment, so that they can be interrupted; what they did is counted. */
export const proof: Proof = {
  name: 'sound',
  title: 'Counting',
  claim: 'Numbers come one after the other.',
  unit: 'number',
  short: 40,
  long: 4_000,
  pieceUnits: 4,
  pieceLimitMs: 60_000,
  mustOccur: ['counted'],
  run: async ({ from, count, seed, done }) => {
    for (let unit = from; unit < from + count; unit += 1) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done(1);
    }
    const sum = Array.from({ length: count }, (_, index) => from + index).reduce((total, unit) => total + unit, 0);
    return { counts: { counted: count, sum, [`seed ${seed}`]: count }, highest: { last: from + count - 1 }, wrong: [] };
  },
};
