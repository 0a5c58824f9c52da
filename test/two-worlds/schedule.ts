import { Dice } from './dice.ts';
import { PROBES } from './probes.ts';

/** Whose bytes are compared. Zoe does not take part at first, Otto comes as a guest and has no account, Bob has one. */
export const OUTSIDERS = ['jon', 'eve', 'zoe', 'otto', 'bob', 'nobody'] as const;
export type Outsider = (typeof OUTSIDERS)[number];
/** Mira runs the session, Ann has secrets of her own in it, Vic is of the audience, which nobody may know. */
export type Who = Outsider | 'mira' | 'ann' | 'vic';

export const HIDING = ['hide', 'unhide', 'scatter', 'deal', 'plan', 'whisper', 'both', 'later', 'heap'] as const;
export const PLAYING = [
  'move',
  'place',
  'stale',
  'fill',
  'say',
  'roll',
  'refuse',
  'break',
  'badArguments',
  'unknown',
  'forbidden',
  'again',
  'other-body',
  'skip',
  'flood',
  'burst',
] as const;
export const RUNNING = [
  'role',
  'kick',
  'ban',
  'banStranger',
  'unban',
  'lock',
  'unlock',
  'rename',
  'pause',
  'resume',
  'handOver',
  'transfer',
  'erase',
  'end',
  'invite',
  'inviteSecretly',
  'revoke',
] as const;
export const COMING = [
  'connect',
  'cut',
  'back',
  'save',
  'leave',
  'slow',
  'fast',
  'ping',
  'diverged',
  'presence',
  'renew',
  'badFrame',
  'oldVersion',
  'expire',
  'ticket',
  'reuse',
  'stall',
] as const;
export const ASKING = ['probe', 'watch', 'unwatch', 'preview', 'redeem', 'claim', 'tries'] as const;
export const BESIDE = [
  'audienceComes',
  'audienceGoes',
  'audienceProfile',
  'sideWrite',
  'sideRename',
  'campaignBan',
  'restart',
  'wait',
] as const;

export type Kind = (typeof HIDING | typeof PLAYING | typeof RUNNING | typeof COMING | typeof ASKING | typeof BESIDE)[number];

/** One thing that happens. `n` counts steps and names secrets; `a` and `b` choose among what there is. */
export type Step = { readonly kind: Kind; readonly who: Outsider; readonly n: number; readonly a: number; readonly b: number };

export type Schedule = {
  readonly seed: number;
  /** What is being played. */
  readonly game: 'open-game' | 'closed-game';
  /** With `in`, players are insiders too: what is for them and the GM is a secret as well. */
  readonly players: 'in' | 'out';
  readonly steps: readonly Step[];
};

export const EVERY_KIND: readonly Kind[] = [...HIDING, ...PLAYING, ...RUNNING, ...COMING, ...ASKING, ...BESIDE];

const OFTEN: Readonly<Partial<Record<Kind, number>>> = {
  hide: 9,
  unhide: 4,
  scatter: 4,
  deal: 5,
  plan: 5,
  whisper: 7,
  both: 5,
  later: 3,
  move: 8,
  place: 3,
  say: 6,
  role: 12,
  kick: 5,
  ban: 4,
  banStranger: 3,
  invite: 4,
  connect: 26,
  cut: 9,
  back: 20,
  save: 6,
  slow: 3,
  fast: 4,
  presence: 6,
  ticket: 4,
  probe: 40,
  watch: 7,
  unwatch: 3,
  preview: 4,
  redeem: 8,
  claim: 7,
  revoke: 4,
  unban: 7,
  resume: 4,
  burst: 4,
  skip: 3,
  reuse: 3,
  audienceComes: 5,
  audienceGoes: 3,
  sideWrite: 3,
  wait: 22,
  restart: 4,
};
const SELDOM: readonly Kind[] = ['end', 'handOver', 'transfer', 'tries', 'heap', 'lock', 'pause'];
const WEIGHTS = Object.fromEntries(EVERY_KIND.map((kind) => [kind, SELDOM.includes(kind) ? 1 : (OFTEN[kind] ?? 2)])) as Record<
  Kind,
  number
>;

const STEPS = 20;

/** What happens, by a seed; it knows of no secrets. */
export function makeSchedule(seed: number): Schedule {
  const dice = new Dice(seed);
  const players = dice.pick(['in', 'out'] as const);
  const game = dice.pick(['open-game', 'closed-game'] as const);
  const steps = Array.from({ length: STEPS }, (_, n) => {
    const kind = dice.weighed(WEIGHTS);
    return {
      kind,
      who: dice.pick(OUTSIDERS),
      n,
      a: kind === 'probe' ? dice.below(PROBES.length) : dice.below(1_000),
      b: dice.below(1_000),
    };
  });
  return { seed, game, players, steps };
}
