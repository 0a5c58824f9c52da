import type { JsonObject } from '../src/protocol/json.ts';

/** Small seeded generator (mulberry32), so that both servers and the load generator agree on the same data. */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';
const WORDS =
  'goblin archer with a bent bow guards the old mill near river crossing knows secret door under oak keeps silver ring hidden from captain'.split(
    ' ',
  );

/** The ids of a session's tokens: 8 characters each, the same for every session. */
export function tokenIds(count: number): string[] {
  const random = seededRandom(8);
  return Array.from({ length: count }, () => Array.from({ length: 8 }, () => LETTERS[Math.floor(random() * LETTERS.length)]).join(''));
}

export type Token = { x: number; y: number; [more: string]: string | number };

/** Tokens as a session starts with: two coordinates, or (`rich`) about 200 bytes of JSON each. */
export function initialTokens(options: JsonObject): Record<string, Token> {
  const count = typeof options['tokens'] === 'number' ? options['tokens'] : 50;
  const random = seededRandom(200);
  const whole = (most: number): number => Math.floor(random() * most);
  const words = (most: number): string => Array.from({ length: most }, () => WORDS[whole(WORDS.length)]).join(' ');
  const tokens: Record<string, Token> = {};
  for (const id of tokenIds(count)) {
    tokens[id] = { x: 0, y: 0 };
    if (options['rich'] === true) {
      tokens[id] = {
        x: whole(2000),
        y: whole(2000),
        name: words(2),
        kind: whole(2) === 0 ? 'monster' : 'person',
        hp: whole(100),
        colour: `#${whole(0xffffff).toString(16).padStart(6, '0')}`,
        owner: `p${whole(6)}`,
        notes: words(15),
      };
    }
  }
  return tokens;
}
