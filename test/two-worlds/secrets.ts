/** Part of every secret: nothing that an outsider gets may contain it. */
export const HUSH = 'hush';

/**
 * What differs between the two worlds. The schedule says where a secret goes and which by number; the world says what it is.
 * In the first they are short, and often the same as one before; in the second long, of many lengths, and all different.
 */
export type Secrets = {
  text(n: number): string;
  /** The name of something that outsiders do not know of; never that of before. */
  name(n: number): string;
  /** So many that the number itself is a secret. */
  list(n: number): string[];
  /** Too much for what a session keeps in memory of its newest events. */
  heap(n: number): string;
  readonly audience: { readonly id: string; readonly name: string };
  /** Id of someone who was never there. */
  readonly stranger: string;
  /** Drawn in place of the public chance where only insiders see what is drawn. */
  readonly seed: number;
};

export const SHORT: Secrets = {
  text: (n) => `${HUSH}${n % 2}`,
  name: (n) => `${HUSH}${n}`,
  list: (n) => Array.from({ length: n % 2 }, () => HUSH),
  heap: () => HUSH,
  audience: { id: 'vic-hush', name: 'Vic hush' },
  stranger: 'hush',
  seed: 1,
};

export const LONG: Secrets = {
  text: (n) => `${HUSH}-${n}-${'é'.repeat((n * 7) % 41)}`,
  name: (n) => `${HUSH} ${n}${' and more'.repeat(n % 6)}`,
  list: (n) => Array.from({ length: 3 + (n % 5) }, (_, index) => `${HUSH}-${n}-${index}`),
  heap: (n) => `${HUSH}${n}-`.repeat(7_500),
  audience: { id: 'victoria-hush-of-the-gallery', name: 'Victoria hush of the Gallery, who only came to look' },
  stranger: 'hush-who-must-not-be-named',
  seed: 2,
};
