// Checked by `tsc` alone: a wrong line that compiles is an unused `@ts-expect-error`, which is an error.
import { z } from 'zod';
import {
  command,
  defineSession,
  type CommandContext,
  type CommandsOf,
  type MessagesOf,
  type OptionsOf,
  type StateOf,
  type ViewOf,
} from 'holdfast';
import type { Holds, Same } from './same.ts';

interface Token {
  x: number;
  y: number;
}

const table = defineSession('table', {
  version: 1,
  roles: ['storyteller'],
  messages: { rolled: z.object({ n: z.number() }) },
  initial: (options) => ({
    tokens: {} as Record<string, Token>,
    rolls: [] as number[],
    secrets: {} as Record<string, string>,
    title: options['title'] ?? null,
  }),
  visibility: { secrets: ['gm', 'storyteller'], rolls: 'all' },
  policies: { access: 'open', joinRole: 'spectator' },
  commands: (command) => ({
    move: command(z.object({ id: z.string(), x: z.number() }), (state, { id, x }) => void (state.tokens[id] ??= { x, y: 0 })),
    find: command(z.object({ id: z.string() }), (state, { id }, ctx) => state.tokens[id] ?? ctx.reject('It is gone.')),
    roll: command(z.object({ sides: z.int().default(6) }), (state, { sides }, ctx) => {
      ctx.send('rolled', { n: state.rolls.push(ctx.random.int(1, sides)) });
      return state.rolls.length;
    }),
    reveal: command(z.object({}), (state) => void (state.secrets = {}), { roles: ['gm', 'storyteller'], conflict: true }),
  }),
});
type Table = typeof table;

// What a client calls.
export type Commands = [
  Holds<Same<Parameters<CommandsOf<Table>['move']>, [args: { id: string; x: number }]>>,
  Holds<Same<ReturnType<CommandsOf<Table>['move']>, Promise<undefined>>>,
  Holds<Same<ReturnType<CommandsOf<Table>['find']>, Promise<Token>>>,
  Holds<Same<Parameters<CommandsOf<Table>['roll']>, [args?: { sides?: number | undefined } | undefined]>>,
  Holds<Same<ReturnType<CommandsOf<Table>['roll']>, Promise<number>>>,
  Holds<Same<keyof CommandsOf<Table>, 'move' | 'find' | 'roll' | 'reveal'>>,
];
export async function play(commands: CommandsOf<Table>): Promise<void> {
  await commands.reveal();
  // @ts-expect-error no such command
  await commands.rol({ sides: 6 });
  // @ts-expect-error a wrong argument
  await commands.roll({ sides: 'six' });
  // @ts-expect-error arguments are missing
  await commands.move();
  // @ts-expect-error an unknown argument
  await commands.move({ id: 'a', x: 1, z: 2 });
  // @ts-expect-error the result is a number
  (await commands.roll()).trim();
}

// What a client sees.
export type Seen = [
  Holds<Same<StateOf<Table>['secrets'], Record<string, string>>>,
  Holds<Same<ViewOf<Table>['tokens'], Record<string, Token>>>,
  Holds<Same<ViewOf<Table>['rolls'], number[]>>,
  Holds<Same<ViewOf<Table>['secrets'], Record<string, string> | undefined>>,
  Holds<Same<MessagesOf<Table>, { rolled: { n: number } }>>,
];
export function look(view: ViewOf<Table>, messages: MessagesOf<Table>): void {
  view.secrets?.['map']?.trim();
  // @ts-expect-error not everyone sees the secrets
  String(view.secrets['map']);
  // @ts-expect-error no such key
  String(view.tokns);
  // @ts-expect-error no such message
  String(messages.roled);
}

// Handlers.
defineSession('faults', {
  version: 1,
  messages: { rolled: z.object({ n: z.number() }) },
  initial: () => ({ count: 1, by: new Map<string, number>().size }),
  commands: (command) => ({
    // @ts-expect-error handlers are synchronous
    wait: command(z.object({}), async (state) => void (state.count = 2)),
    // @ts-expect-error a promise as result
    later: command(z.object({}), () => Promise.resolve(1)),
    // @ts-expect-error no such key of the state
    miss: command(z.object({}), (state) => void (state.cuont = 2)),
    // @ts-expect-error a wrong value for the state
    wrong: command(z.object({}), (state) => void (state.count = 'two')),
    // @ts-expect-error no such argument
    name: command(z.object({ id: z.string() }), (_state, args) => args.name),
    // @ts-expect-error no such message
    send: command(z.object({}), (_state, _args, ctx) => ctx.send('roled', { n: 1 })),
    // @ts-expect-error a wrong payload
    load: command(z.object({}), (_state, _args, ctx) => ctx.send('rolled', { n: 'one' })),
    // @ts-expect-error a result that JSON cannot hold
    date: command(z.object({}), (_state, _args, ctx) => new Date(ctx.now)),
    // @ts-expect-error a function inside a result
    deep: command(z.object({}), () => ({ list: [{ run: () => 1 }] })),
    // @ts-expect-error no such role
    role: command(z.object({}), (state) => void (state.count = 2), { roles: ['gm', 'gmm'] }),
    // @ts-expect-error no such option
    option: command(z.object({}), (state) => void (state.count = 2), { role: ['gm'] }),
    // @ts-expect-error not a schema
    schema: command({ id: 'string' }, (state) => void (state.count = 2)),
  }),
});

// Roles that are computed are plain strings: they are checked when the server starts.
const seated = { roles: ['gm', 'player'] };
defineSession('computed', {
  version: 1,
  initial: () => ({ count: 1 }),
  commands: (command) => ({ add: command(z.object({}), (state) => (state.count += 1), seated) }),
});

// Sight.
// @ts-expect-error `secrts` is no key of the state
defineSession('sight', { version: 1, initial: () => ({ secrets: 1, board: 2 }), visibility: { board: 'all', secrts: ['gm'] } });
// @ts-expect-error `secrts` is no key of the state, which depends on options
defineSession('sight', { version: 1, initial: (options) => ({ secrets: options }), visibility: { secrts: ['gm'] } });
// @ts-expect-error no such role
defineSession('sight', { version: 1, initial: () => ({ secrets: 1 }), visibility: { secrets: ['gmm'] } });
// @ts-expect-error no such rule
defineSession('sight', { version: 1, initial: () => ({ secrets: 1 }), visibility: { secrets: 'none' } });
const byAttribute = defineSession('sight', {
  version: 1,
  initial: (options) => ({ hands: {} as Record<string, string[]>, notes: options }),
  visibility: { hands: 'self', notes: (participant) => participant.role === 'gm' },
});
export type Sight = [
  Holds<Same<ViewOf<typeof byAttribute>['hands'], Record<string, string[]>>>,
  Holds<Same<undefined extends ViewOf<typeof byAttribute>['notes'] ? true : false, true>>,
];

// Settings.
// @ts-expect-error no such property
defineSession('settings', { version: 1, initial: () => ({}), visiblity: {} });
// @ts-expect-error no such limit
defineSession('settings', { version: 1, initial: () => ({}), limits: { maxPlayers: 4 } });
// @ts-expect-error no such policy
defineSession('settings', { version: 1, initial: () => ({}), policies: { access: 'closed' } });
// @ts-expect-error no such role
defineSession('settings', { version: 1, initial: () => ({}), policies: { joinRole: 'guest' } });
// @ts-expect-error the version is missing
defineSession('settings', { initial: () => ({}) });

// Options.
const withOptions = defineSession('options', {
  version: 1,
  options: z.object({ size: z.int().default(8) }),
  initial: (options) => ({ board: Array.from({ length: options.size }, () => '') }),
});
export type Options = [
  Holds<Same<OptionsOf<typeof withOptions>, { size?: number | undefined }>>,
  Holds<Same<StateOf<typeof withOptions>, { board: string[] }>>,
];

// Commands made outside of a definition name the least state that they need.
const add = command(z.object({ by: z.number() }), (state: { count: number }, { by }) => (state.count += by), { roles: ['gm'] });
const shout = command(z.string(), (_state: {}, text, ctx: CommandContext<{ said: { text: string } }>) => ctx.send('said', { text }));
const counter = defineSession('counter', {
  version: 1,
  messages: { said: z.object({ text: z.string() }) },
  initial: () => ({ count: 0, other: '' }),
  commands: { add, shout },
});
export type Standalone = [
  Holds<Same<Parameters<CommandsOf<typeof counter>['add']>, [args: { by: number }]>>,
  Holds<Same<ReturnType<CommandsOf<typeof counter>['add']>, Promise<number>>>,
  Holds<Same<Parameters<CommandsOf<typeof counter>['shout']>, [args: string]>>,
];
// @ts-expect-error the command needs another state
defineSession('counter', { version: 1, initial: () => ({ count: '' }), commands: { add } });
// @ts-expect-error the command sends a message that is not declared
defineSession('counter', { version: 1, initial: () => ({}), commands: { shout } });
const told = command(z.object({}), (state: { count: number }) => state.count, { roles: ['teller'] });
// @ts-expect-error the command is for a role that is not declared
defineSession('counter', { version: 1, initial: () => ({ count: 0 }), commands: { told } });
defineSession('counter', { version: 1, roles: ['teller'], initial: () => ({ count: 0 }), commands: { told } });

// Messages to some.
defineSession('whispers', {
  version: 1,
  roles: ['scribe'],
  messages: { said: z.string() },
  initial: () => ({}),
  commands: (command) => ({
    whisper: command(z.object({ to: z.string() }), (_state, { to }, ctx) => {
      ctx.send('said', 'aloud', { to: 'all' });
      ctx.send('said', 'psst', { to: { roles: 'gm', participants: [to] } });
      ctx.send('said', 'noted', { to: { roles: ['scribe', 'gm'] } });
      // @ts-expect-error no such role
      ctx.send('said', 'psst', { to: { roles: 'dm' } });
      // @ts-expect-error no such role
      ctx.send('said', 'psst', { to: { roles: ['scribe', 'dm'] } });
      // @ts-expect-error a role is not said like this
      ctx.send('said', 'psst', { to: 'gm' });
    }),
  }),
});

// Migrations change a state of before in place.
const migrated = { version: 3, initial: () => ({ points: 0 }) };
defineSession('score', {
  ...migrated,
  migrate: {
    1: (state) => {
      state['points'] = state['score'] ?? 0;
      delete state['score'];
    },
    2: (state: { points: number }, from) => void (state.points += from),
  },
});
defineSession('score', { ...migrated, migrate: (state: { points?: number }) => void (state.points ??= 0) });
// @ts-expect-error a migration returns nothing: what it returns would be lost
defineSession('score', { ...migrated, migrate: { 1: (state) => ({ ...state, points: 0 }) } });
// @ts-expect-error a migration is synchronous
defineSession('score', { ...migrated, migrate: { 1: async () => undefined } });
