import { defineSession } from 'holdfast';
import { z } from 'zod';

/** A game with a handler that never returns. */
export const game = defineSession('game', {
  version: 1,
  initial: () => ({ marks: [] as string[] }),
  policies: { access: 'open' },
  commands: (command) => ({
    mark: command(z.object({ id: z.string() }), (state, { id }) => void state.marks.push(id)),
    hang: command(z.object({}), (state) => {
      while (state.marks.length >= 0);
    }),
  }),
});
