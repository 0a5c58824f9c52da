import { ALL_BYTES, runFlips } from '../../test/damage/flips.ts';
import type { Proof } from '../proof.ts';

export const proof: Proof = {
  name: 'flips',
  title: 'Flipped bits on the disk',
  claim: 'A bit that flips anywhere in a log, its write-ahead log or its snapshots is found, or changes nothing that is read.',
  unit: 'flip',
  short: 2_000,
  long: ALL_BYTES,
  pieceUnits: 2_000,
  pieceLimitMs: 300_000,
  mustOccur: [
    'holdfast.db: refused',
    'holdfast.db: found in the history',
    'holdfast.db: harmless',
    'holdfast.db-wal: regression',
    'holdfast.db-wal: harmless',
  ],
  run: async (piece) => {
    const { counts, wrong } = await runFlips(piece);
    const again = (unit: number): string => `npm run prove -- flips --seed ${piece.seed} --from ${unit} --units 1`;
    return { counts, wrong: wrong.map((each) => ({ ...each, repeat: again(each.unit) })) };
  },
};
