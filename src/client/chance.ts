import type { Random } from '../protocol/ports.ts';

/** A number in [0, 1). */
export function chance(random: Random): number {
  const [byte0 = 0, byte1 = 0] = random.bytes(2);
  return (byte0 * 256 + byte1) / 65_536;
}
