import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { ConnectionState } from 'holdfast/connection';
import { FaultProxy, SeededBytes, VirtualClock } from 'holdfast/testing';
import { Board } from './board.ts';
import { Writer } from './writer.ts';

const PEOPLE = new Map([
  ['mira', 'lantern'],
  ['jon', 'compass'],
  ['eve', 'rope'],
]);

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

type Person = { readonly writer: Writer; readonly heard: string[]; readonly states: ConnectionState[] };

/** A board behind a bad network, and time that passes when the test says so. */
async function setUp(t: TestContext) {
  const clock = new VirtualClock();
  const board = new Board(PEOPLE, { clock, random: new SeededBytes(1) });
  const proxy = await FaultProxy.start({ port: await board.listen(0) });
  const writers: Writer[] = [];
  const come = async (name: string, secret = PEOPLE.get(name) ?? ''): Promise<Person> => {
    const [heard, states]: [string[], ConnectionState[]] = [[], []];
    const writer = new Writer({
      port: proxy.port,
      name,
      secret,
      ports: { clock, random: new SeededBytes(writers.length + 2) },
      heard: (line) => void heard.push(line),
      changed: ({ state }) => void states.push(state),
    });
    writers.push(writer);
    await until(() => ['live', 'closed'].includes(writer.status.state));
    return { writer, heard, states };
  };
  /** Lets time pass in steps, so that what is sent meanwhile arrives. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 500) {
      clock.advance(500);
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  t.after(async () => {
    for (const writer of writers) writer.leave();
    await board.stop();
    await proxy.stop();
    assert.deepEqual([board.connections.all(), clock.timers], [[], 0]);
  });
  return { clock, board, proxy, come, pass };
}

test('CONN-32: what one writes the others read, over lines and without any session', async (t) => {
  const { come } = await setUp(t);
  const [mira, jon] = [await come('mira'), await come('jon')];
  mira.writer.say('land ahead');
  await until(() => jon.heard.length > 0);
  assert.deepEqual([jon.heard, mira.heard], [['mira: land ahead'], []]);
});

test('CONN-32: a wrong secret is refused for good, and the writer is told why', async (t) => {
  const { come, board } = await setUp(t);
  const { writer } = await come('mira', 'candle');
  assert.ok(writer.status.state === 'closed');
  assert.equal(writer.status.reason.code, 'unauthenticated');
  assert.deepEqual(board.diary, ['somebody refused']);
});

test('CONN-32: a writer that is cut off returns under the same id, and goes on', async (t) => {
  const { come, board, proxy, pass } = await setUp(t);
  const [mira, jon] = [await come('mira'), await come('jon')];
  const { id } = mira.writer;
  proxy.connections[0]?.cut();
  await until(() => mira.writer.status.state === 'reconnecting');
  assert.equal(mira.writer.say('lost at sea'), false);
  await pass(1_000);
  await until(() => mira.writer.status.state === 'live');
  assert.equal(mira.writer.id, id);
  assert.deepEqual(board.diary, ['mira arrived', 'jon arrived', 'mira lost', 'mira returned']);
  mira.writer.say('back again');
  await until(() => jon.heard.length > 0);
  assert.deepEqual(jon.heard, ['mira: back again']);
});

test('CONN-32: a half-open connection is noticed at both ends, and the writer returns', async (t) => {
  const { come, board, proxy, pass } = await setUp(t);
  const mira = await come('mira');
  const { id } = mira.writer;
  proxy.connections[0]?.change({ swallowing: true });
  await pass(15_000);
  await until(() => mira.writer.status.state === 'live');
  assert.deepEqual(mira.states.slice(-6), ['suspect', 'reconnecting', 'connecting', 'connected', 'authenticating', 'live']);
  assert.equal(mira.writer.id, id);
  assert.deepEqual(board.diary.slice(-2), ['mira lost', 'mira returned']);
});

test('CONN-32: who does not return in time is over; coming later is coming anew', async (t) => {
  const { come, board, proxy, pass } = await setUp(t);
  const mira = await come('mira');
  const { id } = mira.writer;
  proxy.refusing = true;
  proxy.cut();
  await until(() => board.connections.counts().kept === 1);
  await pass(11_000);
  assert.deepEqual(board.connections.all(), []);
  proxy.refusing = false;
  await pass(6_000);
  await until(() => mira.writer.status.state === 'live');
  assert.notEqual(mira.writer.id, id);
  assert.deepEqual(board.diary, ['mira arrived', 'mira lost', 'mira expired', 'mira arrived']);
});

test('CONN-32: one falls silent, one is thrown out; the third notices nothing', async (t) => {
  const { come, board, proxy, pass } = await setUp(t);
  const [silent, evicted, third] = [await come('mira'), await come('eve'), await come('jon')];
  proxy.connections[0]?.change({ swallowing: true });
  proxy.refusing = true;
  const evictedId = board.connections.all({ identity: 'eve' })[0]?.id ?? assert.fail('eve is not there');
  board.connections.evict(evictedId, 'forbidden', 'No rope here.');
  await pass(15_000);
  assert.ok(evicted.writer.status.state === 'closed');
  assert.equal(evicted.writer.status.reason.message, 'No rope here.');
  assert.notEqual(silent.writer.status.state, 'live');
  assert.equal(third.writer.status.state, 'live');
  assert.deepEqual(third.states, ['connected', 'authenticating', 'live']);
});

test('CONN-32: who leaves is over at once, at both ends', async (t) => {
  const { come, board } = await setUp(t);
  const mira = await come('mira');
  mira.writer.leave();
  assert.equal(mira.writer.status.state, 'closed');
  await until(() => board.connections.counts().open === 0);
  assert.deepEqual(board.diary, ['mira arrived', 'mira left']);
});
