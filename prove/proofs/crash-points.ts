import { join } from 'node:path';
import { CrashWorld } from '../../test/crash-points/crash-world.ts';
import { POINTS } from '../../test/crash-points/points.ts';
import { inScope } from '../../test/live-server/clean-up.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

async function run({ seed, from, count, directory, done }: Piece): Promise<PieceResult> {
  const counts: Record<string, number> = {};
  const wrong: Wrong[] = [];
  for (let unit = from; unit < from + count;) {
    // After a fault with another world: what comes after one rests on it.
    await inScope(async (scope) => {
      const world = await CrashWorld.begin(scope, join(directory, `data-${unit}`));
      for (; unit < from + count; unit += 1) {
        const point = POINTS[unit % POINTS.length];
        if (point === undefined) continue;
        try {
          await world.reach(point);
          counts[point.name] = (counts[point.name] ?? 0) + 1;
          done(1);
        } catch (error) {
          const what = `${point.name}: ${error instanceof Error ? error.message : String(error)}`;
          wrong.push({ unit, what, repeat: `npm run prove -- crash-points --seed ${seed} --units ${unit + 1}` });
          unit += 1;
          return;
        }
      }
    });
  }
  return { counts, wrong };
}

export const proof: Proof = {
  name: 'crash-points',
  title: 'kill -9 at every crash point',
  claim: 'Killed exactly at any of the named places in the code, a server loses nothing that it acknowledged and does nothing twice.',
  unit: 'crash point',
  short: POINTS.length,
  long: POINTS.length,
  pieceUnits: 8,
  pieceLimitMs: 300_000,
  mustOccur: POINTS.map(({ name }) => name),
  run,
};
