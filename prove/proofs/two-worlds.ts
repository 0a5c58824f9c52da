import { EXPECTED_KEYS } from '../../test/two-worlds/expected.ts';
import type { Proof } from '../proof.ts';

export const proof: Proof = {
  name: 'two-worlds',
  title: 'Two worlds with different secrets',
  claim: 'Whatever happens, someone who may not see a secret gets the same bytes, at the same time, whatever that secret is.',
  unit: 'schedule',
  short: 1_000,
  long: 100_000,
  pieceUnits: 250,
  pieceLimitMs: 600_000,
  mustOccur: EXPECTED_KEYS,
  run: async (piece) => {
    const { runSchedules } = await import('../../test/two-worlds/run-schedules.ts');
    const { counts, wrong } = await runSchedules(piece);
    const again = (unit: number): string => `npm run prove -- two-worlds --seed ${piece.seed} --from ${unit} --units 1`;
    return { counts, wrong: wrong.map((each) => ({ ...each, repeat: again(each.unit) })) };
  },
};
