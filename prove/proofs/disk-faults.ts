import { FAULT_COUNTS, failAndCheck } from '../../test/power/fault-rounds.ts';
import { shimNeeds } from '../../test/shim/build-shim.ts';
import type { Proof } from '../proof.ts';

export const proof: Proof = {
  name: 'disk-faults',
  title: 'disks that fail: EIO, ENOSPC, short and slow, and then a power cut',
  claim: 'A failed sync or write, or a full disk, loses nothing that was acknowledged, leaves no command unanswered and needs no hand.',
  unit: 'round',
  short: 14,
  long: 1_000,
  pieceUnits: 14,
  pieceLimitMs: 300_000,
  mustOccur: FAULT_COUNTS,
  needs: shimNeeds,
  async run({ seed, from, count, directory, done }) {
    const { counts, wrong } = await failAndCheck({ seed, from, count, directory, done });
    const repeat = `npm run prove -- disk-faults --seed ${seed} --units ${from + count}`;
    return { counts, wrong: wrong.map((each) => ({ ...each, repeat })) };
  },
};
