import type { Proof } from '../proof.ts';

/** What it needs is never there. */
export const proof: Proof = {
  name: 'needy',
  title: 'With a compiler',
  claim: 'It compiles.',
  unit: 'file',
  short: 1,
  long: 1,
  pieceUnits: 1,
  pieceLimitMs: 60_000,
  needs: async () => 'there is no C compiler; get one with: apt-get install -y gcc',
  run: async () => ({ counts: {}, wrong: [] }),
};
