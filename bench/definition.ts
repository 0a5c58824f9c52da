import { defineSession } from 'holdfast';
import { z } from 'zod';
import { initialTokens } from './entities.ts';

/** What the bench plays: tokens on a board, moved by anyone. */
export const bench = defineSession('bench', {
  version: 1,
  initial: (options) => ({ tokens: initialTokens(options), heap: [] as string[] }),
  visibility: { heap: ['gm'] },
  limits: { maxParticipants: null, budget: { memoryBytes: { soft: null, hard: 16 * 1024 * 1024 } } },
  policies: { access: 'open' },
  commands: (command) => ({
    move: command(z.object({ id: z.string(), x: z.number(), y: z.number() }), (state, { id, x, y }, ctx) => {
      const token = state.tokens[id] ?? ctx.reject('There is no such token.');
      token.x = x;
      token.y = y;
    }),
    write: command(z.object({ id: z.string(), x: z.number(), y: z.number(), text: z.string() }), (state, { id, x, y, text }, ctx) => {
      const token = state.tokens[id] ?? ctx.reject('There is no such token.');
      Object.assign(token, { x, y, text });
    }),
    grow: command(z.object({ size: z.number() }), (state, { size }) => {
      state.heap.push('x'.repeat(size));
    }),
    fail: command(z.object({ size: z.number() }), () => {
      throw new Error('This handler always fails.');
    }),
  }),
});

const lines = () => ({ lines: ['one', 'two'] });
const atOnce = { abandonAfterMs: 0, warnBeforeMs: 0, graceMs: 0, completedAfterMs: null };

/** What a sweep finds: sessions whose time has come, such as it has not, and such as it must not touch. */
export const stale = defineSession('stale', { version: 1, initial: lines, policies: { cleanup: atOnce } });
export const fresh = defineSession('fresh', { version: 1, initial: lines });
export const held = defineSession('held', { version: 1, initial: lines, policies: { cleanup: { ...atOnce, hold: () => true } } });
