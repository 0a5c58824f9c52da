import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';

/** What `holdfast demo` plays: everyone adds to one count, and dice are thrown. */
export const demo = defineSession('demo', {
  version: 1,
  messages: { rolled: z.object({ by: z.string(), n: z.number() }) },
  initial: () => ({ count: 0, marks: {} as Record<string, number[]> }),
  policies: {
    access: 'open',
    reconnectWindowMs: 20_000,
    // An ended demo is put away, and then deleted, at the next sweeps.
    cleanup: { completedAfterMs: 0, deleteAfterMs: 0 },
  },
  commands: (command) => ({
    /** The nth mark of whoever sends it: sent twice or out of order, it is seen. */
    mark: command(z.object({ n: z.int().min(1) }), (state, { n }, ctx) => {
      state.count += 1;
      (state.marks[ctx.participant.id] ??= []).push(n);
      return state.count;
    }),
    roll: command(z.object({}), (_state, _args, ctx) => {
      const n = ctx.random.int(1, 6);
      ctx.send('rolled', { by: ctx.participant.id, n });
      return n;
    }),
  }),
});
