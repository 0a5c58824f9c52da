import { join } from 'node:path';
import { seededRandom } from '../../bench/entities.ts';
import { COUNTED, FrozenRounds } from '../../test/frozen-owner/frozen-rounds.ts';
import { inScope } from '../../test/live-server/clean-up.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

async function run({ seed, from, count, directory, done }: Piece): Promise<PieceResult> {
  const wrong: Wrong[] = [];
  const counts = await inScope(async (scope) => {
    const rounds = await FrozenRounds.begin(scope, join(directory, 'data'));
    let unit = from;
    try {
      for (; unit < from + count; unit += 1) {
        await rounds.round(seededRandom(seed + unit));
        done(1);
      }
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      wrong.push({ unit, what, repeat: `npm run prove -- frozen-owner --seed ${seed} --units ${unit + 1}` });
    }
    return rounds.counts;
  });
  return { counts, wrong };
}

export const proof: Proof = {
  name: 'frozen-owner',
  title: 'Two owners',
  claim: 'A server that stood still while another one took over its data writes nothing more, says nothing wrong, and ends itself.',
  unit: 'takeover',
  short: 6,
  long: 500,
  pieceUnits: 3,
  pieceLimitMs: 180_000,
  mustOccur: COUNTED,
  run,
};
