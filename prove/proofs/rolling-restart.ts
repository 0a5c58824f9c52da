import { join } from 'node:path';
import { RollingRestarts } from '../../test/reconnect/rolling-restart-rounds.ts';
import { inScope } from '../../test/live-server/clean-up.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

async function run({ seed, from, count, directory, done }: Piece): Promise<PieceResult> {
  const wrong: Wrong[] = [];
  const counts = await inScope(async (scope) => {
    const rolling = await RollingRestarts.begin(scope, ['websocket', 'sse', 'websocket', 'sse', 'websocket'], join(directory, 'data'));
    let unit = from;
    try {
      for (; unit < from + count; unit += 1) {
        await rolling.restart();
        done(1);
      }
      unit -= 1;
      await rolling.end();
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      wrong.push({ unit, what, repeat: `npm run prove -- rolling-restart --seed ${seed} --units ${unit + 1}` });
    }
    return rolling.counts;
  });
  return { counts, wrong };
}

export const proof: Proof = {
  name: 'rolling-restart',
  title: 'Rolling restarts and deploys under load',
  claim:
    'However often a server is drained and another one started, also with a new version of the code, nothing is lost or done twice, and nobody is seen to leave.',
  unit: 'restart',
  short: 20,
  long: 2_000,
  pieceUnits: 10,
  pieceLimitMs: 180_000,
  mustOccur: ['restarts', 'deploys'],
  run,
};
