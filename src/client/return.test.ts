import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestServer } from '../testing/create-test-server.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { createClient, type ClientOptions, type Session } from './index.ts';
import type { KeepOverReload } from './keep-over-reload-adapter.ts';
import type { Socket } from './socket.ts';
import { openWebSocket } from './web-socket-adapter.ts';

type Table = Session<typeof tinyTabletop>;

/** Checks views after every change. */
const CHECKED = { ...tinyTabletop, policies: { ...tinyTabletop.policies, checkpointMs: 0 } };

/** Resolves once the session shows what is asked for. */
function until(session: Table, shown: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!shown()) return;
      stop();
      resolve();
    };
    const stop = session.subscribe(look);
    look();
  });
}

/** A table with Mira looking on; `join` lets Otto in with a client of his own. */
async function tableOfTwo() {
  const live = await createTestServer({ sessions: [CHECKED] });
  const [mira, otto] = [await live.signIn('Mira'), await live.signIn('Otto')];
  const { id } = await mira.client.sessions.create('tabletop', { name: 'Friday night', access: 'open' });
  const gm: Table = await mira.client.join<typeof tinyTabletop>(id);
  const heard: string[] = [];
  gm.on('participant', ({ kind, participant }) => heard.push(`${kind} ${participant.name}`));
  const join = (options: Partial<ClientOptions> = {}): Promise<Table> => {
    const client = createClient({ url: live.url, token: otto.token, ...options });
    clients.push(client);
    return client.join<typeof tinyTabletop>(id);
  };
  const clients: { close(): void }[] = [];
  const stop = async () => {
    for (const client of clients) client.close();
    await live.stop();
  };
  return { live, gm, heard, join, [Symbol.asyncDispose]: stop };
}

/** A way to WebSocket that the test can cut. */
function cuttable() {
  let last: Socket | undefined;
  return {
    webSocket: (...[url, protocol, events]: Parameters<typeof openWebSocket>) => (last = openWebSocket(url, protocol, events)),
    cut: () => last?.close(),
  };
}

test('CLIENT-27: who loses the network is back as the connection of before, and others hear nothing of it', async () => {
  await using table = await tableOfTwo();
  const way = cuttable();
  const player = await table.join({ webSocket: way.webSocket });
  const before = table.live.server.connections.ofIdentity(player.self.id).map(({ id }) => id);
  way.cut();
  await until(player, () => player.status.state === 'waiting');
  const moved = player.commands.moveToken({ id: 'marlin', x: 5, y: 5 });
  await until(player, () => player.status.state === 'live');
  await moved;
  await until(table.gm, () => table.gm.state.tokens['marlin']?.x === 5);
  assert.deepEqual(
    table.live.server.connections.ofIdentity(player.self.id).map(({ id }) => id),
    before,
  );
  assert.deepEqual(table.heard, ['joined Otto']);
});

test('CLIENT-31: a reloaded page is the connection of before to the server; what it had asked for is done once', async () => {
  await using table = await tableOfTwo();
  let read: () => string | undefined = () => undefined;
  const storage: { left?: string | undefined } = {};
  const reload: KeepOverReload = (_key, give) => {
    read = give;
    return storage.left;
  };
  const way = cuttable();
  const player = await table.join({ reload, webSocket: way.webSocket });
  const before = table.live.server.connections.ofIdentity(player.self.id).map(({ id }) => id);
  void player.commands.roll({ sides: 6 }).catch(() => undefined);
  storage.left = read();
  way.cut();
  const again = await table.join({ reload });
  await until(again, () => again.pending.length === 0);
  await again.commands.moveToken({ id: 'marlin', x: 7, y: 7 });
  assert.equal(again.state.rolls.length, 1);
  assert.deepEqual(
    table.live.server.connections.ofIdentity(player.self.id).map(({ id }) => id),
    before,
  );
  assert.deepEqual(table.heard, ['joined Otto']);
});

test('CLIENT-29: one value that is corrupted in a client is noticed and healed', async () => {
  await using table = await tableOfTwo();
  const log: string[] = [];
  const player = await table.join({ logger: { warn: () => undefined, error: (message) => log.push(message) } });
  await player.commands.roll({ sides: 6 });
  Object.assign(player.state, { title: 'corrupted' });
  await table.gm.commands.moveToken({ id: 'marlin', x: 1, y: 1 });
  await until(player, () => player.state.title !== 'corrupted');
  assert.equal(player.state.title, table.gm.state.title);
  assert.equal(log.length, 1);
});

test('CLIENT-29: views that are right are never said to be wrong', async () => {
  await using table = await tableOfTwo();
  const log: string[] = [];
  const player = await table.join({ logger: { warn: () => undefined, error: (message) => log.push(message) } });
  for (let n = 0; n < 20; n += 1) {
    await player.commands.roll({ sides: 6 });
    await table.gm.commands.hide({ key: `k${n}`, text: 'secret' });
    await table.gm.commands.moveToken({ id: `t${n % 3}`, x: n, y: n });
  }
  await until(player, () => player.state.tokens['t1']?.x === 19);
  await import('./inspection.ts');
  assert.deepEqual(log, []);
});

test('CLIENT-5: what was decided on a state that has changed meanwhile is refused, however long it waited', async () => {
  await using table = await tableOfTwo();
  const way = cuttable();
  const player = await table.join({ webSocket: way.webSocket });
  way.cut();
  await until(player, () => player.status.state === 'waiting');
  const placed = player.commands.placeToken({ id: 'marlin', x: 1, y: 1 });
  const refused = assert.rejects(placed, { code: 'conflict' });
  await table.gm.commands.moveToken({ id: 'marlin', x: 9, y: 9 });
  await refused;
  assert.deepEqual(player.state.tokens['marlin'], { x: 9, y: 9 });
  await player.commands.placeToken({ id: 'marlin', x: 1, y: 1 });
  assert.deepEqual(player.state.tokens['marlin'], { x: 1, y: 1 });
});
