import type { Proof } from '../proof.ts';

/** Its second piece never answers, whatever it is told. */
export const proof: Proof = {
  name: 'hanging',
  title: 'Coming to an end',
  claim: 'Every piece ends.',
  unit: 'step',
  short: 2,
  long: 2,
  pieceUnits: 1,
  pieceLimitMs: 4_000,
  run: async ({ from, done }) => {
    if (from === 1) for (;;);
    done(1);
    return { counts: { ended: 1 }, wrong: [] };
  },
};
