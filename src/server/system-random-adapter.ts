import { randomFillSync } from 'node:crypto';
import type { Random } from '../protocol/ports.ts';

const POOL_BYTES = 8_192;

/** Unpredictable bytes from the operating system, drawn in pools because each drawing costs more than its bytes. */
export function createSystemRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return {
    bytes(count) {
      if (count > POOL_BYTES) return randomFillSync(new Uint8Array(count));
      if (used + count > POOL_BYTES) {
        randomFillSync(pool);
        used = 0;
      }
      const bytes = pool.slice(used, used + count);
      // What was handed out must not be readable here afterwards.
      pool.fill(0, used, used + count);
      used += count;
      return bytes;
    },
  };
}
