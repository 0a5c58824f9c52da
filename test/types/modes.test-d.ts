import { z } from 'zod';
import { command, defineSession, type CommandsOf } from 'holdfast';
import type { Holds, Same } from './same.ts';

const battle = defineSession('battle', {
  version: 1,
  messages: { hit: z.object({ by: z.string() }) },
  initial: (options) => ({ pieces: {} as Record<string, number>, size: options['size'] ?? 8 }),
  initialMode: 'setup',
  commands: (command) => ({
    start: command(z.object({}), (_state, _args, ctx) => ctx.setMode('fight'), { roles: ['gm'] }),
  }),
  modes: {
    setup: (command) => ({
      place: command(z.object({ id: z.string(), at: z.number() }), (state, { id, at }) => (state.pieces[id] = at)),
      pass: command(z.object({ to: z.string() }), () => 'passed'),
    }),
    fight: (command) => ({
      move: command(z.object({ id: z.string(), by: z.number() }), (state, { id, by }, ctx) => {
        ctx.send('hit', { by: id });
        state.pieces[id] = (state.pieces[id] ?? 0) + by;
      }),
      pass: command(z.object({ turns: z.number() }), () => 1),
    }),
    over: { tell: command(z.object({}), (state: { pieces: Record<string, number> }) => Object.keys(state.pieces)) },
  },
});
type Battle = typeof battle;

export type Commands = [
  Holds<Same<keyof CommandsOf<Battle>, 'start' | 'place' | 'pass' | 'move' | 'tell'>>,
  Holds<Same<Parameters<CommandsOf<Battle>['place']>, [args: { id: string; at: number }]>>,
  Holds<Same<ReturnType<CommandsOf<Battle>['tell']>, Promise<string[]>>>,
  // Two modes share the name: what is current is known at run time only.
  Holds<Same<Parameters<CommandsOf<Battle>['pass']>, [args: { to: string } | { turns: number }]>>,
  Holds<Same<Awaited<ReturnType<CommandsOf<Battle>['pass']>>, 'passed' | 1>>,
];

defineSession('battle', {
  version: 1,
  initial: () => ({ count: 0 }),
  // @ts-expect-error no such mode
  initialMode: 'stup',
  modes: { setup: (command) => ({ add: command(z.object({}), (state) => (state.count += 1)) }) },
});
defineSession('battle', {
  version: 1,
  initial: () => ({ count: 0 }),
  initialMode: 'setup',
  modes: {
    setup: (command) => ({
      // @ts-expect-error no such key of the state
      add: command(z.object({}), (state) => (state.cuont += 1)),
      // @ts-expect-error handlers are synchronous
      wait: command(z.object({}), async (state) => state.count),
    }),
  },
});
