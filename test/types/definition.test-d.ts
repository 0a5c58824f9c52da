import { z } from 'zod';
import { defineSession, type CommandsOf, type SessionDefinition, type StateOf, type ViewOf, type MessagesOf } from '../../src/index.ts';

const tabletop = defineSession('tabletop', {
  version: 1,
  initial: (options) => ({
    tokens: {} as Record<string, { x: number; y: number }>,
    rolls: [] as { by: string; n: number }[],
    secrets: {} as Record<string, string>,
    title: options['title'] === 'x' ? 'x' : 'y',
  }),
  visibility: { secrets: ['gm'] },
  messages: { rolled: z.object({ n: z.number() }) },
  commands: (command) => ({
    move: command(z.object({ id: z.string(), x: z.number() }), (state, args) => {
      const token = state.tokens[args.id];
      if (token) token.x = args.x;
    }),
    roll: command(z.object({ sides: z.number().default(6) }), (state, args, ctx) => {
      const n = ctx.random.int(1, args.sides);
      state.rolls.push({ by: ctx.participant.id, n });
      ctx.send('rolled', { n });
      return n;
    }),
    reveal: command(z.object({}), (state) => void (state.secrets = {}), { roles: ['gm'] }),
  }),
});
const erased: readonly SessionDefinition[] = [tabletop];
void erased;
declare const calls: CommandsOf<typeof tabletop>;
export const rolled: Promise<number> = calls.roll({ sides: 3 });
export const revealed: Promise<undefined> = calls.reveal();
declare const view: ViewOf<typeof tabletop>;
// @ts-expect-error a player may not see it
view.secrets['x'];
view.rolls[0]?.n.toFixed();
declare const state: StateOf<typeof tabletop>;
state.secrets['x'];
declare const messages: MessagesOf<typeof tabletop>;
messages.rolled.n.toFixed();
defineSession('b', { version: 1, initial: () => ({ a: 1, b: 2 }), visibility: { a: 'all',
  // @ts-expect-error no such key
  nope: ['gm'] } });
defineSession('b', { version: 1, initial: () => ({ a: 1, b: 2 }), visibility: {
  // @ts-expect-error no such role
  a: ['gmm'] } });
defineSession('b', { version: 1, roles: ['thief'], initial: (options) => ({ a: options["x"] ?? 1, b: 2 }), visibility: { a: ['thief'], b: (p) => p.role === 'gm' } });
