import type { Proof } from '../proof.ts';

/** It never meets the fault that it is about. */
export const proof: Proof = {
  name: 'unseen',
  title: 'Surviving lightning',
  claim: 'Lightning does no harm.',
  unit: 'night',
  short: 4,
  long: 40,
  pieceUnits: 2,
  pieceLimitMs: 60_000,
  mustOccur: ['rain', 'lightning'],
  run: async ({ count }) => ({ counts: { rain: count }, wrong: [] }),
};
