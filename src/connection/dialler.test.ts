import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { settle } from '../testing/settle-adapter.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { causeNamed, causeOf } from './cause.ts';
import { dial, type DiallerOptions, type TransportEvents } from './dialler.ts';

/** An end whose transports are played by the test. */
function startDialling(more: Partial<DiallerOptions> = {}) {
  const clock = new VirtualClock();
  const transports: { events: TransportEvents; sent: string[]; closed: string | undefined }[] = [];
  const told: string[] = [];
  const line = dial({
    clock,
    random: new SeededBytes(1),
    open: (events) => {
      const transport = { events, sent: [] as string[], closed: undefined as string | undefined };
      transports.push(transport);
      return { send: (message) => void transport.sent.push(message), close: ({ code }) => void (transport.closed = code) };
    },
    login: (wire) => wire.send('login'),
    receive: (message) => void told.push(`got ${message}`),
    ping: (wire) => wire.send('ping'),
    changed: ({ state }) => void told.push(state),
    news: (news) => void told.push(`news ${news}`),
    ...more,
  });
  const newest = () => transports.at(-1) ?? assert.fail('nothing was opened');
  const logIn = () => {
    newest().events.opened();
    line.accepted();
  };
  return { clock, line, transports, newest, logIn, told };
}

test('CONN-34: an end that dials logs in on the open transport, and then sends and receives', () => {
  const { line, newest, logIn, told, clock } = startDialling();
  assert.equal(line.send('too early'), false);
  logIn();
  newest().events.message('hello');
  assert.equal(line.send('hello you'), true);
  assert.deepEqual(newest().sent, ['login', 'hello you']);
  assert.deepEqual(told, ['connected', 'authenticating', 'live', 'news arrived', 'got hello']);
  assert.equal(line.status.since, clock.now());
});

test('CONN-34: a lost transport is replaced by another; what the old one still says means nothing', () => {
  const { line, transports, logIn, clock, told } = startDialling();
  logIn();
  transports[0]?.events.closed();
  clock.advance(1_000);
  assert.equal(transports.length, 2);
  logIn();
  transports[0]?.events.message('late');
  transports[0]?.events.closed();
  assert.equal(line.status.state, 'live');
  assert.ok(!told.includes('got late'));
});

test('CONN-34: a transport that fails while it is being opened counts as a failed try, and leaves one timer', () => {
  const { line, transports, clock } = startDialling({
    open: (events) => {
      events.closed();
      return { send: () => undefined, close: () => undefined };
    },
  });
  assert.equal(line.status.state, 'reconnecting');
  assert.equal(transports.length, 0);
  assert.equal(clock.timers, 1);
});

test('CONN-34: a refused credential is renewed, and refused for good when there is no other', async () => {
  const answers = [true, false];
  const { line, transports, newest } = startDialling({ renew: () => Promise.resolve(answers.shift() ?? false) });
  newest().events.opened();
  line.refused(causeOf('unauthenticated'));
  await settle();
  assert.equal(transports.length, 2);
  newest().events.opened();
  line.refused(causeOf('unauthenticated'));
  await settle();
  assert.equal(line.status.state, 'closed');
});

test('CONN-34: the other end’s word on when to come back is kept', () => {
  const { line, transports, logIn, clock } = startDialling();
  logIn();
  line.refused(causeNamed('shutting-down', 'soon', 2_000));
  clock.advance(1_900);
  assert.equal(transports.length, 1);
  line.wake();
  clock.advance(100);
  assert.equal(transports.length, 2);
});

test('CONN-34: silence is asked about and ends the transport; while there is talk, one timer is enough', () => {
  const { newest, logIn, clock, transports } = startDialling();
  logIn();
  for (let passed = 0; passed < 60_000; passed += 5_000) {
    clock.advance(5_000);
    newest().events.message('something');
    assert.equal(clock.timers, 1);
  }
  assert.equal(transports.length, 1);
  clock.advance(40_000);
  assert.equal(transports[0]?.closed, 'timed-out');
  assert.ok(transports[0].sent.includes('ping'));
});

test('CONN-34: who leaves is over, and no timer is left', () => {
  const { line, newest, logIn, clock } = startDialling();
  logIn();
  line.leave();
  assert.equal(newest().closed, 'left');
  assert.deepEqual([line.status.state, clock.timers], ['closed', 0]);
});

test('CONN-34: a code that this end does not know stands for a passing failure', () => {
  assert.equal(causeNamed('from-the-future', 'x').then, 'retry');
});

test('CONN-34: when an end that dials tries again is spread evenly by chance over half of the wait', () => {
  const waits = [0x0000, 0x00ff, 0x4000, 0x8000, 0xffff].map((drawn) => {
    const random = { bytes: (count: number) => Uint8Array.of(drawn >> 8, drawn & 0xff).slice(0, count) };
    const { clock, transports, logIn } = startDialling({ random });
    logIn();
    transports[0]?.events.closed();
    for (let ms = 1; ms <= 100; ms += 1) {
      clock.advance(1);
      if (transports.length > 1) return ms;
    }
    return assert.fail('it does not try again');
  });
  assert.deepEqual(waits, [50, 51, 63, 75, 100]);
});
