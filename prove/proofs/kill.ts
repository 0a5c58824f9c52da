import { join } from 'node:path';
import { seededRandom } from '../../bench/entities.ts';
import { COUNTED, KillRounds } from '../../test/kill/kill-rounds.ts';
import { inScope } from '../../test/live-server/clean-up.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

async function run({ seed, from, count, directory, done }: Piece): Promise<PieceResult> {
  const wrong: Wrong[] = [];
  const counts = await inScope(async (scope) => {
    const rounds = await KillRounds.begin(scope, join(directory, 'data'));
    let unit = from;
    const note = (error: unknown): void => {
      const what = error instanceof Error ? error.message : String(error);
      wrong.push({ unit, what, repeat: `npm run prove -- kill --seed ${seed} --units ${unit + 1}` });
    };
    try {
      for (; unit < from + count; unit += 1) {
        await rounds.round(seededRandom(seed + unit));
        done(1);
      }
      unit -= 1;
      await rounds.end();
    } catch (error) {
      // What comes after a fault rests on it.
      note(error);
    }
    return rounds.counts;
  });
  return { counts, wrong };
}

export const proof: Proof = {
  name: 'kill',
  title: 'kill -9 under load',
  claim: 'Killed at any instant, a server loses nothing that it acknowledged, does nothing twice, and shows what its log says.',
  unit: 'round',
  short: 100,
  long: 10_000,
  pieceUnits: 10,
  pieceLimitMs: 180_000,
  mustOccur: COUNTED,
  run,
};
