import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createClient, type Client, type Session, type SetAsideEvents } from '../../src/client/index.ts';
import { resolveConfiguration } from '../../src/server/configuration.ts';
import { createServer, jwtAuth, operatorAuth, sqliteStore, type Server } from '../../src/server/index.ts';
import { runCommandLine } from '../../src/cli/run-command-line.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { until } from '../reconnect/until.ts';

const auth = jwtAuth({ secret: 'pT3q9vXw1Zk7Rm5Yc8Ne2Bh6Jd4Lf0Gs' });
const operators = operatorAuth({ secret: 'Zk7Rm5Yc8Ne2Bh6Jd4Lf0GspT3q9vXw1' });

/** Everything that operators were told. */
const told: [string, object][] = [];

async function serve(t: TestContext, dir: string, port: number): Promise<Server> {
  const tell = (fields: object, message: string): void => void told.push([message, fields]);
  const logger = { debug: () => undefined, info: () => undefined, warn: tell, error: tell };
  const server = createServer({ sessions: [tinyTabletop], store: sqliteStore({ dir }), auth, operators, port, logger });
  await server.start();
  t.after(() => server.stop());
  return server;
}

async function run(args: string[], environment: Record<string, string> = {}): Promise<string> {
  const [printed, noted]: [string[], string[]] = [[], []];
  const exitCode = await runCommandLine(args, {
    print: (line) => void printed.push(line),
    note: (line) => void noted.push(line),
    readConfiguration: (flags) => resolveConfiguration({ flags, environment }),
  });
  assert.equal(exitCode, 0, noted.join('\n'));
  return printed.join('\n');
}

async function arrive(t: TestContext, url: string, sub: string): Promise<Client> {
  const client = createClient({ url, token: await auth.issue({ sub, name: sub }, 3_600) });
  t.after(() => client.close());
  return client;
}

type Table = Session<typeof tinyTabletop>;

test('MIGRATE-9: clients of a log that a restored backup has taken back are told, begin anew with what is there, and play on', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'holdfast-'));
  t.after(() => rm(parent, { recursive: true, force: true }));
  const server = await serve(t, join(parent, 'data'), 0);
  const port = Number(new URL(server.url).port);
  const ada = await arrive(t, server.url, 'ada');
  const { id } = await ada.sessions.create('tabletop', { name: 'Friday', access: 'open' });
  const gm: Table = await ada.join<typeof tinyTabletop>(id);
  const player: Table = await (await arrive(t, server.url, 'ben')).join<typeof tinyTabletop>(id);
  for (let x = 1; x <= 5; x += 1) await gm.commands.moveToken({ id: 'hero', x, y: 0 });

  // Under load: moves go on while the backup is made.
  let isDone = false;
  const playing = (async () => {
    for (let x = 6; !isDone || x < 40; x += 1) await player.commands.moveToken({ id: 'hero', x, y: 0 });
  })();
  const env = { HOLDFAST_URL: server.url, HOLDFAST_TOKEN: await operators.issue({ sub: 'sam', scopes: ['backup'] }, 60) };
  const { path } = JSON.parse(await run(['backup', 'friday.db', '--json'], env)) as { path: string };
  isDone = true;
  await playing;
  await player.commands.moveToken({ id: 'hero', x: 99, y: 0 });
  const late = await (await arrive(t, server.url, 'cleo')).join<typeof tinyTabletop>(id);
  await late.commands.moveToken({ id: 'late', x: 1, y: 1 });
  await until(() => gm.state.tokens['late'] !== undefined, 'everyone sees the last move');
  const before = { seq: gm.seq, tokens: gm.state.tokens };
  const gone: Record<string, SetAsideEvents> = {};
  for (const [name, session] of Object.entries({ gm, player, late })) session.on('set-aside', (events) => void (gone[name] = events));

  await server.stop();
  const dir = join(parent, 'restored');
  await run(['restore', path, '--dir', dir]);
  const again = await serve(t, dir, port);
  const read = await again.sessions.read(id, 'system');
  assert.ok(read.ok);
  const restored = read.state['tokens'] as Table['state']['tokens'];
  assert.ok(!('late' in restored) && restored['hero'] !== undefined && restored['hero'].x >= 5);
  assert.notDeepEqual(restored, before.tokens);

  for (const session of [gm, player, late]) {
    await until(
      () => session.status.state === 'live',
      'everyone is back',
      () => session.status,
    );
    assert.deepEqual(session.state.tokens, restored);
    assert.ok(session.seq < before.seq + 10);
  }
  // Each hears which events are gone, and which of its own commands.
  await until(
    () => Object.keys(gone).length === 3,
    'everyone is told',
    () => gone,
  );
  const head = Number(gone['gm']?.from) - 1;
  assert.deepEqual(gone['gm'], { from: head + 1, to: before.seq, commands: [] });
  assert.deepEqual(gone['late'], { from: head + 1, to: before.seq, commands: [[1, 1]] });
  assert.deepEqual(gone['player']?.commands.length, 1);
  // What is sent from now on is done once, although these clients had come further before.
  await Promise.all([gm, player, late].map((session, index) => session.commands.moveToken({ id: `after${index}`, x: index, y: 9 })));
  await until(() => [gm, player, late].every(({ state }) => Object.keys(state.tokens).length === 4), 'everyone sees what comes after');
  assert.deepEqual([player.state.tokens, late.state.tokens], [gm.state.tokens, gm.state.tokens]);
  const regressions = told.flatMap(([message, fields]) => (message === 'session log-regression' ? [Object(fields).participant] : []));
  assert.deepEqual(regressions.map(String).toSorted(), ['ada', 'ben', 'cleo'], 'the operator is told');
});
