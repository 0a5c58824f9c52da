import type { Mutant } from './mutant.ts';

/**
 * Seeded chance (xorshift): the same seed gives the same sample of the same sources.
 */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = (seed * 2_654_435_761) >>> 0 || 1;
  }

  /** A whole number from 0 to `below` - 1. */
  take(below: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state % below;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.map(() => left.splice(this.take(left.length), 1)[0] as T);
  }
}

/** The mutants of one file. */
export type FileMutants = { readonly file: string; readonly length: number; readonly mutants: readonly Mutant[] };

/**
 * Places for `count` mutants, spread over the files by their size. Each place is a list of candidates of one file in the
 * order in which they are to be tried, kinds of change taking turns: the first that compiles takes the place.
 */
export function samplePlaces(files: readonly FileMutants[], count: number, seed: number): readonly (readonly Mutant[])[] {
  const dice = new Dice(seed);
  const mixed = dice.shuffled(files.filter(({ mutants }) => mutants.length > 0));
  const step = mixed.reduce((sum, { length }) => sum + length, 0) / count;
  const quotas = new Map<FileMutants, number>();
  let reached = 0;
  let next = step / 2;
  for (const each of mixed) {
    reached += each.length;
    for (; next < reached; next += step) quotas.set(each, (quotas.get(each) ?? 0) + 1);
  }
  return [...quotas].flatMap(([{ mutants }, quota]) => {
    const order = inTurns(dice, mutants);
    return Array.from({ length: quota }, (_, place) => order.filter((_each, index) => index % quota === place));
  });
}

function inTurns(dice: Dice, mutants: readonly Mutant[]): Mutant[] {
  const kinds = dice.shuffled([...Map.groupBy(mutants, ({ change }) => change).values()]).map((kind) => dice.shuffled(kind));
  const most = Math.max(...kinds.map((kind) => kind.length));
  return Array.from({ length: most }, (_, round) => kinds.flatMap((kind) => kind[round] ?? [])).flat();
}
