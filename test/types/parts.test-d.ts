import { z } from 'zod';
import { command, definePart, defineSession, type CommandsOf, type MessagesOf, type StateOf, type ViewOf } from 'holdfast';
import type { Holds, Same } from './same.ts';

const dice = definePart({
  messages: { rolled: z.object({ n: z.number() }) },
  initial: () => ({ rolls: [] as number[] }),
  commands: (command) => ({
    roll: command(z.object({ sides: z.number() }), (state, { sides }, ctx) => {
      ctx.send('rolled', { n: sides });
      return state.rolls.push(ctx.random.int(1, sides));
    }),
  }),
});
const drawer = definePart({
  roles: ['keeper'],
  initial: () => ({ secrets: {} as Record<string, string> }),
  visibility: { secrets: ['gm', 'keeper'] },
  commands: {
    hide: command(
      z.object({ text: z.string() }),
      (state: { secrets: Record<string, string> }, { text }, ctx) => void (state.secrets[ctx.id()] = text),
      { roles: ['keeper'] },
    ),
  },
});

const game = defineSession('game', {
  version: 1,
  parts: [dice, drawer],
  messages: { said: z.string() },
  initial: (options) => ({ title: options['title'] ?? '' }),
  visibility: { title: 'all' },
  commands: (command) => ({
    rename: command(z.object({ title: z.string() }), (state, { title }, ctx) => {
      state.title = title;
      state.rolls.length = 0;
      delete state.secrets[title];
      ctx.send('said', title);
      ctx.send('rolled', { n: 0 });
    }),
  }),
});
type Game = typeof game;

export type Whole = [
  Holds<Same<keyof StateOf<Game>, 'rolls' | 'secrets' | 'title'>>,
  Holds<Same<ViewOf<Game>['rolls'], number[]>>,
  Holds<Same<ViewOf<Game>['secrets'], Record<string, string> | undefined>>,
  Holds<Same<MessagesOf<Game>, { said: string; rolled: { n: number } }>>,
  Holds<Same<keyof CommandsOf<Game>, 'roll' | 'hide' | 'rename'>>,
  Holds<Same<ReturnType<CommandsOf<Game>['roll']>, Promise<number>>>,
];
export async function play(commands: CommandsOf<Game>): Promise<void> {
  await commands.hide({ text: 'x' });
  // @ts-expect-error a wrong argument
  await commands.roll({ sides: '6' });
}

definePart({
  initial: () => ({ rolls: [] as number[] }),
  commands: (command) => ({
    // @ts-expect-error a part sees its own state only
    rename: command(z.object({}), (state) => void (state.title = '')),
    // @ts-expect-error a part sends its own messages only
    say: command(z.object({}), (_state, _args, ctx) => ctx.send('said', '')),
  }),
});
// @ts-expect-error no such key in this part
definePart({ initial: () => ({ rolls: [] as number[] }), visibility: { secrets: ['gm'] } });
// @ts-expect-error not a part
defineSession('game', { version: 1, parts: [{ initial: () => ({}) }], initial: () => ({}) });
// A definition may hide a key of a part.
const hiding = defineSession('game', { version: 1, parts: [dice], initial: () => ({}), visibility: { rolls: ['gm'] } });
export type Hidden = [Holds<Same<ViewOf<typeof hiding>, { rolls?: number[] }>>];
