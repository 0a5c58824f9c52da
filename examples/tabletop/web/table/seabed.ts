import { BOARD } from '../../board.ts';
import { seeded } from './seeded.ts';

/** Height over the water at a place of the board: land above 0, the deep near -1. */
export type Seabed = (x: number, y: number) => number;

const LATTICE = 24;

/**
 * The waters of one table, the same for everyone there: a coast in the north-west, an islet for a lamp in the
 * north-east, a shoal in the south, and smooth noise drawn from the seed over it all.
 */
export function seabed(seed: string): Seabed {
  const random = seeded(seed);
  const lattice = Array.from({ length: LATTICE * LATTICE }, () => random() * 2 - 1);
  const lean = random() * 0.3 - 0.15;
  return (x, y) => {
    const across = x / BOARD.width;
    const down = y / BOARD.height;
    const coast = 0.62 - 1.35 * (across * (1.02 + lean) + down * (0.98 - lean));
    const slope = Math.max(coast, -0.62 - 0.22 * (across + down - 1));
    const rough = 0.32 * noise(lattice, x / 190, y / 190) + 0.13 * noise(lattice, x / 80 + 7, y / 80 + 3);
    const islet = 0.88 * bump(x - 775, y - 150, 105) + 0.5 * bump(x - 575, y - 530, 120) + 0.5 * bump(x - 960, y - 720, 170);
    return slope + rough + islet;
  };
}

function bump(dx: number, dy: number, radius: number): number {
  return Math.exp(-(dx * dx + dy * dy) / (radius * radius));
}

function noise(lattice: readonly number[], x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const u = ease(x - left);
  const v = ease(y - top);
  const at = (i: number, j: number) => lattice[wrap(top + j) * LATTICE + wrap(left + i)] ?? 0;
  return mix(mix(at(0, 0), at(1, 0), u), mix(at(0, 1), at(1, 1), u), v);
}

const wrap = (n: number) => ((n % LATTICE) + LATTICE) % LATTICE;
const ease = (t: number) => t * t * t * (t * (t * 6 - 15) + 10);
const mix = (a: number, b: number, t: number) => a + (b - a) * t;
