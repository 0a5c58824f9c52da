import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type } from 'arktype';
import { defineSession } from '../../definition/define-session.ts';
import * as v from 'valibot';
import { z } from 'zod';
import type { CommandDefinition } from '../../definition/command.ts';
import type { JsonValue } from '../../protocol/json.ts';
import { Dice } from './dice.ts';
import { resolveArguments } from './known-values.ts';
import { fits } from './search-arguments.ts';
import { Workload } from './workload.ts';

const game = defineSession('game', {
  version: 1,
  initial: () => ({}),
  initialMode: 'day',
  commands: (command) => ({
    zod: command(
      z.object({
        id: z.string().trim().min(1).max(32),
        kind: z.enum(['figure', 'prop']).default('figure'),
        x: z.number().min(0).max(20),
        tags: z.array(z.string()).max(3).optional(),
        to: z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('all') }),
          z.object({ kind: z.literal('some'), whom: z.tuple([z.string(), z.int()]) }),
        ]),
        mail: z.email().nullable(),
      }),
      () => undefined,
    ),
    arktype: command(type({ 'id': 'string > 0', 'level': 'number.integer >= 3', 'kind?': "'figure' | 'prop'" }), () => undefined),
    valibot: command(
      v.object({
        id: v.pipe(v.string(), v.minLength(2)),
        way: v.picklist(['north', 'south']),
        code: v.pipe(v.string(), v.regex(/^[A-Z]{3}$/)),
        list: v.array(v.number()),
      }),
      () => undefined,
    ),
  }),
  modes: { day: (command) => ({ walk: command(z.object({ far: z.int().min(1).max(3) }), () => undefined) }) },
});

/** So many arguments of one command, and which of them its schema takes. */
function made(name: string, count = 200): { args: JsonValue; isFit: boolean }[] {
  const [workload, dice] = [new Workload(game), new Dice(7)];
  const { schema } = game.findCommand(name, 'day') as CommandDefinition;
  return Array.from({ length: count }, () => {
    const { args } = workload.make(name, dice);
    return { args, isFit: fits(schema, resolveArguments(args, undefined, ['ann'])) };
  });
}

for (const name of ['zod', 'arktype', 'valibot', 'walk']) {
  test(`SIM-1: most arguments fit the schema, and some do not: ${name}`, () => {
    const all = made(name);
    const fit = all.filter(({ isFit }) => isFit).length;
    assert.ok(fit > 150 && fit < 200, `${fit} of 200 fit`);
    assert.ok(new Set(all.map(({ args }) => JSON.stringify(args))).size > 10, 'they differ');
  });
}

test('SIM-1: arguments lie at the bounds of what is legal, too', () => {
  const xs = made('zod').flatMap(({ args, isFit }) => (isFit ? [(args as { x: number }).x] : []));
  assert.ok(xs.includes(0) && xs.includes(20), String(xs));
  assert.deepEqual(
    [...new Set(made('walk').flatMap(({ args, isFit }) => (isFit ? [(args as { far: number }).far] : [])))].toSorted(
      (one, other) => one - other,
    ),
    [1, 2, 3],
  );
});

test('SIM-2: arguments can name what the sender sees when the command is sent, and the people', () => {
  const args = { id: { $known: 4 }, by: [{ $person: 1 }], text: 'as it is' };
  const state = { tokens: { goblin: { name: 'Grr' } }, lines: ['hello'] };
  const known = new Set(Array.from({ length: 20 }, (_, $known) => resolveArguments({ $known }, state, [])));
  assert.deepEqual(known, new Set(['goblin', 'name', 'Grr', 'hello']));
  assert.deepEqual(resolveArguments(args, {}, ['mira', 'ann']), { id: 'a', by: ['ann'], text: 'as it is' });
});

test('SIM-2: a function can make the arguments of a command; some are still made wrong', () => {
  const workload = new Workload(game, { walk: (pick) => ({ far: pick.of([7, 8]), who: pick.person(), on: pick.word() }) });
  const dice = new Dice(3);
  const all = Array.from({ length: 100 }, () => workload.make('walk', dice).args as { far?: unknown });
  const meant = all.filter((args) => args?.far === 7 || args?.far === 8).length;
  assert.ok(meant > 80 && meant < 100, `${meant} of 100`);
});
