import { createContext, use } from 'react';

const HUES = 8;

/** The hues as colours that a person can choose; how each is drawn in light and dark is in tokens.css. */
export const HUE_COLORS = ['#a85008', '#1c6b7a', '#8a2f5c', '#3f6b1e', '#5a45a8', '#a3322a', '#1d5fa8', '#6e5a10'] as const;

/** Each person's hue (0 to 7, see tokens.css): the chosen one, else their own by chance, or the next one that nobody here before them has. */
export function huesOf(people: readonly { readonly id: string; readonly color?: string | undefined }[]): ReadonlyMap<string, number> {
  const chosen = people.flatMap(({ id, color }): [string, number][] => {
    const hue = HUE_COLORS.findIndex((each) => each === color);
    return hue === -1 ? [] : [[id, hue]];
  });
  const hues = new Map(chosen);
  for (const { id } of people) if (!hues.has(id)) hues.set(id, freeHue(ownHue(id), new Set(hues.values())));
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
