import type { Random } from '../protocol/ports.ts';

/** The randomness of a browser or of Node, by web globals alone. */
export const webRandom: Random = {
  bytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
};
