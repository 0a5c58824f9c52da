import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const [mira, ada, tom] = [person('mira'), person('ada'), person('tom')];

async function table(): Promise<{ harness: SessionHarness; session: SessionId; adas: HarnessConnection[]; miras: HarnessConnection }> {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', mira);
  const miras = await harness.connect(session, mira);
  const adas = [await harness.connect(session, ada), await harness.connect(session, ada)];
  await harness.connect(session, tom);
  return { harness, session, adas, miras };
}

async function act(harness: SessionHarness, session: SessionId, as: Identity, command: string, args: JsonValue): Promise<string> {
  const ran = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  const outcome = await ran;
  return outcome.ok ? 'ok' : outcome.code;
}

/** The highest seq that a connection was shown live. */
function lastSeen(connection: HarnessConnection): number {
  return Math.max(0, ...connection.live.map(([seq]) => seq as number));
}

for (const [command, code] of [
  ['@kick', 'kicked'],
  ['@ban', 'banned'],
] as const) {
  test(`ACCESS-4: after ${command} every connection is closed and nothing later is shown or accepted`, async () => {
    const { harness, session, adas, miras } = await table();
    const before = (await harness.sessions.get(session))?.headSeq ?? 0;
    // All in one turn: what was sent before is an event before the kick, what comes after is refused.
    harness.send(session, adas[0] as HarnessConnection, 1, 'roll', {});
    const out = harness.sessions.run(session, { as: mira, command, args: { participant: 'ada', reason: 'spam' } });
    harness.send(session, adas[0] as HarnessConnection, 2, 'roll', {});
    harness.send(session, adas[1] as HarnessConnection, 1, 'roll', {});
    harness.send(session, miras, 1, 'roll', {});
    await harness.settle();
    const done = await out;
    assert.ok(done.ok);
    assert.equal(done.seq, before + 2);
    for (const connection of adas) {
      assert.equal(connection.closed, code);
      assert.ok(lastSeen(connection) <= done.seq);
      assert.ok(!JSON.stringify(connection.frames).includes('spam'));
    }
    assert.equal((await harness.sessions.get(session))?.headSeq, before + 3);
    const log = await harness.store.read(session, before, before + 3);
    assert.deepEqual(
      log.events.map(({ header }) => (JSON.parse(header) as JsonValue[])[8]),
      ['roll', command, 'roll'],
    );
  });

  test(`ACCESS-4: the reconnect token of before ${command} is worth nothing`, async () => {
    const { harness, session, adas } = await table();
    const [first] = adas as [HarnessConnection];
    const token = first.welcome?.reconnect ?? '';
    await act(harness, session, mira, command, { participant: 'ada' });
    const again = await harness.connect(session, ada, { reconnect: { connection: first.id, token } });
    if (command === '@ban') assert.equal(again.closed, 'banned');
    else assert.deepEqual([again.welcome?.resumed, again.welcome?.participant.role], [false, 'player']);
  });
}

for (const how of ['@kick', '@leave'] as const) {
  test(`ACCESS-4: who comes again after ${how} gets the session as it is, and nothing that was said meanwhile`, async () => {
    const { harness, session, adas, miras } = await table();
    const position = adas[0]?.position;
    assert.ok(position !== undefined);
    const [as, args] = how === '@kick' ? [mira, { participant: 'ada' }] : [ada, {}];
    assert.equal(await act(harness, session, as, how, args), 'ok');
    const goneAt = (await harness.sessions.get(session))?.headSeq ?? 0;
    harness.send(session, miras, 1, 'roll', {});
    await harness.settle();
    for (const seq of [position.seq, goneAt]) {
      const again = await harness.connect(session, ada, { position: { ...position, seq } });
      const told = JSON.stringify(again.frames);
      assert.ok(told.includes('"reason":"sight-changed"') && !told.includes('"rolled"'), told);
    }
  });
}

test('ACCESS-4: who was made to leave while a login of theirs was under way is not let in by it, though they came again', async () => {
  const store = new HeldStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop', mira);
  const miras = await harness.connect(session, mira);
  const { position } = await harness.connect(session, ada);
  for (let n = 1; n <= 1_100; n += 1) harness.send(session, miras, n, 'roll', {});
  await harness.settle();
  const late = harness.knock(session, ada, { position });
  const kicked = harness.sessions.run(session, { as: mira, command: '@kick', args: { participant: 'ada' } });
  const again = harness.knock(session, ada);
  await harness.settle();
  assert.equal((await kicked).ok, true);
  assert.equal(late.closed, 'left');
  assert.equal(again.closed, undefined);
  assert.equal(harness.sessions.status(session).connections, 2);
});

test('ACCESS-4: a ban holds over restarts until it is lifted', async () => {
  const { harness, session } = await table();
  await act(harness, session, mira, '@ban', { participant: 'ada' });
  const store = harness.store as MemoryStore;
  const stopped = harness.sessions.stop();
  await harness.settle();
  await stopped;
  const later = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  assert.equal((await later.connect(session, ada)).closed, 'banned');
  assert.equal(await act(later, session, mira, '@unban', { participant: 'ada' }), 'ok');
  assert.equal((await later.connect(session, ada)).closed, undefined);
});

test('ACCESS-4: a ban ends by itself, and one can be given to somebody who is not there', async () => {
  const { harness, session } = await table();
  const until = harness.clock.now() + 60_000;
  assert.equal(await act(harness, session, mira, '@ban', { participant: 'zoe', until }), 'ok');
  assert.equal((await harness.connect(session, person('zoe'))).closed, 'banned');
  harness.clock.advance(60_001);
  assert.equal((await harness.connect(session, person('zoe'))).closed, undefined);
});

test('ACCESS-4: no invite lets somebody in who is banned', async () => {
  const { harness, session } = await table();
  const hash = createHash('sha256').update('a-good-token').digest('base64url');
  assert.equal(await act(harness, session, mira, '@invite', { hash }), 'ok');
  await act(harness, session, mira, '@ban', { participant: 'ada' });
  assert.equal((await harness.connect(session, ada, { invite: 'a-good-token' })).closed, 'banned');
  assert.equal(await act(harness, session, ada, '@join', { invite: 'a-good-token' }), 'banned');
  assert.equal((await harness.connect(session, person('zoe'), { invite: 'a-good-token' })).closed, undefined);
});

test('ACCESS-4: bans that are over are in the way of no other', async () => {
  const { harness, session } = await table();
  for (let count = 0; count < 1_001; count += 1) {
    const until = harness.clock.now() + 5;
    assert.equal(await act(harness, session, mira, '@ban', { participant: `guest-${count}`, until }), 'ok');
    harness.clock.advance(10);
  }
  assert.equal(await act(harness, session, mira, '@unban', { participant: 'guest-3' }), 'bad-request');
});

test('ACCESS-5: a locked session takes nobody new', async () => {
  const { harness, session } = await table();
  await act(harness, session, mira, '@lock', { locked: true });
  assert.equal((await harness.connect(session, person('zoe'))).closed, 'locked');
  assert.equal((await harness.connect(session, ada)).closed, undefined);
  await act(harness, session, mira, '@lock', { locked: false });
  assert.equal((await harness.connect(session, person('zoe'))).closed, undefined);
});

test('ACCESS-11: reasons and bans are seen by those who run the session alone', async () => {
  const { harness, session, adas, miras } = await table();
  await act(harness, session, mira, '@ban', { participant: 'tom', reason: 'cheated at dice' });
  assert.ok(JSON.stringify(miras.frames).includes('cheated at dice'));
  for (const connection of adas) assert.ok(!JSON.stringify(connection.frames).includes('cheated at dice'));
  const read = harness.sessions.read(session, ada.id);
  await harness.settle();
  const outcome = await read;
  assert.ok(outcome.ok);
  assert.equal((outcome.meta as JsonObject)['moderation'], undefined);
});

test('ACCESS-17: acts stand in the index that is written with their events', async () => {
  const { harness, session } = await table();
  await act(harness, session, mira, '@role', { participant: 'tom', role: 'gm' });
  await act(harness, session, tom, '@kick', { participant: 'ada' });
  const acts = await harness.store.acts({ session });
  assert.deepEqual(
    acts.filter(({ what }) => what !== 'join').map(({ who, what, subject }) => [who, what, subject]),
    [
      ['tom', 'kick', 'ada'],
      ['mira', 'role', 'tom'],
    ],
  );
});

test('ACCESS-23: who joins, is lost, returns and leaves stands in the index, too; the audience does not', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', mira);
  const first = await harness.connect(session, ada);
  await harness.connect(session, person('vic'), { role: 'spectator' });
  harness.sessions.detach(session, first.id);
  harness.clock.advance(60_000);
  await harness.settle();
  const again = await harness.connect(session, ada);
  harness.send(session, again, 1, '@leave', {});
  await harness.settle();
  const acts = await harness.store.acts({ session });
  assert.deepEqual(
    acts.map(({ who, what, subject }) => `${who} ${what} ${subject ?? ''}`),
    ['ada leave ada', 'ada return ada', 'system lost ada', 'ada join ada'],
  );
});
