import { defineSession } from 'holdfast';
import { z } from 'zod';

/** `draw` is random, so that a command which ran twice, or again after a crash, would show. */
export type Entry = { readonly id: string; readonly by: string; readonly draw: number };

/** The definition of the crash tests: everything that ran stands in the state, in order. */
export const ledger = defineSession('ledger', {
  version: 1,
  messages: { appended: z.object({ id: z.string() }) },
  initial: () => ({ entries: [] as Entry[], counts: {} as Record<string, number>, notes: {} as Record<string, string> }),
  policies: { access: 'open' },
  commands: (command) => ({
    append: command(z.object({ id: z.string() }), (state, { id }, ctx) => {
      const by = ctx.participant.id;
      const draw = ctx.random.int(1, 1_000_000_000);
      state.entries.push({ id, by, draw });
      state.counts[by] = (state.counts[by] ?? 0) + 1;
      ctx.send('appended', { id });
      return draw;
    }),
    /** The same, by itself and later. */
    later: command(z.object({ id: z.string(), afterMs: z.number() }), (_state, { id, afterMs }, ctx) => {
      ctx.schedule(afterMs, 'append', { id });
    }),
    note: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => {
      state.notes[key] = text;
    }),
  }),
});
