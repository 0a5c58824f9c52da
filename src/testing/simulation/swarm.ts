import type { Dice } from './dice.ts';
import type { FaultKind } from './history.ts';

export type Kind = 'wait' | 'command' | 'manage' | 'presence' | 'come and go' | 'fault' | 'quiet';

/** What a schedule is made of: with everything on all the time, much would never meet (swarm testing). */
export type Swarm = {
  readonly kinds: ReadonlyMap<Kind, number>;
  readonly commands: ReadonlyMap<string, number>;
  readonly faults: ReadonlyMap<FaultKind, number>;
  /** How long one waits, in ms. */
  readonly waits: readonly number[];
  readonly durability: 'full' | 'normal';
};

/** They end a session for those who play it, so that little happens afterwards: only in some schedules, and seldom. */
const FINAL: ReadonlySet<FaultKind> = new Set<FaultKind>(['corrupt event', 'log regression']);
const WAITS = [0, 1, 5, 20, 100, 500, 2_000, 6_000, 20_000, 45_000];

/** Some of the commands and some of the faults, each with a weight of its own, and a rhythm. */
export function makeSwarm(commands: readonly string[], faults: readonly FaultKind[], dice: Dice): Swarm {
  const isFinal = dice.chance(25);
  const possible = faults.filter((fault) => isFinal || !FINAL.has(fault));
  const on = dice.some(possible, dice.pick([15, 40, 80]));
  const isLossy = on.includes('unsynced loss') || (possible.includes('unsynced loss') && dice.chance(20));
  if (isLossy) on.push('power cut');
  const weights: ReadonlyMap<FaultKind, number> = new Map(
    on.map((fault) => [fault, FINAL.has(fault) ? dice.pick([1, 3]) : dice.pick([1, 3, 9])]),
  );
  return {
    kinds: new Map<Kind, number>([
      ['wait', dice.pick([10, 25, 40])],
      ['command', commands.length === 0 ? 0 : dice.pick([20, 40, 60])],
      ['manage', dice.pick([0, 3, 12])],
      ['presence', dice.pick([0, 2, 8])],
      ['come and go', dice.pick([1, 4, 12])],
      ['fault', on.length === 0 ? 0 : dice.pick([4, 12, 30])],
      ['quiet', dice.pick([0, 1])],
    ]),
    commands: new Map(dice.some(commands, dice.pick([30, 60, 100])).map((name) => [name, dice.pick([1, 3, 9])])),
    faults: weights,
    waits: dice.some(WAITS, dice.pick([30, 70])),
    durability: isLossy ? 'normal' : 'full',
  };
}
