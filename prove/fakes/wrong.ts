import type { Proof } from '../proof.ts';

/** Unit 5 is wrong. */
export const proof: Proof = {
  name: 'wrong',
  title: 'A broken promise',
  claim: 'Every number is less than five or more than five.',
  unit: 'number',
  short: 9,
  long: 9,
  pieceUnits: 3,
  pieceLimitMs: 60_000,
  run: async ({ from, count, seed, done }) => {
    done(count);
    const units = Array.from({ length: count }, (_, index) => from + index).filter((unit) => unit === 5);
    const wrong = units.map((unit) => ({
      unit,
      what: 'it is five',
      repeat: `npm run prove -- wrong --seed ${seed} --from ${unit} --units 1`,
    }));
    return { counts: { looked: count }, wrong };
  },
};
