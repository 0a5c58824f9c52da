import { COUNTED, cutAndCheck } from '../../test/power/power-cuts.ts';
import { shimNeeds } from '../../test/shim/build-shim.ts';
import type { Proof } from '../proof.ts';

export const proof: Proof = {
  name: 'power',
  title: 'power cuts: unsynced writes dropped, torn and reordered',
  claim: 'A power cut at any instant loses nothing that was acknowledged or shown, runs no command twice, and leaves data that verifies.',
  unit: 'cut',
  short: 20,
  long: 1_000,
  pieceUnits: 20,
  pieceLimitMs: 300_000,
  mustOccur: COUNTED,
  needs: shimNeeds,
  async run({ seed, from, count, directory, done }) {
    const { counts, wrong } = await cutAndCheck({ seed, from, count, directory, done });
    const repeat = `npm run prove -- power --seed ${seed} --units ${from + count}`;
    return { counts, wrong: wrong.map((each) => ({ ...each, repeat })) };
  },
};
