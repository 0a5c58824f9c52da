import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinition } from './check-definition.ts';
import { defineSession } from './define-session.ts';
import { pathFault, runMigrations, type Migrations } from './migrations.ts';

const defined = (version: number, migrate: unknown) =>
  defineSession('score', { version, migrate: migrate as Migrations, initial: () => ({ score: 0 }) });

test('MIGRATE-2: a step is missing wherever the steps do not lead to the definition’s version', () => {
  const gap = defined(4, { 1: () => undefined, 3: () => undefined });
  assert.match(pathFault(gap, 1) ?? '', /no migration of 'score' from version 2: define migrate\[2\]/);
  assert.equal(pathFault(gap, 3), undefined);
  assert.equal(pathFault(gap, 4), undefined);
  assert.match(pathFault(gap, 5) ?? '', /newer/);
  assert.match(pathFault(defined(2, undefined), 1) ?? '', /define migrate\[1\]/);
  assert.equal(
    pathFault(
      defined(9, () => undefined),
      1,
    ),
    undefined,
  );
});

test('MIGRATE-2: the steps run in their order, each knowing the version that it starts from', () => {
  const seen: number[] = [];
  const step = (_state: object, from: number) => void seen.push(from);
  runMigrations(defined(4, { 3: step, 1: step, 2: step }), {}, 2);
  assert.deepEqual(seen, [2, 3]);
});

test('MIGRATE-2: what is written wrongly in a migration is a fault of the definition', () => {
  assert.deepEqual(checkDefinition(defined(2, { 1: () => undefined })), []);
  assert.deepEqual(checkDefinition(defined(2, { 2: () => undefined })), [
    'score.migrate.2: the version that a step starts from: from 1 to 1',
  ]);
  assert.deepEqual(checkDefinition(defined(2, { 1: async () => undefined })), [
    'score.migrate.1: handlers are plain synchronous functions, not of kind AsyncFunction',
  ]);
  assert.match(checkDefinition(defined(2, 'up'))[0] ?? '', /score\.migrate: a function of state and version, or an object/);
});
