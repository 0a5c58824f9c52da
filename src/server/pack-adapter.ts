import { promisify } from 'node:util';
import { deflateRaw } from 'node:zlib';
import type { Pack } from '../session/catch-up.ts';

const deflate = promisify(deflateRaw);

/** Raw deflate on the thread pool, quick rather than small: snapshots repeat their keys, so even the first level does most. */
export const packText: Pack = (text) => deflate(text, { level: 1 });
