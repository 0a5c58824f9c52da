import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId, ParticipantId, SessionId } from '../protocol/ids.ts';
import type { ConnectionRecord } from '../protocol/ports.ts';
import { FakeWire, hello, SESSION, startDelivery, type FakePeer } from '../testing/delivery-harness.ts';
import { settle } from '../testing/settle-adapter.ts';

const OTHER = 'T'.repeat(22) as SessionId;
const COMMAND = JSON.stringify({ t: 'command', n: 1, low: 1, name: 'roll', args: { sides: 20 } });
const ping = (at: number) => JSON.stringify({ t: 'ping', at });
const record = ({ connection }: FakePeer, frames: string[], view: number): ConnectionRecord => ({
  connection: connection.id,
  frames,
  view,
});

test('CONN-1: a connection logs in with its first frame and is then found by id, identity and session', async () => {
  const { connections, login, host } = startDelivery();
  const { connection } = await login('ada');
  assert.equal(connections.get(connection.id)?.status.state, 'live');
  assert.deepEqual(connections.all({ identity: 'ada' }), [connection]);
  assert.deepEqual(connections.all({ session: SESSION }), [connection]);
  assert.equal(connection.identity?.name, 'ada');
  assert.deepEqual(host.calls, [['attach', SESSION, 'ada', connection.id]]);
});

test('CONN-1: one identity may have several connections, each found under it', async () => {
  const { connections, login } = startDelivery();
  const [first, second] = [await login('ada'), await login('ada', null, OTHER)];
  assert.deepEqual(connections.ofIdentity('ada'), [first.connection, second.connection]);
  assert.deepEqual(connections.all({ identity: 'ada', session: OTHER }), [second.connection]);
});

test('CONN-1: the path table that a returning client names reaches its session', async () => {
  const { knock, host } = startDelivery();
  await knock('ada', SESSION, { table: [7, 12] });
  assert.deepEqual(host.attached[0]?.table, { id: 7, known: 12 });
});

test('CONN-2: without the first frame within 5 seconds a connection ends', () => {
  const { clock, open } = startDelivery();
  const { wire } = open();
  clock.advance(4_900);
  assert.ok(!wire.isClosed);
  clock.advance(2_000);
  assert.equal(wire.closed?.code, 'login-timeout');
});

test('CONN-2: a credential that takes too long to check counts as no login', async () => {
  const { clock, knock, host } = startDelivery();
  host.answer = () => new Promise(() => undefined);
  const { wire } = await knock('ada');
  clock.advance(7_000);
  assert.equal(wire.closed?.code, 'login-timeout');
});

test('CONN-2: a session that does not answer in time counts as no login, and hears that nobody waits any more', async () => {
  const { clock, knock, host, kinds } = startDelivery();
  const { wire, connection } = await knock('ada');
  clock.advance(7_000);
  assert.equal(wire.closed?.code, 'login-timeout');
  assert.deepEqual(host.calls.at(-1), ['detach', SESSION, connection.id]);
  assert.deepEqual(kinds(), ['opened', 'refused']);
});

test('CONN-3: a wrong credential closes with a code that says to sign in', async () => {
  const { knock, host } = startDelivery();
  const { wire } = await knock('bad');
  assert.equal(wire.closed?.code, 'unauthenticated');
  assert.match(wire.closed?.last ?? '', /"code":"unauthenticated"/);
  assert.deepEqual(host.calls, []);
});

test('CONN-3: the credential may come with the transport’s own opening instead', async () => {
  const { connections, host } = startDelivery();
  const peer = connections.open('fake', new FakeWire(), 'ada');
  connections.receive(peer, JSON.stringify({ t: 'hello', version: 1, session: SESSION }));
  await settle();
  assert.deepEqual(host.calls[0]?.slice(0, 3), ['attach', SESSION, 'ada']);
});

test('CONN-3: a session that refuses says why once, and nothing is kept', async () => {
  const { knock, deliver, connections } = startDelivery();
  const { wire, connection } = await knock('ada');
  deliver([{ connection: connection.id, frames: ['error'], view: null, close: { code: 'full', message: 'No seat.' } }]);
  assert.deepEqual(wire.writes, [['error']]);
  assert.deepEqual(wire.closed, { code: 'full', last: undefined });
  assert.deepEqual(connections.all(), []);
});

test('CONN-4: a frame that cannot be read ends its connection and no other', async () => {
  const { connections, login } = startDelivery();
  const [bad, good] = [await login('eve'), await login('ada')];
  connections.receive(bad.peer, '{"t":');
  assert.equal(bad.wire.closed?.code, 'bad-frame');
  assert.equal(bad.connection.status.state, 'closed');
  assert.equal(good.connection.status.state, 'live');
});

test('CONN-4: a command before the welcome ends the connection', async () => {
  const { connections, knock, host } = startDelivery();
  const { wire, peer } = await knock('ada');
  connections.receive(peer, COMMAND);
  assert.equal(wire.closed?.code, 'bad-frame');
  assert.ok(!host.calls.some(([call]) => call === 'receive'));
});

test('CONN-4: a second hello ends the connection', async () => {
  const { connections, login } = startDelivery();
  const { wire, peer } = await login('ada');
  connections.receive(peer, hello('ada', SESSION));
  assert.equal(wire.closed?.code, 'bad-frame');
});

test('CONN-5: what fails inside the server on account of one connection ends that transport alone and is reported', async () => {
  const { connections, login, host, events } = startDelivery();
  const [bad, good] = [await login('eve'), await login('ada')];
  host.failing = true;
  connections.receive(bad.peer, COMMAND);
  assert.equal(bad.wire.closed?.code, 'internal');
  assert.doesNotMatch(bad.wire.closed?.last ?? '', /a bug/);
  assert.ok(events.some((event) => event.kind === 'failed' && event.connection === bad.connection));
  assert.equal(bad.connection.status.state, 'reconnecting');
  assert.equal(good.connection.status.state, 'live');
});

test('CONN-5: a login whose check fails ends with a code that says to try again', async () => {
  const { knock, host } = startDelivery();
  host.answer = () => Promise.reject(new Error('the issuer is down'));
  const { wire } = await knock('ada');
  assert.equal(wire.closed?.code, 'internal');
});

test('CONN-6: a ping is answered at once with its own mark and the server’s time', async () => {
  const { connections, login, clock } = startDelivery();
  const { wire, peer } = await login('ada');
  connections.receive(peer, ping(7));
  assert.deepEqual(wire.writes.at(-1), [JSON.stringify({ t: 'pong', at: 7, now: clock.now() })]);
});

test('CONN-8: a delivery is one write per client: own frames before the shared one', async () => {
  const { knock, deliver } = startDelivery();
  const [ada, bob, eve] = [await knock('ada'), await knock('bob'), await knock('eve')];
  deliver([record(ada, ['welcome a'], 1), record(bob, ['welcome b'], 1), record(eve, ['welcome e'], 2)]);
  deliver(
    [{ connection: ada.connection.id, frames: ['own'] }],
    [
      [1, '[5]'],
      [2, '[5,1]'],
    ],
  );
  assert.deepEqual(ada.wire.writes, [['welcome a'], ['own', '[5]']]);
  assert.deepEqual(bob.wire.writes, [['welcome b'], ['[5]']]);
  assert.deepEqual(eve.wire.writes, [['welcome e'], ['[5,1]']]);
});

test('CONN-8: a connection that gets its view in a delivery gets the view’s frame of that very delivery', async () => {
  const { knock, deliver } = startDelivery();
  const ada = await knock('ada');
  deliver([{ ...record(ada, ['welcome'], 1), packed: new Uint8Array(9), after: ['tail'] }], [[1, '[5]']]);
  assert.deepEqual(ada.wire.writes, [['welcome', 'packed 9', 'tail', '[5]']]);
});

test('CONN-8: answers come after the frame of the view, in the same write; without such a frame they come alone', async () => {
  const { login, deliver } = startDelivery();
  const ada = await login('ada', 1);
  deliver([{ connection: ada.connection.id, frames: [], answers: ['ack 1', 'ack 2'] }], [[1, '[5]']]);
  deliver([{ connection: ada.connection.id, frames: [], answers: ['ack 3'] }], [[2, '[6]']]);
  assert.deepEqual(ada.wire.writes, [['[5]', 'ack 1', 'ack 2'], ['ack 3']]);
});

test('CONN-8: clients of one view are given one and the same encoding', async () => {
  const { login, deliver } = startDelivery();
  const peers = [await login('ada', 1), await login('bob', 1)];
  deliver([], [[1, '[5]']]);
  assert.ok(peers[0]?.wire.shared[0] !== undefined);
  assert.equal(peers[0].wire.shared[0], peers[1]?.wire.shared[0]);
});

test('CONN-9: a connection whose view is taken away receives no more frames of it', async () => {
  const { login, deliver } = startDelivery();
  const ada = await login('ada', 1);
  deliver([{ connection: ada.connection.id, frames: [], view: null }], [[1, '[5]']]);
  assert.deepEqual(ada.wire.writes, []);
});

test('CONN-9: a close in a delivery comes after its frames, and the session hears of the end once', async () => {
  const { login, deliver, host, connections } = startDelivery();
  const ada = await login('ada');
  deliver([{ connection: ada.connection.id, frames: ['error'], close: { code: 'left', message: 'bye' } }]);
  connections.gone(ada.peer);
  assert.deepEqual(ada.wire.writes, [['error']]);
  assert.deepEqual(ada.wire.closed, { code: 'left', last: undefined });
  assert.deepEqual(host.calls.slice(1), [['detach', SESSION, ada.connection.id]]);
});

test('CONN-11: one connection can be evicted with a code; the rest stay', async () => {
  const { login, connections } = startDelivery();
  const [eve, ada] = [await login('eve'), await login('ada')];
  assert.equal(connections.evict(eve.connection.id, 'forbidden', 'You were removed.'), true);
  assert.equal(connections.evict(eve.connection.id, 'forbidden'), false);
  assert.deepEqual(eve.wire.closed?.code, 'forbidden');
  assert.match(eve.wire.closed.last ?? '', /You were removed/);
  assert.deepEqual(connections.all(), [ada.connection]);
});

test('CONN-12: what is still sent to a connection that has ended goes nowhere', async () => {
  const { login, connections, deliver, host } = startDelivery();
  const ada = await login('ada', 1);
  connections.gone(ada.peer);
  deliver([record(ada, ['late'], 1)], [[1, '[5]']]);
  connections.receive(ada.peer, COMMAND);
  assert.deepEqual(ada.wire.writes, []);
  assert.deepEqual(host.calls.slice(1), [['detach', SESSION, ada.connection.id]]);
});

test('CONN-12: stopping closes all with a code that says to come back, and leaves nobody and no timer', async () => {
  const { login, open, connections, clock } = startDelivery();
  const [live, waiting, away] = [await login('ada'), open(), await login('bob')];
  connections.gone(away.peer);
  connections.stop();
  assert.equal(live.wire.closed?.code, 'shutting-down');
  assert.equal(waiting.wire.closed?.code, 'shutting-down');
  assert.deepEqual(connections.all(), []);
  assert.deepEqual([connections.counts().open, connections.counts().live, connections.counts().kept], [0, 0, 0]);
  assert.equal(clock.timers, 0);
});

test('CONN-25: a connection whose transport is gone keeps its place, and is found while it is away', async () => {
  const { login, connections, host, kinds } = startDelivery();
  const { peer, connection } = await login('ada', 1);
  connections.gone(peer);
  assert.deepEqual(connections.all({ identity: 'ada', state: 'reconnecting' }), [connection]);
  assert.deepEqual(connections.all({ session: SESSION, state: 'live' }), []);
  assert.deepEqual(host.calls.at(-1), ['detach', SESSION, connection.id]);
  assert.deepEqual(kinds(), ['opened', 'arrived', 'lost']);
  const { open, kept } = connections.counts();
  assert.deepEqual([open, kept], [0, 1]);
});

test('CONN-25: without a word of its session a connection that is away ends with its window', async () => {
  const { knock, deliver, connections, clock, host, kinds } = startDelivery();
  const { peer, connection } = await knock('ada');
  deliver([{ connection: connection.id, frames: [], windowMs: 60_000 }]);
  connections.gone(peer);
  clock.advance(59_000);
  assert.equal(connection.status.state, 'reconnecting');
  clock.advance(2_000);
  assert.equal(connections.get(connection.id), undefined);
  assert.deepEqual(kinds(), ['opened', 'arrived', 'lost', 'expired']);
  assert.equal(host.calls.filter(([call]) => call === 'detach').length, 1);
});

test('CONN-25: the session ends a place that it has given up', async () => {
  const { login, deliver, connections, kinds } = startDelivery();
  const { peer, connection } = await login('ada');
  connections.gone(peer);
  deliver([{ connection: connection.id, frames: [], close: { code: 'lost', message: 'over' } }]);
  assert.deepEqual(connections.all(), []);
  assert.deepEqual(kinds(), ['opened', 'arrived', 'lost', 'expired']);
});

test('CONN-26: a returning client goes on as the connection of before, and its session names it by the old id', async () => {
  const { login, comeBack, connections, deliver, host, kinds } = startDelivery();
  const before = await login('ada', 1);
  connections.gone(before.peer);
  const { wire, peer, connection } = await comeBack('ada', before.connection.id, 1);
  assert.equal(connection, before.connection);
  assert.deepEqual(connections.all(), [connection]);
  assert.equal(connection.status.state, 'live');
  deliver([{ connection: connection.id, frames: [], answers: ['ack 1'] }], [[1, '[7]']]);
  connections.receive(peer, COMMAND);
  assert.deepEqual(wire.writes, [['welcome back'], ['[7]', 'ack 1']]);
  assert.deepEqual(host.calls.at(-1), ['receive', SESSION, connection.id, 'command']);
  assert.deepEqual(kinds(), ['opened', 'arrived', 'lost', 'opened', 'returned']);
});

test('CONN-26: a returning client whose old transport still seems open replaces it, and nobody hears of a loss', async () => {
  const { login, comeBack, connections, host, kinds } = startDelivery();
  const before = await login('ada', 1);
  const { wire, connection } = await comeBack('ada', before.connection.id, 1);
  assert.equal(before.wire.closed?.code, 'replaced');
  connections.gone(before.peer);
  connections.receive(before.peer, COMMAND);
  assert.equal(connection.status.state, 'live');
  assert.ok(!wire.isClosed);
  assert.deepEqual(kinds(), ['opened', 'arrived', 'opened']);
  assert.deepEqual(
    host.calls.map(([call]) => call),
    ['attach', 'attach'],
  );
  assert.equal(connections.counts().open, 1);
});

test('CONN-26: frames of the session go over the new transport only, from the welcome on', async () => {
  const { login, comeBack, deliver } = startDelivery();
  const before = await login('ada', 1);
  const after = await comeBack('ada', before.connection.id, 2);
  deliver(
    [],
    [
      [1, '[7]'],
      [2, '[7,1]'],
    ],
  );
  assert.deepEqual(before.wire.writes, []);
  assert.deepEqual(after.wire.writes, [['welcome back'], ['[7,1]']]);
});

test('CONN-26: after a restart the returning client takes the old id, which nobody here has heard of', async () => {
  const { comeBack, connections, host } = startDelivery();
  const { peer, connection } = await comeBack('ada', 'before-the-restart' as ConnectionId);
  assert.equal(connection.id, 'before-the-restart');
  assert.equal(connections.get('before-the-restart' as ConnectionId), connection);
  assert.deepEqual(connections.all(), [connection]);
  connections.gone(peer);
  assert.deepEqual(host.calls.at(-1), ['detach', SESSION, 'before-the-restart']);
});

test('CONN-26: a client that is gone again before its session answered is away, under its old id', async () => {
  const { login, knock, deliver, connections, host } = startDelivery();
  const before = await login('ada', 1);
  connections.gone(before.peer);
  const again = await knock('ada');
  connections.gone(again.peer);
  deliver([{ connection: again.connection.id, frames: ['welcome'], resumes: before.connection.id, view: 1 }]);
  assert.deepEqual(host.calls.at(-1), ['detach', SESSION, before.connection.id]);
  assert.equal(before.connection.status.state, 'reconnecting');
  assert.deepEqual(connections.all(), [before.connection]);
});

test('CONN-26: a connection whose token was used twice ends for good', async () => {
  const { login, deliver, connections } = startDelivery();
  const ada = await login('ada');
  deliver([{ connection: ada.connection.id, frames: ['error'], close: { code: 'token-reused', message: 'twice' } }]);
  assert.deepEqual(connections.all(), []);
});

test('CONN-27: the report of a client whose view differs reaches its session', async () => {
  const { login, connections, host } = startDelivery();
  const { peer, connection } = await login('ada', 1);
  connections.receive(peer, JSON.stringify({ t: 'diverged', seq: 4, hash: '0123456789abcdef' }));
  assert.deepEqual(host.calls.at(-1), ['receive', SESSION, connection.id, 'diverged']);
});

test('CONN-1: a role that the credential gives is asked for, unless the client names one', async () => {
  const { knock, host } = startDelivery();
  host.answer = (token) => Promise.resolve({ ok: true, identity: { id: token as ParticipantId, name: token, claims: {} }, role: 'gm' });
  await knock('ada');
  await knock('bob', SESSION, { role: 'spectator' });
  assert.deepEqual(
    host.attached.map(({ role }) => role),
    ['gm', 'spectator'],
  );
});

test('VIEW-20: who has a frame of its own gets that in place of the shared one, in one write with its answers', async () => {
  const { delivery, login } = startDelivery();
  const [ada, ben, eve] = [await login('ada', 1), await login('ben', 1), await login('eve', 2)];
  const own = [ada, eve].map(({ connection: { id } }) => ({
    view: 1,
    connection: id,
    frame: `only ${id === ada.connection.id ? 'ada' : 'eve'}`,
  }));
  const records = [{ connection: ada.connection.id, frames: [], answers: ['ack 1'] }];
  delivery.deliver({ session: SESSION, upTo: 5, records, frames: [{ view: 1, frame: 'shared' }], own });
  assert.deepEqual(ada.wire.writes, [['only ada', 'ack 1']]);
  assert.deepEqual(ben.wire.writes, [['shared']]);
  assert.deepEqual(eve.wire.writes, [], 'what was meant for a view that it no longer has is not for it');
  delivery.deliver({ session: SESSION, upTo: 6, records: [], frames: [], own: own.slice(0, 1) });
  assert.deepEqual(ada.wire.writes.slice(1), [['only ada']], 'also where the others get nothing');
});
