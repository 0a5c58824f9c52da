import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';

/** The smallest tabletop that shows everything: the example domain of the whole suite. */
export const tinyTabletop = defineSession('tabletop', {
  version: 1,
  messages: { rolled: z.object({ n: z.number() }) },
  initial: (options) => ({
    title: typeof options['title'] === 'string' ? options['title'] : 'table',
    tokens: {} as Record<string, { x: number; y: number }>,
    rolls: [] as { by: string; n: number }[],
    secrets: {} as Record<string, string>,
    hands: {} as Record<string, string[]>,
  }),
  visibility: { secrets: ['gm'], hands: 'self' },
  limits: { maxParticipants: 5_000 },
  policies: { access: 'open' },
  initialMode: 'explore',
  commands: (command) => ({
    moveToken: command(z.object({ id: z.string(), x: z.number(), y: z.number() }), (state, { id, x, y }) => {
      const token = state.tokens[id];
      if (token === undefined) state.tokens[id] = { x, y };
      else {
        token.x = x;
        token.y = y;
      }
    }),
    placeToken: command(
      z.object({ id: z.string(), x: z.number(), y: z.number() }),
      (state, { id, x, y }) => {
        state.tokens[id] = { x, y };
      },
      { conflict: true },
    ),
    roll: command(z.object({ sides: z.number().int().min(2).default(6) }), (state, { sides }, ctx) => {
      const n = ctx.random.int(1, sides);
      state.rolls.push({ by: ctx.participant.id, n });
      ctx.send('rolled', { n });
      return n;
    }),
    draw: command(z.object({ card: z.string() }), (state, { card }, ctx) => {
      (state.hands[ctx.participant.id] ??= []).push(card);
    }),
    hide: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.secrets[key] = text), {
      roles: ['gm'],
    }),
    refuse: command(z.object({}), (state, _args, ctx) => {
      state.title = 'changed';
      ctx.reject('not today', { why: 'rain' });
    }),
    break: command(z.object({}), (state) => {
      state.title = 'changed';
      throw new Error('broken on purpose');
    }),
    fill: command(z.object({ text: z.string(), times: z.number() }), (state, { text, times }) => text.repeat(times) + state.title),
    finish: command(z.object({}), (_state, _args, ctx) => ctx.end({ winner: 'all' })),
    fight: command(z.object({}), (_state, _args, ctx) => ctx.setMode('battle')),
  }),
  modes: {
    explore: (command) => ({ rest: command(z.object({}), (state) => void (state.title = 'rested')) }),
    battle: (command) => ({ strike: command(z.object({}), (state) => void (state.title = 'struck')) }),
  },
});
