import { heldBytes } from '../../test/hostile/hostile-world.ts';
import { ATTACK_NAMES } from '../../test/hostile/socket-bytes.ts';
import { emptySocketTally, openSockets, SocketFuzz } from '../../test/hostile/socket-fuzz.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

const MOST_GROWN_BYTES = 20e6;

async function run({ seed, from, count, done }: Piece): Promise<PieceResult> {
  const wrong: Wrong[] = [];
  const note = (unit: number, what: string): void => {
    wrong.push({ unit, what: what.slice(0, 4_000), repeat: `npm run prove -- fuzz-sockets --seed ${seed} --from ${unit} --units 1` });
  };
  const fuzz = await new SocketFuzz(seed).start();
  const tally = emptySocketTally();
  const [bytes, sockets] = [heldBytes(), openSockets()];
  await fuzz.attackAll(from, count, tally, () => done(1));
  for (const found of tally.wrong) note(found.unit, found.what);
  const what = (await fuzz.drained()) ?? (await fuzz.lookAround());
  if (what !== undefined) note(from, what);
  const grown = heldBytes() - bytes;
  if (grown > MOST_GROWN_BYTES) note(from, `${grown} bytes more are held than before ${count} connections`);
  // The request that has just been answered may still have its own.
  const left = openSockets() - sockets;
  if (left > 2) note(from, `${left} sockets more are open than before`);
  await fuzz.stop();
  return { counts: Object.fromEntries(tally.counts), highest: { 'heap grown, bytes': Math.max(0, grown) }, wrong };
}

export const proof: Proof = {
  name: 'fuzz-sockets',
  title: 'hostile bytes',
  claim: 'Whatever bytes come over a socket, that connection ends, everyone else is served, and neither memory nor a socket is kept.',
  unit: 'connection',
  short: 10_000,
  long: 1_000_000,
  pieceUnits: 5_000,
  pieceLimitMs: 600_000,
  mustOccur: [
    ...[...ATTACK_NAMES, 'a request of any form'].map((name) => `attack ${name}`),
    ...[101, 200, 400, 403, 404, 408, 413, 426, 431].map((status) => `status ${status}`),
    ...['bad-frame', 'too-large', 'login-timeout', 'unauthenticated', 'unsupported-version'].map((code) => `code ${code}`),
  ],
  run,
};
