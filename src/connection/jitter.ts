import type { Random } from '../protocol/ports.ts';

/** Anything from nothing to less than `mostMs`: those who were turned away together are not to come back together. */
export function jitter(mostMs: number, random: Random): number {
  const [high = 0, low = 0] = random.bytes(2);
  return Math.floor((mostMs * (high * 256 + low)) / 65_536);
}
