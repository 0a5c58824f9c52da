import { defineSession, type CommandContext } from 'holdfast';
import { z } from 'zod';
import { BOARD, HARBOUR, KINDS, type Token } from './board.ts';

/** Who did something, in which order (`seq`) and when, in milliseconds since 1970. */
type Deed = { id: string; by: string; name: string; seq: number; at: number };
/** One throw; `dice` reads `2d6+1`. */
export type Roll = Deed & { dice: string; faces: number[]; modifier: number; total: number };
export type Line = Deed & { text: string };
export type Secret = { text: string; at: number };

const id = z.string().min(1).max(32);
const name = z.string().trim().min(1).max(40);
const text = z.string().trim().min(1).max(300);
const place = { x: z.number().min(0).max(BOARD.width), y: z.number().min(0).max(BOARD.height) };
const dice = {
  count: z.int().min(1).max(20).default(1),
  sides: z.int().min(2).max(100),
  modifier: z.int().min(-99).max(99).default(0),
  secret: z.boolean().default(false),
};
const seated = { roles: ['gm', 'player'] };
const gm = { roles: ['gm'] };

/** A table with a board, dice, talk, and a drawer that only the GM sees into. */
export const tabletop = defineSession('tabletop', {
  version: 1,
  messages: {
    rolled: z.object({ id: z.string(), sides: z.number(), faces: z.array(z.number()), modifier: z.number(), total: z.number() }),
  },
  initial: (options) => ({
    tokens: (options['scene'] === 'harbour' ? structuredClone(HARBOUR) : {}) as Record<string, Token>,
    rolls: [] as Roll[],
    lines: [] as Line[],
    secrets: {} as Record<string, Secret>,
  }),
  visibility: { secrets: ['gm'] },
  // Who looks on is shown like everyone else: tables are small.
  policies: { access: 'open', audience: [] },
  commands: (command) => ({
    addToken: command(
      z.object({ id, name, kind: z.enum(KINDS).default('figure'), ...place }),
      (state, { id, ...token }, ctx) => {
        if (state.tokens[id]) ctx.reject('There is a token of that id already.');
        if (Object.keys(state.tokens).length >= 200) ctx.reject('The board is full; take a token away first.');
        state.tokens[id] = { ...token, by: ctx.participant.id };
      },
      seated,
    ),
    moveToken: command(
      z.object({ id, ...place }),
      (state, { id, x, y }, ctx) => {
        const token = state.tokens[id] ?? ctx.reject('That token has been taken off the board.');
        token.x = x;
        token.y = y;
      },
      seated,
    ),
    removeToken: command(z.object({ id }), (state, { id }) => void delete state.tokens[id], seated),
    roll: command(
      z.object(dice),
      (state, { count, sides, modifier, secret }, ctx) => {
        const faces = Array.from({ length: count }, () => ctx.random.int(1, sides));
        const done = deed(ctx);
        const throwing = { id: done.id, faces, modifier, total: faces.reduce((sum, face) => sum + face, modifier) };
        const spelled = `${count}d${sides}${modifier > 0 ? '+' : ''}${modifier || ''}`;
        if (secret) {
          if (ctx.participant.role !== 'gm') ctx.reject('Only the GM rolls behind the screen.');
          state.secrets[done.id] = { text: `${spelled} rolled ${throwing.total} (${faces.join(', ')})`, at: done.at };
        } else {
          keep(state.rolls, { ...done, ...throwing, dice: spelled });
          ctx.send('rolled', { ...throwing, sides });
          if (spelled.startsWith('1d20') && faces[0] === 20) ctx.highlight(`${done.name} rolled a natural 20.`);
        }
        return throwing;
      },
      seated,
    ),
    say: command(z.object({ text }), (state, { text }, ctx) => {
      keep(state.lines, { ...deed(ctx), text });
    }),
    keepSecret: command(z.object({ text }), (state, { text }, ctx) => void (state.secrets[ctx.id()] = { text, at: ctx.now }), gm),
    /** Takes a secret out of the drawer and says it to everyone. */
    reveal: command(
      z.object({ id }),
      (state, { id }, ctx) => {
        const secret = state.secrets[id] ?? ctx.reject('That secret is no longer in the drawer.');
        delete state.secrets[id];
        keep(state.lines, { ...deed(ctx), text: secret.text });
        ctx.highlight(`Revealed: ${secret.text}`.slice(0, 300));
      },
      gm,
    ),
    forget: command(z.object({ id }), (state, { id }) => void delete state.secrets[id], gm),
  }),
});

function deed(ctx: CommandContext<never>): Deed {
  return { id: ctx.id(), by: ctx.participant.id, name: ctx.participant.name, seq: ctx.seq, at: ctx.now };
}

/** The last hundred are enough to read back; older ones stay in the session's log. */
function keep<T>(list: T[], entry: T): void {
  list.push(entry);
  if (list.length > 100) list.shift();
}
