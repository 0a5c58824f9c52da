import type { Random } from '../protocol/ports.ts';

const FIRST_MS = 100;
const CAP_MS = 5_000;

/**
 * How long to wait before attempt 1, 2, 3, ...: doubling from 100 ms up to 5 s, and of that a random half to whole, so that
 * many clients that were cut off together do not come back together.
 */
export function backoffMs(attempt: number, random: Random): number {
  const whole = Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 16));
  const [byte0 = 0, byte1 = 0] = random.bytes(2);
  return whole * (0.5 + (byte0 * 256 + byte1) / 131_072);
}
