import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { SessionId } from '../protocol/ids.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const mira = person('mira');
const jon = person('jon');

async function table(more: Record<string, unknown> = {}) {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', mira, more);
  return { harness, session };
}

async function stateOf(harness: SessionHarness, session: SessionId): Promise<JsonObject> {
  const reading = harness.sessions.read(session, 'system');
  await harness.settle();
  const outcome = await reading;
  assert.ok(outcome.ok);
  return outcome.state;
}

async function answer(
  harness: SessionHarness,
  session: SessionId,
  connection: HarnessConnection,
  n: number,
  name: string,
  args: JsonValue,
) {
  harness.send(session, connection, n, name, args);
  await harness.settle();
  return connection.acks.find((ack) => ack.n === n) ?? connection.rejects.find((reject) => reject.n === n);
}

test('ACTOR-2: an accepted command answers with its result, a refused one with its reason and no event', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const rolled = await answer(harness, session, gm, 1, 'roll', { sides: 6 });
  assert.ok(rolled?.t === 'ack' && typeof rolled.result === 'number');
  const refused = await answer(harness, session, gm, 2, 'refuse', {});
  assert.ok(refused?.t === 'reject');
  assert.deepEqual([refused.code, refused.message, refused.details, refused.seq], ['rejected', 'not today', { why: 'rain' }, rolled.seq]);
  assert.equal((await stateOf(harness, session))['title'], 'table');
});

test('ACTOR-2: an unknown command and one of another mode are refused', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  for (const [index, name] of ['nothing', 'strike', 'constructor', '@nothing'].entries()) {
    const refused = await answer(harness, session, gm, index + 1, name, {});
    assert.ok(refused?.t === 'reject' && refused.code === 'unknown-command', name);
  }
});

test('ACTOR-3: arguments are checked, the log keeps them as received', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const refused = await answer(harness, session, gm, 1, 'moveToken', { id: 'a', x: 'left', y: 2 });
  assert.ok(refused?.t === 'reject' && refused.code === 'invalid-arguments');
  assert.match(refused.message, /x: /);
  const rolled = await answer(harness, session, gm, 2, 'roll', {});
  assert.ok(rolled?.t === 'ack');
  const { events } = await harness.store.read(session, rolled.seq - 1, rolled.seq);
  assert.deepEqual((JSON.parse(events[0]?.content ?? '') as JsonObject)['input'], {});
});

test('ACTOR-3: what a handler does to its arguments, or to what it was told of the sender, does not reach the log', async () => {
  type Note = { text: string };
  const notes = defineSession('notes', {
    version: 1,
    initial: () => ({ notes: [] as Note[], last: null as null | { id: string; name: string; role: string } }),
    policies: { access: 'open' },
    commands: (command) => ({
      add: command(z.object({ note: z.custom<Note>() }), (state, { note }, ctx) => {
        state.notes.push(note);
        note.text = 'changed';
        state.last = ctx.participant;
        state.last.id = 'nobody';
        return ctx.participant.id;
      }),
    }),
  });
  const harness = await new SessionHarness({ definitions: [notes] }).start();
  const session = await harness.create('notes', mira);
  const gm = await harness.connect(session, mira);
  const added = await answer(harness, session, gm, 1, 'add', { note: { text: 'as sent' } });
  assert.ok(added?.t === 'ack' && added.result === 'mira');
  const state = await stateOf(harness, session);
  assert.deepEqual(state, { notes: [{ text: 'changed' }], last: { id: 'nobody', name: 'Mira', role: 'gm' } });
  const { events } = await harness.store.read(session, added.seq - 1, added.seq);
  assert.deepEqual((JSON.parse(events[0]?.content ?? '') as JsonObject)['input'], { note: { text: 'as sent' } });
  assert.match(events[0]?.header ?? '', /"mira"/);
});

test('ACTOR-5: an object that was assigned and then spoilt fails the command, and nothing of it stays', async () => {
  const spoiling = defineSession('spoiling', {
    version: 1,
    initial: () => ({ list: [1], token: null as null | Record<string, unknown> }),
    policies: { access: 'open' },
    commands: (command) => ({
      spoil: command(z.object({}), (state) => {
        const token: Record<string, unknown> = {};
        state.list.push(2);
        state.token = token;
        token['self'] = token;
      }),
    }),
  });
  const harness = await new SessionHarness({ definitions: [spoiling] }).start();
  const session = await harness.create('spoiling', mira);
  const gm = await harness.connect(session, mira);
  const failed = await answer(harness, session, gm, 1, 'spoil', {});
  assert.ok(failed?.t === 'reject' && failed.code === 'handler-failed');
  assert.match(String(harness.events.find((event) => event.kind === 'handler-failed')?.error), /token\.self: the value contains itself/);
  assert.deepEqual(await stateOf(harness, session), { list: [1], token: null });
});

test('ACTOR-4: a role that is not listed is refused', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const player = await harness.connect(session, jon);
  const refused = await answer(harness, session, player, 1, 'hide', { key: 'trap', text: 'pit' });
  assert.ok(refused?.t === 'reject' && refused.code === 'forbidden');
  assert.equal((await answer(harness, session, gm, 1, 'hide', { key: 'trap', text: 'pit' }))?.t, 'ack');
});

test('ACTOR-5: a throwing handler changes nothing, tells the host everything and the client nothing', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const failed = await answer(harness, session, gm, 1, 'break', {});
  assert.ok(failed?.t === 'reject' && failed.code === 'handler-failed');
  assert.doesNotMatch(failed.message, /on purpose/);
  assert.equal((await stateOf(harness, session))['title'], 'table');
  const report = harness.events.find((event) => event.kind === 'handler-failed');
  assert.match(String(report?.error), /on purpose/);
  assert.equal((await answer(harness, session, gm, 2, 'roll', {}))?.t, 'ack');
});

test('ACTOR-5: timers and the mode that a handler set before it failed or refused are not set', async () => {
  const hasty = defineSession('hasty', {
    version: 1,
    initial: () => ({ rang: 0 }),
    initialMode: 'calm',
    modes: { calm: {}, wild: {} },
    policies: { access: 'open' },
    commands: (command) => ({
      ring: command(z.object({}), (state) => void (state.rang += 1)),
      fail: command(z.object({ rejects: z.boolean() }), (_state, { rejects }, ctx) => {
        ctx.setMode('wild');
        ctx.schedule(1_000, 'ring');
        if (rejects) ctx.reject('not now');
        throw new Error('on purpose');
      }),
    }),
  });
  const harness = await new SessionHarness({ definitions: [hasty] }).start();
  const session = await harness.create('hasty', mira);
  const gm = await harness.connect(session, mira);
  for (const [n, rejects] of [true, false].entries())
    assert.equal((await answer(harness, session, gm, n + 1, 'fail', { rejects }))?.t, 'reject');
  assert.equal((await answer(harness, session, gm, 3, 'ring', {}))?.t, 'ack');
  harness.clock.advance(2_000);
  assert.deepEqual(await stateOf(harness, session), { rang: 1 });
  const read = harness.sessions.read(session, 'system');
  await harness.settle();
  const outcome = await read;
  assert.equal(outcome.ok && outcome.meta['mode'], 'calm');
});

test('ACTOR-6: of two moves of one token, both see one order and both end equal', async () => {
  const { harness, session } = await table();
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, jon)];
  harness.send(session, gm, 1, 'moveToken', { id: 'a', x: 1, y: 1 });
  harness.send(session, player, 1, 'moveToken', { id: 'a', x: 2, y: 2 });
  await harness.settle();
  const seqs = [gm.acks[0]?.seq ?? 0, player.acks[0]?.seq ?? 0];
  assert.equal(seqs[1], (seqs[0] ?? 0) + 1);
  assert.deepEqual((await stateOf(harness, session))['tokens'], { a: { x: 2, y: 2 } });
});

test('ACTOR-7: a stale basis is refused with the current seq where the command asks for it', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const first = await answer(harness, session, gm, 1, 'moveToken', { id: 'a', x: 1, y: 1 });
  assert.ok(first?.t === 'ack');
  harness.send(session, gm, 2, 'placeToken', { id: 'b', x: 1, y: 1 }, { basis: first.seq - 1 });
  harness.send(session, gm, 3, 'placeToken', { id: 'b', x: 1, y: 1 }, { basis: first.seq });
  await harness.settle();
  assert.deepEqual(
    gm.rejects.map((reject) => [reject.code, reject.details]),
    [['conflict', { seq: first.seq }]],
  );
  assert.equal(gm.acks.length, 2);
});

test('ACTOR-7: what the sender cannot see makes nothing stale', async () => {
  const { harness, session } = await table();
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, jon)];
  const first = await answer(harness, session, gm, 1, 'moveToken', { id: 'a', x: 1, y: 1 });
  harness.send(session, gm, 2, 'hide', { key: 'trap', text: 'below' });
  harness.send(session, gm, 3, 'draw', { card: 'ace' });
  harness.send(session, player, 1, 'placeToken', { id: 'b', x: 1, y: 1 }, { basis: first?.seq ?? 0 });
  await harness.settle();
  assert.deepEqual([player.acks.length, player.rejects], [1, []]);
  harness.send(session, gm, 4, 'placeToken', { id: 'c', x: 1, y: 1 }, { basis: first?.seq ?? 0 });
  await harness.settle();
  assert.deepEqual(
    gm.rejects.map(({ code }) => code),
    ['conflict'],
    'who sees what was hidden is told',
  );
});

test('ACTOR-8: the creator is gm, a newcomer is player, a wish for gm is refused', async () => {
  const { harness, session } = await table();
  assert.equal((await harness.connect(session, mira)).welcome?.participant.role, 'gm');
  assert.equal((await harness.connect(session, jon)).welcome?.participant.role, 'player');
  assert.equal((await harness.connect(session, person('eve'), { role: 'gm' })).closed, 'forbidden');
  assert.equal((await harness.connect(session, person('ann'), { role: 'spectator' })).welcome?.participant.role, 'spectator');
});

test('ACTOR-8: a full, a closed and an unknown session refuse with their codes', async () => {
  const { harness, session } = await table({ maxParticipants: 1 });
  await harness.connect(session, mira);
  assert.equal((await harness.connect(session, jon)).closed, 'full');
  const closed = await harness.create('tabletop', mira, { access: 'invite' });
  assert.equal((await harness.connect(closed, jon)).closed, 'not-found');
  assert.equal((await harness.connect('nowhere' as SessionId, jon)).closed, 'not-found');
});

test('ACTOR-8: identities named like what every object has are people like others, ids that cannot be keys are refused', async () => {
  const { harness, session } = await table();
  for (const name of ['toString', 'hasOwnProperty', 'valueOf']) {
    const connection = await harness.connect(session, person(name));
    assert.equal((await answer(harness, session, connection, 1, 'draw', { card: 'ace' }))?.t, 'ack');
    const again = await harness.connect(session, person(name), {
      instance: connection.instance as never,
      position: connection.position as never,
      lowest: 1,
    });
    assert.equal((await answer(harness, session, again, 1, 'draw', { card: 'ace' }))?.t, 'ack');
  }
  for (const name of ['__proto__', 'constructor', 'prototype', 'say "hi"', 'back\\slash', 'line\nbreak'])
    assert.equal((await harness.connect(session, person(name))).closed, 'forbidden');
  const hands = (await stateOf(harness, session))['hands'] as JsonObject;
  assert.deepEqual(Object.entries(hands), [
    ['toString', ['ace']],
    ['hasOwnProperty', ['ace']],
    ['valueOf', ['ace']],
  ]);
});

test('ACTOR-12: leaving frees the seat and ends that participant’s connections', async () => {
  const { harness, session } = await table({ maxParticipants: 2 });
  await harness.connect(session, mira);
  const [tab, phone] = [await harness.connect(session, jon), await harness.connect(session, jon)];
  harness.send(session, tab, 1, '@leave', null);
  await harness.settle();
  assert.deepEqual([tab.acks.length, tab.closed, phone.closed], [1, 'left', 'left']);
  assert.equal((await harness.connect(session, person('ann'))).welcome?.participant.role, 'player');
});

test('ACTOR-12: only owner, GM and host end a session, and then nothing changes any more', async () => {
  const { harness, session } = await table();
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, jon)];
  const refused = await answer(harness, session, player, 1, '@end', null);
  assert.ok(refused?.t === 'reject' && refused.code === 'forbidden');
  assert.equal((await answer(harness, session, gm, 1, '@end', 'done'))?.t, 'ack');
  assert.deepEqual([gm.closed, player.closed], ['ended', 'ended']);
  const again = await harness.connect(session, mira);
  const late = await answer(harness, session, again, 1, 'roll', {});
  assert.ok(late?.t === 'reject' && late.code === 'ended');
  assert.equal((await harness.connect(session, person('new'))).closed, 'ended');
  assert.equal((await harness.connect(session, jon)).welcome?.participant.id, 'jon');
});

test('ACTOR-12: a handler can end its session with a result', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  await answer(harness, session, gm, 1, 'finish', {});
  const reading = harness.sessions.read(session, 'mira' as never);
  await harness.settle();
  const outcome = await reading;
  assert.deepEqual(outcome.ok && [outcome.meta['status'], outcome.meta['result']], ['ended', { winner: 'all' }]);
});

test('ACTOR-16: the seed is in the log and in no frame, and gives the same numbers again', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const rolled = await answer(harness, session, gm, 1, 'roll', { sides: 1_000_000 });
  assert.ok(rolled?.t === 'ack');
  const { events } = await harness.store.read(session, rolled.seq - 1, rolled.seq);
  const { seed } = JSON.parse(events[0]?.content ?? '') as { seed: string };
  const { SeededRandom } = await import('./seeded-random.ts');
  assert.equal(new SeededRandom(seed).int(1, 1_000_000), rolled.result);
  assert.doesNotMatch(JSON.stringify(gm.frames), new RegExp(seed.replace(/[-_]/g, '.')));
});

test('ACTOR-18: switching the mode is an event, and changes which commands there are', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  assert.equal((await answer(harness, session, gm, 1, 'rest', {}))?.t, 'ack');
  assert.equal((await answer(harness, session, gm, 2, 'fight', {}))?.t, 'ack');
  assert.equal((await answer(harness, session, gm, 3, 'rest', {}))?.t, 'reject');
  assert.equal((await answer(harness, session, gm, 4, 'strike', {}))?.t, 'ack');
});

test('ACTOR-19: watchers hear of a change of the row once it is durable', async () => {
  const { harness, session } = await table();
  const rows: [number, string][] = [];
  const stop = harness.sessions.watchCatalogue((row) => void rows.push([row.seats, row.status]));
  await harness.connect(session, mira);
  const ending = harness.sessions.end(session, 'system', 'late');
  await harness.settle();
  assert.equal((await ending).ok, true);
  stop();
  assert.deepEqual(rows, [
    [1, 'active'],
    [1, 'ended'],
  ]);
  assert.deepEqual(
    (await harness.sessions.list({ status: 'ended' })).map((row) => row.session),
    [session],
  );
});

test('ACTOR-12: when one of several who see the same goes, the others go on seeing it', async () => {
  const { harness, session } = await table();
  const gm = await harness.connect(session, mira);
  const [one, two, three] = [await harness.connect(session, jon), await harness.connect(session, jon), await harness.connect(session, jon)];
  for (const [going, left] of [
    [one, [two, three]],
    [two, [three]],
  ] as const) {
    harness.sessions.detach(session, going.id);
    const before = left.map(({ live }) => live.length);
    assert.equal((await answer(harness, session, gm, gm.acks.length + 1, 'moveToken', { id: 'a', x: gm.acks.length, y: 0 }))?.t, 'ack');
    assert.deepEqual(
      left.map(({ live }, index) => live.length - (before[index] ?? 0)),
      left.map(() => 1),
    );
  }
});
