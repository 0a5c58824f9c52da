// Any synchronous Standard Schema: zod, valibot and arktype side by side.
import { type } from 'arktype';
import * as v from 'valibot';
import { z } from 'zod';
import { defineSession, type CommandsOf, type MessagesOf } from 'holdfast';
import type { Holds, Same } from './same.ts';

const mixed = defineSession('mixed', {
  version: 1,
  messages: { zodSent: z.object({ n: z.number() }), valibotSent: v.object({ n: v.number() }), arktypeSent: type({ n: 'number' }) },
  initial: () => ({ total: 0 }),
  commands: (command) => ({
    zod: command(z.object({ n: z.string().transform(Number) }), (state, { n }, ctx) => {
      ctx.send('zodSent', { n });
      return (state.total += n);
    }),
    valibot: command(v.object({ n: v.pipe(v.string(), v.transform(Number)) }), (state, { n }, ctx) => {
      ctx.send('valibotSent', { n });
      return (state.total += n);
    }),
    arktype: command(type({ n: 'string.numeric.parse' }), (state, { n }, ctx) => {
      ctx.send('arktypeSent', { n });
      return (state.total += n);
    }),
  }),
});
type Mixed = typeof mixed;

// The client sends the schema's input, the handler gets its output.
export type Inputs = [
  Holds<Same<Parameters<CommandsOf<Mixed>['zod']>, [args: { n: string }]>>,
  Holds<Same<Parameters<CommandsOf<Mixed>['valibot']>, [args: { n: string }]>>,
  Holds<Same<Parameters<CommandsOf<Mixed>['arktype']>, [args: { n: string }]>>,
  Holds<Same<MessagesOf<Mixed>['arktypeSent'], { n: number }>>,
];
