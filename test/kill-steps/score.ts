import { z } from 'zod';
import { defineSession } from '../../src/definition/define-session.ts';

const by = z.object({ by: z.number() });

/** A score as version 1 kept it. */
export const scoreOne = defineSession('score', {
  version: 1,
  initial: () => ({ points: 0 }),
  commands: (command) => ({ add: command(by, (state, args) => (state.points += args.by)) }),
});

/** A point counts ten from here on: a migration that runs twice shows. */
export const scoreTwo = defineSession('score', {
  version: 2,
  migrate: { 1: (state: { points: number }) => void (state.points *= 10) },
  initial: () => ({ points: 0 }),
  commands: (command) => ({ add: command(by, (state, args) => (state.points += args.by)) }),
});
