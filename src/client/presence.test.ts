import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import type { OwnPresenceFrame, PresenceFrame } from '../protocol/presence.ts';
import { ClientHarness, firstFrames } from '../testing/client-harness.ts';
import type { HandConnection } from '../testing/hand-socket.ts';
import { settle } from '../testing/settle-adapter.ts';
import type { ClientOptions } from './create-client.ts';

const ada = 'ada' as ParticipantId;
const mira = 'mira' as ParticipantId;

function whole(people: PresenceFrame['people'], more: Partial<PresenceFrame> = {}): PresenceFrame {
  return { t: 'presence', full: true, people, audience: 0, idleAfterMs: 6_000, ...more };
}

/** What the client says of its person. */
function said(connection: HandConnection): Omit<OwnPresenceFrame, 't'>[] {
  return connection.received.flatMap((frame) => {
    if (frame.t !== 'presence') return [];
    const { t: _, ...own } = frame;
    return [own];
  });
}

async function joined(options: Partial<ClientOptions> = {}) {
  const harness = new ClientHarness(options);
  const session = await harness.join();
  harness.connection.say(whole({ [mira]: { status: 'online', since: 1 } }));
  await loaded(() => session.presence[mira] !== undefined);
  return { harness, session };
}

/** The part that deals with presence is loaded when its first frame comes. */
async function loaded(isThere: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1_000 && !isThere(); turn += 1) await settle();
}

test('PRESENCE-18: a session shows who is here, each change as a new object, and tells of it', async () => {
  const { harness, session } = await joined();
  const before = session.presence;
  const heard: string[] = [];
  session.on('presence', (people) => heard.push(Object.keys(people).join()));
  let changes = 0;
  session.subscribe(() => (changes += 1));
  harness.connection.say({ t: 'presence', people: { [ada]: { status: 'idle', since: 2, data: { x: 1 } } }, audience: 3 });
  await settle();
  assert.deepEqual(session.presence, { mira: { status: 'online', since: 1 }, ada: { status: 'idle', since: 2, data: { x: 1 } } });
  assert.notEqual(session.presence, before);
  assert.deepEqual([session.audience, heard, changes], [3, ['mira,ada'], 1]);
  harness.connection.say({ t: 'presence', people: { [ada]: null } });
  await settle();
  assert.deepEqual([Object.keys(session.presence), session.audience], [['mira'], 3]);
});

test('PRESENCE-18: a whole frame takes the place of all that was', async () => {
  const { harness, session } = await joined();
  harness.connection.say(whole({ [ada]: { status: 'online', since: 5 } }));
  await settle();
  assert.deepEqual(session.presence, { ada: { status: 'online', since: 5 } });
});

test('PRESENCE-18: how connections are stands with their person, and stays when the person changes', async () => {
  const { harness, session } = await joined();
  const rows = [{ connection: 'c' as ConnectionId, rttMs: 40, lastHeardMs: 1, unsentBytes: 0 }];
  harness.connection.say({ t: 'presence', people: {}, details: { [mira]: rows, [ada]: rows } });
  harness.connection.say({ t: 'presence', people: { [mira]: { status: 'idle', since: 9 } } });
  await settle();
  assert.deepEqual(session.presence, { mira: { status: 'idle', since: 9, connections: rows } });
});

test('PRESENCE-19: what is said is sent at once, what is said often is folded, and the last of it always arrives', async () => {
  const { harness, session } = await joined();
  for (let x = 0; x < 10; x += 1) session.setPresence({ data: { x } });
  await settle();
  session.setPresence({ activity: { name: 'rolling' } });
  await settle();
  assert.deepEqual(said(harness.connection), [{ data: { x: 0 } }]);
  harness.clock.advance(33);
  assert.deepEqual(said(harness.connection).slice(1), [{ data: { x: 9 }, activity: { name: 'rolling' } }]);
  harness.clock.advance(1_000);
  assert.equal(said(harness.connection).length, 2);
});

test('PRESENCE-19: after a new welcome it is said again, all but the activity', async () => {
  const { harness, session } = await joined();
  session.setPresence({ data: 'here', idle: true, activity: { name: 'typing' } });
  await settle();
  harness.connection.drop();
  const next = await harness.comeBack(firstFrames());
  next.say(whole({}));
  await settle();
  assert.deepEqual(said(next), [{ idle: true, data: 'here' }]);
});

test('PRESENCE-19: a session that is over says nothing more and leaves no timer behind', async () => {
  const { harness, session } = await joined({ input: watched().input });
  session.setPresence({ data: 1 });
  await settle();
  harness.client.close();
  await settle();
  assert.equal(harness.clock.timers, 0);
});

/** A person at a device, as the test says. */
function watched() {
  let tell: (what: 'input' | 'hidden') => void = () => undefined;
  const input: NonNullable<ClientOptions['input']> = (fn) => {
    tell = fn;
    fn('input');
    return () => (tell = () => undefined);
  };
  return { input, does: (what: 'input' | 'hidden') => tell(what) };
}

test('PRESENCE-20: without input for as long as the server says, a person is idle, until there is some', async () => {
  const person = watched();
  const { harness } = await joined({ input: person.input });
  harness.clock.advance(3_000);
  person.does('input');
  harness.clock.advance(5_999);
  assert.deepEqual(said(harness.connection), []);
  harness.clock.advance(1);
  assert.deepEqual(said(harness.connection), [{ idle: true }]);
  harness.clock.advance(8_000);
  person.does('input');
  assert.deepEqual(said(harness.connection), [{ idle: true }, { idle: false }]);
});

test('PRESENCE-20: a page that cannot be seen is idle at once; one that can is not', async () => {
  const person = watched();
  const { harness } = await joined({ input: person.input });
  person.does('hidden');
  assert.deepEqual(said(harness.connection), [{ idle: true }]);
  harness.clock.advance(1_000);
  person.does('input');
  assert.deepEqual(said(harness.connection).at(-1), { idle: false });
});

test('PRESENCE-20: of someone who only reads the server hears now and then', async () => {
  const person = watched();
  const { harness } = await joined({ input: person.input });
  for (let round = 0; round < 120; round += 1) {
    harness.clock.advance(100);
    person.does('input');
  }
  assert.deepEqual(said(harness.connection), [{ idle: false }, { idle: false }, { idle: false }]);
});

test('PRESENCE-10: a client tells its last round trip with each ping', async () => {
  const { harness } = await joined();
  const pings = () => harness.connection.received.filter(({ t }) => t === 'ping');
  const [first] = pings();
  assert.ok(first?.t === 'ping' && first.rtt === undefined);
  harness.clock.advance(40);
  harness.connection.say({ t: 'pong', at: first.at, now: 0 });
  await settle();
  harness.clock.advance(15_000);
  const last = pings().at(-1);
  assert.ok(last?.t === 'ping');
  assert.equal(last.rtt, 40);
});
