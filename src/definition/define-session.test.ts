import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { checkDefinition } from './check-definition.ts';
import { definePart } from './define-part.ts';
import { DEFAULT_BUDGET } from './budget.ts';
import { DEFAULT_POLICIES } from './policies.ts';
import { DEFAULT_RIGHTS } from './rights.ts';
import { defineSession } from './define-session.ts';
import { isSessionDefinition } from './session-definition.ts';

const dice = definePart({
  roles: ['roller'],
  messages: { rolled: z.object({ n: z.number() }) },
  initial: () => ({ rolls: [] as number[] }),
  visibility: { rolls: ['gm', 'roller'] },
  commands: (command) => ({ roll: command(z.object({}), (state) => state.rolls.push(6)) }),
});

const game = defineSession('game', {
  version: 3,
  parts: [dice],
  messages: { said: z.string() },
  initial: (options) => ({ title: options['title'] ?? 'untitled' }),
  initialMode: 'setup',
  commands: (command) => ({ rename: command(z.object({}), (state) => void (state.title = ''), { roles: ['gm'], conflict: true }) }),
  modes: {
    setup: (command) => ({ place: command(z.object({}), () => 1), pass: command(z.object({}), () => 'setup') }),
    fight: (command) => ({ pass: command(z.object({}), () => 'fight') }),
  },
});

test('DEF-2: a definition holds its own state, messages, roles, sight and commands and those of its parts', () => {
  assert.deepEqual(game.initial({ title: 'Reef' }), { rolls: [], title: 'Reef' });
  assert.deepEqual(Object.keys(game.messages), ['rolled', 'said']);
  assert.deepEqual(game.roles, ['gm', 'player', 'spectator', 'roller']);
  assert.deepEqual(game.visibility, { rolls: ['gm', 'roller'] });
  assert.deepEqual(Object.keys(game.commands), ['roll', 'rename']);
  assert.deepEqual(checkDefinition(game), []);
});

test('DEF-2: the definition’s own rule of sight for a key of a part wins', () => {
  const open = defineSession('open', { version: 1, parts: [dice], initial: () => ({}), visibility: { rolls: 'all' } });
  assert.deepEqual(open.visibility, { rolls: 'all' });
});

test('DEF-3: common commands are found in every mode, those of a mode only in that mode', () => {
  assert.ok(game.findCommand('rename', 'setup'));
  assert.ok(game.findCommand('roll', 'fight'));
  assert.ok(game.findCommand('place', 'setup'));
  assert.equal(game.findCommand('place', 'fight'), undefined);
  assert.notEqual(game.findCommand('pass', 'setup'), game.findCommand('pass', 'fight'));
});

test('DEF-3: a name that only objects have finds no command', () => {
  for (const name of ['constructor', '__proto__', 'toString', '', 'setup']) {
    assert.equal(game.findCommand(name, 'setup'), undefined);
    assert.equal(game.findCommand('rename', name)?.handler, game.commands['rename']?.handler);
  }
});

test('DEF-4: limits, policies and roles that are not given have their defaults', () => {
  const plain = defineSession('plain', { version: 1, initial: () => ({}), limits: { maxParticipants: 4 }, policies: { access: 'open' } });
  const { budget, ...limits } = plain.limits;
  assert.deepEqual(budget, DEFAULT_BUDGET);
  assert.deepEqual(limits, {
    maxParticipants: 4,
    maxOpsPerCommand: 10_000,
    maxEventBytes: 262_144,
    snapshotEveryEvents: 5_000,
    snapshotEveryMs: 600_000,
    handlerFailures: 100,
    maxTimers: 1_000,
  });
  const { rights, presence, cleanup, ...policies } = plain.policies;
  assert.deepEqual([rights, presence, cleanup], [DEFAULT_RIGHTS, DEFAULT_POLICIES.presence, DEFAULT_POLICIES.cleanup]);
  assert.deepEqual(policies, {
    access: 'open',
    creatorRole: 'gm',
    joinRole: 'player',
    audience: ['spectator'],
    reconnectWindowMs: 30_000,
    seat: 'held',
    checkpointMs: 15_000,
    start: 'active',
    whenGmLeaves: 'keep',
    retention: 'full',
    timers: { downtime: 'counts' },
  });
  assert.deepEqual(plain.roles, ['gm', 'player', 'spectator']);
});

test('DEF-4: a command carries its roles and whether a stale basis refuses it', () => {
  const rename = game.findCommand('rename', undefined);
  assert.deepEqual([rename?.roles, rename?.conflict], [['gm'], true]);
  const roll = game.findCommand('roll', undefined);
  assert.deepEqual([roll?.roles, roll?.conflict], [undefined, undefined]);
});

test('DEF-5: options reach `initial` as the schema’s output', () => {
  const sized = defineSession('sized', { version: 1, options: z.object({ size: z.int().default(8) }), initial: ({ size }) => ({ size }) });
  assert.deepEqual(sized.initial({}), { size: 8 });
  assert.deepEqual(sized.initial({ size: 3 }), { size: 3 });
});

test('DEF-5: options that do not fit are refused and say where', () => {
  const sized = defineSession('sized', {
    version: 1,
    options: z.object({ board: z.object({ size: z.int() }) }),
    initial: (options) => options,
  });
  assert.throws(
    () => sized.initial({ board: { size: 'big' } }),
    (error: Error) => {
      assert.equal(error.name, 'OptionsError');
      assert.match(error.message, /board\.size: /);
      return true;
    },
  );
});

test('DEF-9: a definition is recognised by its mark, whichever copy of the package made it', () => {
  assert.equal(isSessionDefinition(game), true);
  assert.equal(isSessionDefinition({ [Symbol.for('holdfast.definition')]: true }), true);
  for (const other of [undefined, null, 'game', {}, dice]) assert.equal(isSessionDefinition(other), false);
});
