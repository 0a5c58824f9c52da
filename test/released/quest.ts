import { defineSession } from 'holdfast';
import { z } from 'zod';

/** What the kept sessions are of. It stays as it is: their logs have to make sense with it for ever. */
export const quest = defineSession('quest', {
  version: 1,
  messages: { said: z.object({ text: z.string() }), whispered: z.string() },
  initial: (options) => ({
    title: typeof options['title'] === 'string' ? options['title'] : 'A quest',
    tokens: {} as Record<string, { x: number; y: number }>,
    rolls: [] as { by: string; n: number }[],
    notes: [] as string[],
    secrets: {} as Record<string, string>,
    hands: {} as Record<string, string[]>,
    bell: 0,
  }),
  visibility: { secrets: ['gm'], hands: 'self' },
  listing: (state) => ({ tokens: Object.keys(state.tokens).length }),
  limits: { snapshotEveryEvents: 10 },
  policies: { access: 'open', start: 'lobby', creatorRole: 'gm' },
  commands: (command) => ({
    move: command(z.object({ id: z.string(), x: z.number(), y: z.number() }), (state, { id, x, y }) => void (state.tokens[id] = { x, y })),
    remove: command(z.object({ id: z.string() }), (state, { id }) => void delete state.tokens[id]),
    roll: command(z.object({ sides: z.int().min(2) }), (state, { sides }, ctx) => {
      const n = ctx.random.int(1, sides);
      state.rolls.push({ by: ctx.participant.id, n });
      if (n === sides) ctx.highlight(`A ${n}`);
      return n;
    }),
    note: command(z.object({ at: z.int(), text: z.string() }), (state, { at, text }) => void state.notes.splice(at, 0, text)),
    sort: command(z.object({}), (state) => void state.notes.sort()),
    say: command(z.object({ text: z.string() }), (_state, { text }, ctx) => ctx.send('said', { text })),
    whisper: command(z.object({ text: z.string() }), (_state, { text }, ctx) => ctx.send('whispered', text, { to: { roles: ['gm'] } })),
    hide: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.secrets[key] = text), {
      roles: ['gm'],
    }),
    draw: command(z.object({ card: z.string() }), (state, { card }, ctx) => void (state.hands[ctx.participant.id] ??= []).push(card)),
    wind: command(z.object({ ms: z.number() }), (_state, { ms }, ctx) => void ctx.schedule(ms, 'ring', {})),
    ring: command(z.object({}), (state) => void (state.bell += 1)),
    refuse: command(z.object({}), (_state, _args, ctx) => ctx.reject('not today')),
    win: command(z.object({}), (_state, _args, ctx) => ctx.end({ winner: 'all' })),
  }),
});
