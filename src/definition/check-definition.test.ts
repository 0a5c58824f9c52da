import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { buildDefinition } from './build-definition.ts';
import { checkDefinition } from './check-definition.ts';
import { command } from './command.ts';
import { definePart } from './define-part.ts';

const schema = z.object({});
const sound = { version: 1, initial: () => ({ tokens: {}, rolls: [], secrets: {} }), commands: { add: command(schema, () => 1) } };

/** The faults of a sound definition with these changes, as an untyped user could have written them. */
const faultsOf = (changes: object, name = 'tabletop'): string[] => checkDefinition(buildDefinition(name, { ...sound, ...changes }));

test('DEF-6: a sound definition has no faults', () => {
  assert.deepEqual(faultsOf({}), []);
});

test('DEF-6: a misspelt key of visibility names the place, what was meant and what is legal', () => {
  assert.deepEqual(faultsOf({ visibility: { secrts: ['gm'] } }), [
    'tabletop.visibility.secrts: no such key in the initial state; did you mean secrets?; legal: tokens, rolls, secrets',
  ]);
});

test('DEF-6: every fault is named at once', () => {
  const faults = faultsOf({
    version: 0,
    visiblity: {},
    limits: { maxPlayers: 4 },
    policies: { joinRole: 'guest' },
    visibility: { rolls: 'none' },
  });
  assert.equal(faults.length, 5);
  for (const place of ['visiblity', 'version', 'visibility.rolls', 'limits.maxPlayers', 'policies.joinRole']) {
    assert.ok(
      faults.some((fault) => fault.startsWith(`tabletop.${place}: `)),
      `${place} is missing in ${faults.join('\n')}`,
    );
  }
});

const single: readonly [string, object, RegExp][] = [
  ['a version that is no whole number', { version: 1.5 }, /^tabletop\.version: a whole number from 1, not 1\.5$/],
  [
    'a top-level property that does not exist',
    { command: {} },
    /^tabletop\.command: no such property; did you mean commands\?; legal: roles, /,
  ],
  [
    'a role of visibility that is not declared',
    { visibility: { rolls: ['gmm'] } },
    /^tabletop\.visibility\.rolls\.gmm: no such role; did you mean gm\?; legal: gm, player, spectator$/,
  ],
  ['visibility that is no object', { visibility: ['rolls'] }, /^tabletop\.visibility: .*not an array$/],
  ['a role that exists anyway', { roles: ['gm'] }, /^tabletop\.roles\.gm: every definition has this role/],
  ['a role that is named twice', { roles: ['thief', 'thief'] }, /^tabletop\.roles\.thief: named twice$/],
  ['a role called system', { roles: ['system'] }, /^tabletop\.roles\.system: this name is reserved$/],
  ['a limit that is not positive', { limits: { maxEventBytes: 0 } }, /^tabletop\.limits\.maxEventBytes: a whole number from 1, not 0$/],
  [
    'a bound that cannot be lifted',
    { limits: { maxOpsPerCommand: null } },
    /^tabletop\.limits\.maxOpsPerCommand: a whole number from 1, not null$/,
  ],
  [
    'an access that does not exist',
    { policies: { access: 'public' } },
    /^tabletop\.policies\.access: no such access; legal: open, members, invite$/,
  ],
  [
    'a time of cleanup that is none',
    { policies: { cleanup: { graceMs: null } } },
    /^tabletop\.policies\.cleanup\.graceMs: a whole number of milliseconds, not null$/,
  ],
  [
    'a policy of cleanup that does not exist',
    { policies: { cleanup: { abandonAfter: 1 } } },
    /^tabletop\.policies\.cleanup\.abandonAfter: no such property; did you mean abandonAfterMs\?/,
  ],
  [
    'a hold that is no function',
    { policies: { cleanup: { hold: true } } },
    /^tabletop\.policies\.cleanup\.hold: a function of state and meta/,
  ],
  [
    'a retention that does not exist',
    { policies: { retention: { days: 0 } } },
    /^tabletop\.policies\.retention: 'full', 'metadata-only' or \{ days: 1 to 36500 \}/,
  ],
  ['a message whose schema is none', { messages: { rolled: { n: 'number' } } }, /^tabletop\.messages\.rolled: not a Standard Schema/],
  [
    'an initial state that is missing',
    { initial: undefined },
    /^tabletop\.initial: a function that returns the initial state, not undefined$/,
  ],
  ['an initial state that is no object', { initial: () => [] }, /^tabletop\.initial: the state is a plain object, not an array$/],
  [
    'an initial state that JSON cannot hold',
    { initial: () => ({ tokens: new Map() }) },
    /^tabletop\.initial: tokens: a Map cannot be stored; only JSON/,
  ],
  ['an initial state that comes later', { initial: async () => ({}) }, /^tabletop\.initial: the state is a plain object, not a promise$/],
  [
    'an initial state that throws',
    {
      initial: () => {
        throw new Error('no board');
      },
    },
    /^tabletop\.initial: threw Error: no board when called with empty options$/,
  ],
  ['a listing that is no function', { listing: {} }, /^tabletop\.listing: a function of state and meta, not an object$/],
  ['options whose schema is none', { options: {} }, /^tabletop\.options: not a Standard Schema/],
  [
    'a command that is built in',
    { commands: { '@join': command(schema, () => 1) } },
    /^tabletop\.commands\.@join: names beginning with @ are built in$/,
  ],
  [
    'a command that would look like a promise',
    { commands: { then: command(schema, () => 1) } },
    /^tabletop\.commands\.then: this name is reserved$/,
  ],
  [
    'a command with an odd name',
    { commands: { 'add one': command(schema, () => 1) } },
    /^tabletop\.commands\.add one: a name begins with a letter/,
  ],
  [
    'a command that was not made',
    { commands: { add: () => 1 } },
    /^tabletop\.commands\.add: a command is made with command\(schema, handler, options\), not a function$/,
  ],
  [
    'a command without handler',
    { commands: { add: { schema } } },
    /^tabletop\.commands\.add\.handler: a handler is a function, not undefined$/,
  ],
  [
    'a command for a role that is not declared',
    { commands: { add: command(schema, () => 1, { roles: ['gmm'] }) } },
    /^tabletop\.commands\.add\.roles\.gmm: no such role; did you mean gm\?/,
  ],
  [
    'a command for nobody',
    { commands: { add: command(schema, () => 1, { roles: [] }) } },
    /^tabletop\.commands\.add\.roles: the list is empty/,
  ],
  [
    'a command with an unknown option',
    { commands: { add: { ...command(schema, () => 1), role: 'gm' } } },
    /^tabletop\.commands\.add\.role: no such property; did you mean roles\?/,
  ],
  [
    'a callback that throws',
    {
      commands: () => {
        throw new Error('late import');
      },
    },
    /^tabletop\.commands: the callback threw Error: late import$/,
  ],
  [
    'commands that are a list',
    { commands: [] },
    /^tabletop\.commands: commands are an object or a callback that returns one, not an array$/,
  ],
  [
    'a mode that does not exist',
    { modes: { setup: {} }, initialMode: 'stup' },
    /^tabletop\.initialMode: no such mode; did you mean setup\?; legal: setup$/,
  ],
  ['modes without a first one', { modes: { setup: {} } }, /^tabletop\.initialMode: no such mode; legal: setup$/],
  [
    'a mode’s command that hides a common one',
    { modes: { setup: { add: command(schema, () => 1) } }, initialMode: 'setup' },
    /^tabletop\.modes\.setup\.add: a command of every mode has this name already$/,
  ],
  ['a part that was not made', { parts: [{ initial: () => ({}) }] }, /^tabletop\.parts\.0: a part is made with definePart/],
];
for (const [what, changes, expected] of single) {
  test(`DEF-6: ${what} is a fault`, () => {
    const faults = faultsOf(changes);
    assert.equal(faults.length, 1, faults.join('\n'));
    assert.match(faults[0] ?? '', expected);
  });
}

test('DEF-6: the name of a definition is checked', () => {
  assert.deepEqual(faultsOf({}, '@campaign'), ['@campaign: names beginning with @ are built in']);
  assert.match(faultsOf({}, 'table top')[0] ?? '', /^table top: a name begins with a letter/);
});

test('DEF-6: a message cannot have a name by which clients tell of something else', () => {
  for (const name of ['status', 'participant', 'missed', 'change']) {
    const fault = `messages.${name}: clients tell of something else by this name; take another`;
    assert.deepEqual(faultsOf({ messages: { [name]: schema } }), [`tabletop.${fault}`]);
    assert.deepEqual(faultsOf({ parts: [definePart({ initial: () => ({}), messages: { [name]: schema } })] }), [
      `tabletop.parts.0.${fault}`,
    ]);
  }
});

test('DEF-6: names that parts share are faults', () => {
  const part = definePart({ initial: () => ({ rolls: [] }), messages: { rolled: schema }, commands: { roll: command(schema, () => 1) } });
  assert.deepEqual(faultsOf({ parts: [part, part], commands: {} }), [
    'tabletop.parts.1.state.rolls: tabletop.parts.0 has this name already',
    'tabletop.state.rolls: tabletop.parts.0 has this name already',
    'tabletop.parts.1.messages.rolled: tabletop.parts.0 has this name already',
    'tabletop.parts.1.commands.roll: tabletop.parts.0 has this name already',
  ]);
});

test('DEF-6: faults inside a part name the part', () => {
  const part = definePart({
    initial: () => ({ deck: [] }),
    visibility: { deck: ['gm'] },
    commands: { draw: command(schema, () => 1, { roles: ['dealer'] as string[] }) },
  });
  assert.match(faultsOf({ parts: [part] })[0] ?? '', /^tabletop\.parts\.0\.commands\.draw\.roles\.dealer: no such role/);
});

test('DEF-6: what needs options that are not given is not guessed at', () => {
  const options = z.object({ size: z.int() });
  assert.deepEqual(
    faultsOf({ options, initial: (given: { size: number }) => ({ board: given.size.toFixed() }), visibility: { board: ['gm'] } }),
    [],
  );
});

const kinds: readonly [string, unknown][] = [
  ['AsyncFunction', async () => 1],
  ['GeneratorFunction', function* () {}],
  ['AsyncGeneratorFunction', async function* () {}],
];
for (const [kind, handler] of kinds) {
  test(`DEF-7: a handler that is an ${kind} is a fault`, () => {
    assert.deepEqual(faultsOf({ commands: { add: { schema, handler } } }), [
      `tabletop.commands.add.handler: handlers are plain synchronous functions, not of kind ${kind}`,
    ]);
  });
}

test('DEF-10: neither building nor checking throws, whatever was written', () => {
  const odd: unknown[] = [undefined, null, 1, 'x', [], () => 1, Symbol('x'), { toString: null }];
  const properties = [
    'version',
    'initial',
    'visibility',
    'messages',
    'roles',
    'parts',
    'options',
    'limits',
    'policies',
    'listing',
    'commands',
    'modes',
    'initialMode',
  ];
  for (const value of odd) {
    for (const property of properties) {
      const definition = buildDefinition('odd', { ...sound, [property]: value });
      const faults = checkDefinition(definition);
      assert.ok(Array.isArray(faults), property);
    }
  }
});

test('DEF-10: what is no definition at all is one fault', () => {
  for (const value of [undefined, null, 'tabletop', {}, []])
    assert.match(checkDefinition(value).join(), /is not a session definition; make one with defineSession/);
});
