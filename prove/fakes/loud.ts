import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Proof } from '../proof.ts';

/** It loads the machine, and counts how many pieces run at the same time as its own. */
export const proof: Proof = {
  name: 'loud',
  title: 'Being alone',
  claim: 'Nothing else runs beside it.',
  unit: 'look',
  short: 3,
  long: 3,
  pieceUnits: 1,
  pieceLimitMs: 60_000,
  alone: true,
  run: async ({ directory }) => {
    const beside = existsSync(directory) ? readdirSync(dirname(directory)).length - 1 : -1;
    return { counts: { looks: 1 }, highest: { beside }, wrong: [] };
  },
};
