import { tellClient } from '../../test/hostile/client-fuzz.ts';
import { heldBytes, HostileWorld } from '../../test/hostile/hostile-world.ts';
import { textOfUnit, tryText } from '../../test/hostile/parser-fuzz.ts';
import { emptyTally, Stories } from '../../test/hostile/session-fuzz.ts';
import { serverTextOfUnit, tryServerText } from '../../test/hostile/view-fuzz.ts';
import type { Piece, PieceResult, Proof, Wrong } from '../proof.ts';

/** Every unit is a text for the server's reader; so many units apart are the others, which take longer. */
const SERVER_TEXT_EVERY = 20;
const STORY_EVERY = 500;
const CLIENT_EVERY = 2_000;
const TELL_EVERY = 1_000;
/** What a world may hold more after the stories of a piece: its sessions' logs grow with what was accepted. */
const MOST_GROWN_BYTES = 40e6;

/** What a piece has found so far. */
class Found {
  readonly counts: Record<string, number> = {};
  readonly wrong: Wrong[] = [];
  readonly #seed: number;
  readonly #from: number;

  constructor(seed: number, from: number) {
    this.#seed = seed;
    this.#from = from;
  }

  count(what: string, times = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + times;
  }

  /** A story rests on those before it in its piece; a text stands for itself. */
  note(unit: number, what: string, from = this.#from): void {
    const repeat = `npm run prove -- fuzz-frames --seed ${this.#seed} --from ${from} --units ${unit - from + 1}`;
    this.wrong.push({ unit, what: what.slice(0, 4_000), repeat });
  }
}

function tryUnit(seed: number, unit: number, found: Found): void {
  const { text, first } = textOfUnit(seed, unit);
  const { code, wrong } = tryText(text, first);
  found.count(`read: ${code}`);
  if (wrong !== undefined) found.note(unit, `${wrong}: ${JSON.stringify(text)}`, unit);
  if (unit % SERVER_TEXT_EVERY !== 0) return;
  const fromServer = serverTextOfUnit(seed, unit);
  const verdict = tryServerText(fromServer);
  found.count(`from a server: ${verdict.outcome}`);
  if (verdict.wrong !== undefined) found.note(unit, `${verdict.wrong}: ${JSON.stringify(fromServer)}`, unit);
}

async function run({ seed, from, count, done }: Piece): Promise<PieceResult> {
  // Refusals are thrown inside: their traces would take longer than all the rest.
  Error.stackTraceLimit = 0;
  const found = new Found(seed, from);
  const world = await new HostileWorld(seed + from).start();
  const stories = new Stories(world, seed);
  const tally = emptyTally();
  const before = heldBytes();
  for (let unit = from; unit < from + count; unit += 1) {
    tryUnit(seed, unit, found);
    if (unit % STORY_EVERY === 0) {
      await stories.tell(unit / STORY_EVERY, tally);
      for (const { what } of tally.wrong.splice(0)) found.note(unit, what);
    }
    if (unit % CLIENT_EVERY === 0) {
      const wrong = await tellClient(seed, unit / CLIENT_EVERY);
      found.count('client told');
      if (wrong !== undefined) found.note(unit, wrong);
    }
    if (unit % TELL_EVERY === TELL_EVERY - 1) done(TELL_EVERY);
    // What comes after a fault rests on it.
    if (found.wrong.length > 20) break;
  }
  const grown = heldBytes() - before;
  if (grown > MOST_GROWN_BYTES) found.note(from, `${grown} bytes more are held than before ${count} units`);
  await world.stop();
  done(count % TELL_EVERY);
  found.count('frames through sessions', tally.frames);
  for (const [code, times] of tally.codes) found.count(code, times);
  return { counts: found.counts, highest: { 'heap grown, bytes': Math.max(0, grown) }, wrong: found.wrong };
}

/** Every refusal that a client can bring about by what it sends, or does not send. */
const READ = ['ok', 'bad-frame', 'too-large', 'unsupported-version'];
const ENDED = [
  'bad-frame',
  'too-large',
  'unsupported-version',
  'unauthenticated',
  'not-found',
  'forbidden',
  'full',
  'ended',
  'banned',
  'locked',
  'invite-invalid',
  'unknown-instance',
  'out-of-order',
  'too-many-unanswered',
  'rate-limited',
  'login-timeout',
  'timed-out',
  'kicked',
  'token-reused',
  'left',
];
const REJECTED = [
  'forbidden',
  'invalid-arguments',
  'unknown-command',
  'rejected',
  'handler-failed',
  'not-active',
  'bad-request',
  'body-differs',
];

export const proof: Proof = {
  name: 'fuzz-frames',
  title: 'hostile frames',
  claim:
    'No text of a client makes the server read what the protocol does not allow, change what it refused, tell what is not theirs or keep anything; no text of a server breaks a client.',
  unit: 'frame',
  short: 100_000,
  long: 100_000_000,
  pieceUnits: 50_000,
  pieceLimitMs: 300_000,
  mustOccur: [
    'client told',
    'frames through sessions',
    ...READ.map((code) => `read: ${code}`),
    ...['taken', 'refused', 'other'].map((outcome) => `from a server: ${outcome}`),
    ...ENDED.map((code) => `end ${code}`),
    ...REJECTED.map((code) => `reject ${code}`),
  ],
  run,
};
