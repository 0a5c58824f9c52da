import { defineSession } from 'holdfast';
import { z } from 'zod';

const id = z.string();
const to = z.object({ roles: z.array(z.enum(['gm', 'player', 'spectator'])).optional(), participants: z.array(z.string()).optional() });

function gameNamed(name: string, policies: object) {
  return defineSession(name, {
    version: 1,
    messages: { said: z.string(), whispered: z.string() },
    initial: () => ({
      board: {} as Record<string, number>,
      secrets: {} as Record<string, string>,
      lists: [] as string[],
      hands: {} as Record<string, string[]>,
      plans: {} as Record<string, string>,
    }),
    visibility: {
      secrets: ['gm'],
      lists: ({ role }: { role: string }) => role === 'gm',
      hands: 'self',
      plans: ['gm', 'player'],
    } as {},
    listing: (state: { board: object }) => ({ tokens: Object.keys(state.board).length }),
    policies: { creatorRole: 'gm', checkpointMs: 10_000, ...policies } as {},
    commands: (command) => ({
      move: command(z.object({ id, x: z.number() }), (state, { id: token, x }) => void (state.board[token] = x)),
      place: command(z.object({ id, x: z.number() }), (state, { id: token, x }) => void (state.board[token] = x), { conflict: true }),
      fill: command(z.object({ id, count: z.number() }), (state, { id: prefix, count }) => {
        for (let n = 0; n < count; n += 1) state.board[`${prefix}-${n}`] = n;
      }),
      say: command(z.object({ text: z.string() }), (_state, { text }, ctx) => ctx.send('said', text)),
      roll: command(z.object({}), (state, _args, ctx) => (state.board['roll'] = ctx.random.int(1, 20))),
      refuse: command(z.object({}), (_state, _args, ctx) => ctx.reject('not today')),
      break: command(z.object({}), () => {
        throw new Error('broken on purpose');
      }),
      hide: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.secrets[key] = text), {
        roles: ['gm'],
      }),
      unhide: command(z.object({ key: z.string() }), (state, { key }) => void delete state.secrets[key], { roles: ['gm'] }),
      scatter: command(
        z.object({ at: z.number(), items: z.array(z.string()) }),
        (state, { at, items }) => {
          state.lists.splice(at, 1, ...items);
          for (const [index, item] of items.entries()) state.secrets[`item${index}`] = item;
          return items.length;
        },
        { roles: ['gm'] },
      ),
      deal: command(z.object({ to: id, card: z.string() }), (state, { to: whom, card }) => void (state.hands[whom] ??= []).push(card), {
        roles: ['gm'],
      }),
      plan: command(z.object({ key: z.string(), text: z.string() }), (state, { key, text }) => void (state.plans[key] = text), {
        roles: ['gm', 'player'],
      }),
      whisper: command(z.object({ text: z.string(), to }), (_state, { text, to: whom }, ctx) =>
        ctx.send('whispered', text, { to: whom as {} }),
      ),
      both: command(
        z.object({ id, x: z.number(), text: z.string(), to }),
        (state, { id: token, x, text, to: whom }, ctx) => {
          state.secrets['both'] = text;
          state.board[token] = x;
          ctx.send('whispered', text, { to: whom as {} });
          ctx.send('said', 'open');
          return text;
        },
        { roles: ['gm'] },
      ),
      later: command(z.object({ text: z.string() }), (_state, { text }, ctx) => void ctx.schedule(700, 'hide', { key: 'late', text }), {
        roles: ['gm'],
      }),
      finish: command(z.object({}), (_state, _args, ctx) => ctx.end({ winner: 'all' }), { roles: ['gm'] }),
    }),
  });
}

/** Everyone may come, and is told who is here. */
export const openGame = gameNamed('open-game', { access: 'open', presence: { record: 'status', graceMs: 1_000 } });

/** For people who are invited; who is here is for those who play; it goes on with another GM when there is none. */
export const closedGame = gameNamed('closed-game', {
  access: 'invite',
  presence: { visibleTo: ['gm', 'player'], idleAfterMs: 20_000, record: 'idle' },
  seat: 'freed',
  whenGmLeaves: 'pause',
});
