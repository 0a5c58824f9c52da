import { createContext, use } from 'react';

const HUES = 8;

/** Each person's hue (0 to 7, see tokens.css): their own by chance, or the next one that nobody here before them has. */
export function huesOf(ids: readonly string[]): ReadonlyMap<string, number> {
  const hues = new Map<string, number>();
  for (const id of ids) hues.set(id, freeHue(ownHue(id), new Set(hues.values())));
  return hues;
}

export const Hues = createContext<ReadonlyMap<string, number>>(new Map());

/** The colour of a person at this table, also of one who has left it. */
export function useHue(id: string): string {
  return `var(--hue-${use(Hues).get(id) ?? ownHue(id)})`;
}

function ownHue(id: string): number {
  let sum = 7;
  for (const letter of id) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
  return sum % HUES;
}

function freeHue(wanted: number, taken: ReadonlySet<number>): number {
  for (let step = 0; step < HUES; step += 1) {
    const hue = (wanted + step) % HUES;
    if (!taken.has(hue)) return hue;
  }
  return wanted;
}
