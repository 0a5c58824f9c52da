import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { BuiltInRole, GivenPolicies } from '../definition/policies.ts';
import type { SessionId } from '../protocol/ids.ts';
import { sqliteStore } from '../store/sqlite-store.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { createServer, type Server } from './create-server.ts';
import { operatorAuth } from './operator-auth.ts';

const KNOWN = 'the-stowaway-sleeps-in-the-third-barrel';
const operators = operatorAuth({ secret: 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs' });

const diary = (policies: GivenPolicies<BuiltInRole>) =>
  defineSession('diary', {
    version: 1,
    initial: () => ({ lines: [KNOWN] }),
    policies,
    commands: (command) => ({ write: command(z.object({ line: z.string() }), (state, { line }) => void state.lines.push(line)) }),
  });

async function start(dir: string, policies: GivenPolicies<BuiltInRole>): Promise<Server> {
  const server = createServer({
    sessions: [diary(policies)],
    store: sqliteStore({ dir }),
    dev: true,
    operators,
    port: 0,
    logger: false,
    sweepEveryMs: null,
  });
  await server.start();
  return server;
}

async function written(server: Server): Promise<SessionId> {
  const made = await server.sessions.create({ type: 'diary', by: 'system', name: `About ${KNOWN}` });
  assert.ok(made.ok);
  const { session } = made.row;
  for (let count = 0; count < 50; count += 1)
    assert.ok((await server.sessions.run(session, { as: 'system', command: 'write', args: { line: `${count} ${KNOWN}` } })).ok);
  return session;
}

/** Files below `dir` that hold the text, packed archives as well as plain ones. */
function filesWith(dir: string, text: string): string[] {
  const names = readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(dir, name)).isFile());
  return names.filter((name) => name.endsWith('.gz') || readFileSync(join(dir, name)).includes(text));
}

test('CLEANUP-11: after its end no file holds a word of a session of which only metadata is kept', async (t) => {
  const dir = join(temporaryDirectory(), 'data');
  const server = await start(dir, { retention: 'metadata-only' });
  t.after(() => server.stop());
  const session = await written(server);
  assert.notDeepEqual(filesWith(dir, KNOWN), []);
  assert.ok((await server.sessions.end(session, 'system')).ok);
  const { steps } = await server.sessions.sweeper.sweep();
  assert.equal(steps.delete, 1);
  assert.deepEqual(filesWith(dir, KNOWN), [], 'while the server runs');
  assert.equal(await server.sessions.get(session), undefined);
  assert.equal((await server.sessions.history({ session })).length, 1);
  await server.stop();
  assert.deepEqual(filesWith(dir, KNOWN), [], 'after it stopped');
});

test('CLEANUP-13: metrics show what was created as alive, archived and deleted', async (t) => {
  const dir = join(temporaryDirectory(), 'data');
  const server = await start(dir, { cleanup: { completedAfterMs: 0, deleteAfterMs: 0 } });
  t.after(() => server.stop());
  const sessions = [await written(server), await written(server), await written(server)];
  for (const session of sessions.slice(0, 2)) await server.sessions.end(session, 'system');
  const metric = async (name: string): Promise<string | undefined> => {
    const text = await (await server.fetch(new Request(`${server.url}/metrics`))).text();
    return text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.slice(name.length + 1);
  };
  const four = async (): Promise<(string | undefined)[]> => [
    await metric('holdfast_stored_sessions_created_total'),
    await metric('holdfast_stored_sessions{state="live"}'),
    await metric('holdfast_stored_sessions{state="archived"}'),
    await metric('holdfast_stored_sessions_deleted_total'),
  ];
  assert.deepEqual(await four(), ['3', '3', '0', '0']);
  await server.sessions.sweeper.sweep();
  assert.deepEqual(await four(), ['3', '1', '2', '0']);
  assert.equal(filesWith(join(dir, 'archive'), KNOWN).length, 2);
  await server.sessions.sweeper.sweep();
  assert.deepEqual(await four(), ['3', '1', '0', '2']);
  assert.deepEqual([await metric('holdfast_sweep_steps_total{step="delete"}'), filesWith(join(dir, 'archive'), KNOWN)], ['2', []]);
});

test('CLEANUP-10: operators see what a sweep would do, and start one; players do neither', async (t) => {
  const server = await start(join(temporaryDirectory(), 'data'), { cleanup: { completedAfterMs: 0 } });
  t.after(() => server.stop());
  const session = await written(server);
  await server.sessions.end(session, 'system');
  const ask = async (method: string, token: string): Promise<Response> => {
    const body = method === 'POST' ? { body: '{}' } : {};
    const headers = { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' };
    return server.fetch(new Request(`${server.url}/v1/admin/sweep`, { method, headers, ...body }));
  };
  const reader = await operators.issue({ sub: 'sam', scopes: ['read'] }, 60);
  const ender = await operators.issue({ sub: 'sam', scopes: ['end'] }, 60);
  const { token: player } = await server.signIn({ name: 'Ada' });
  assert.deepEqual([(await ask('GET', player)).status, (await ask('POST', reader)).status], [401, 403]);
  const preview = (await (await ask('GET', reader)).json()) as {
    dryRun: boolean;
    decisions: { session: string; step: string; why: string }[];
  };
  assert.deepEqual(
    [preview.dryRun, preview.decisions.map((decision) => [decision.session, decision.step])],
    [true, [[session, 'archive']]],
  );
  assert.match(preview.decisions[0]?.why ?? '', /^ended \d+ (ms|s) ago, policy 0 ms$/);
  const report = (await (await ask('POST', ender)).json()) as { dryRun: boolean; steps: { archive: number } };
  assert.deepEqual([report.dryRun, report.steps.archive], [false, 1]);
  assert.equal((await server.sessions.get(session))?.status, 'archived');
});
