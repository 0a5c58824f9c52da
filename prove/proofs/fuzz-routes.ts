import { heldBytes } from '../../test/hostile/hostile-world.ts';
import { emptyRouteTally, RouteFuzz } from '../../test/hostile/route-fuzz.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

const LOOK_EVERY = 500;
/** A piece makes sessions, campaigns and their logs, and keeps them in memory. */
const MOST_GROWN_BYTES = 60e6;

async function run({ seed, from, count, done }: Piece): Promise<PieceResult> {
  const wrong: Wrong[] = [];
  const note = (unit: number, what: string): void => {
    // A request rests on those before it in its piece.
    const repeat = `npm run prove -- fuzz-routes --seed ${seed} --from ${from} --units ${unit - from + 1}`;
    wrong.push({ unit, what: what.slice(0, 4_000), repeat });
  };
  const fuzz = await new RouteFuzz(seed).start();
  const tally = emptyRouteTally();
  const before = heldBytes();
  for (let unit = from; unit < from + count && wrong.length <= 20; unit += 1) {
    await fuzz.ask(unit, tally);
    for (const found of tally.wrong.splice(0)) note(found.unit, found.what);
    if (unit % LOOK_EVERY === LOOK_EVERY - 1) {
      const what = await fuzz.lookAround();
      if (what !== undefined) note(unit, what);
    }
    done(1);
  }
  const grown = heldBytes() - before;
  if (grown > MOST_GROWN_BYTES) note(from, `${grown} bytes more are held than before ${count} requests`);
  await fuzz.stop();
  return { counts: Object.fromEntries(tally.counts), highest: { 'heap grown, bytes': Math.max(0, grown) }, wrong };
}

const CODES = [
  'bad-request',
  'unauthenticated',
  'forbidden',
  'not-found',
  'too-large',
  'ended',
  'illegal-transition',
  'invalid-arguments',
  'invite-invalid',
];

export const proof: Proof = {
  name: 'fuzz-routes',
  title: 'hostile requests',
  claim:
    'Every route answers every request with a status and a code that its description has; refused requests change nothing, and no answer tells of the inside.',
  unit: 'request',
  short: 10_000,
  long: 1_000_000,
  pieceUnits: 5_000,
  pieceLimitMs: 300_000,
  mustOccur: [...CODES.map((code) => `code ${code}`), ...[200, 201, 405].map((status) => `status ${status}`)],
  run,
};
