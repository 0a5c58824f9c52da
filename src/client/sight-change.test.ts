import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantId } from '../protocol/ids.ts';
import { ClientHarness, metaOf, snapshot, TABLE_STATE, tail, welcome } from '../testing/client-harness.ts';

const PLAYER = { id: 'mira' as ParticipantId, name: 'mira', role: 'player' };
const demoted = snapshot(12, { reason: 'sight-changed', participant: PLAYER, meta: metaOf({ mira: 'player' }), paths: [2, 0] });

test('VIEW-18: a change of role replaces state and self at once, and subscribers hear of it when both are in place', async () => {
  const harness = new ClientHarness();
  const session = await harness.join([
    welcome(),
    snapshot(10, { state: { ...TABLE_STATE, secrets: { plot: 'dragon' } } as never }),
    tail(10),
  ]);
  const told: unknown[] = [];
  session.subscribe(() => void told.push([session.self.role, Object.keys(session.state), session.seq]));
  const missed: unknown[] = [];
  session.on('missed', (range) => missed.push(range));
  harness.connection.say([11, [[0, 'participants', 'mira', 'role'], 'player']]);
  harness.connection.say(demoted);
  const before = told.length;
  harness.connection.say(tail(12));
  assert.deepEqual(told.slice(before), [['player', ['title', 'tokens', 'rolls'], 12]]);
  assert.deepEqual(missed, [], 'the stream before it was whole');
  assert.equal(session.participants[0]?.role, 'player');
});

test('VIEW-18: with a role that is nobody’s to see, self is what the server says', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const spectator = { ...PLAYER, role: 'spectator' };
  harness.connection.say({ ...demoted, participant: spectator, meta: metaOf({}) }, tail(12));
  assert.deepEqual([session.self, session.participants], [spectator, []]);
  const { self } = session;
  harness.connection.say([13, [['title'], 'x']]);
  assert.equal(session.self, self, 'the same object while it says the same');
});

test('VIEW-17: who comes back to another sight hears what was missed, and knows the role of now', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const missed: unknown[] = [];
  session.on('missed', (range) => missed.push(range));
  harness.connection.drop();
  await harness.comeBack([welcome({ participant: PLAYER }), { ...demoted, missed: [11, 12] }, tail(12)]);
  assert.deepEqual(missed, [{ from: 11, to: 12 }]);
  assert.deepEqual([session.self.role, session.seq], ['player', 12]);
  harness.connection.drop();
  await harness.comeBack([]);
  const [hello] = harness.connection.received;
  assert.ok(hello?.t === 'hello');
  assert.deepEqual([hello.position?.seq, hello.table?.[0]], [12, 2], 'the new position goes with the new table');
});
