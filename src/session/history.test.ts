import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { MAX_HISTORY_BYTES } from '../store/side-limits.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import type { HistoryRecord } from './history.ts';

const [mira, jon, ann] = [person('mira'), person('jon'), person('ann')];

const quest = defineSession('quest', {
  version: 1,
  initial: () => ({ level: 1 }),
  policies: { access: 'open', start: 'lobby' },
  limits: { maxParticipants: 2_000 },
  commands: (command) => ({
    slay: command(z.object({ what: z.string() }), (state, { what }, ctx) => {
      state.level += 1;
      ctx.highlight(`The ${what} fell.`, { level: state.level });
    }),
    shout: command(z.object({ text: z.string(), times: z.number() }), (_state, { text, times }, ctx) => {
      for (let time = 0; time < times; time += 1) ctx.highlight(text, text);
    }),
    win: command(z.object({ prize: z.string() }), (_state, { prize }, ctx) => ctx.end({ prize })),
  }),
});

async function start(definitions: readonly SessionDefinition[] = [quest]) {
  const harness = await new SessionHarness({ definitions, rhythm: { maxDelayMs: 0 } }).start();
  const session = await harness.create('quest');
  return { harness, session };
}

async function run(harness: SessionHarness, session: SessionId, as: Identity | 'system', command: string, args: JsonValue = null) {
  const running = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  const outcome = await running;
  assert.ok(outcome.ok, `${command}: ${outcome.ok ? '' : outcome.message}`);
}

async function historyOf(harness: SessionHarness, session: SessionId) {
  const [row] = await harness.sessions.history({ session });
  assert.ok(row !== undefined);
  return { row, record: JSON.parse(row.data) as HistoryRecord };
}

test('LIFECYCLE-17: a session is remembered: when, by whom and why it turned, how long it was played, and what stood out', async () => {
  const { harness, session } = await start();
  const began = harness.clock.now();
  const at = (minutes: number) => began + minutes * 60_000;
  const minute = async (): Promise<void> => {
    harness.clock.advance(60_000);
    await harness.settle();
  };
  await harness.connect(session, mira);
  await minute();
  await run(harness, session, mira, '@start');
  await minute();
  await run(harness, session, mira, 'slay', { what: 'dragon' });
  await minute();
  await run(harness, session, mira, '@pause', { reason: 'pizza' });
  await minute();
  await run(harness, session, mira, '@resume');
  await minute();
  await run(harness, session, mira, '@end', { reason: 'late' });
  const { row, record } = await historyOf(harness, session);
  const { people: _people, highlights, ...rest } = record;
  assert.deepEqual(rest, {
    createdAt: at(0),
    createdBy: 'mira',
    startedAt: at(1),
    endedAt: at(5),
    endedBy: 'mira',
    reason: 'late',
    result: null,
    playedMs: 3 * 60_000,
    pauses: [{ at: at(3), until: at(4), by: 'mira', reason: 'pizza' }],
    audience: 0,
    unlisted: 0,
  });
  assert.deepEqual(
    highlights.map(({ seq: _seq, ...highlight }) => highlight),
    [{ at: at(2), by: 'mira', text: 'The dragon fell.', data: { level: 2 } }],
  );
  assert.deepEqual([row.startedAt, row.endedAt, row.people], [at(1), at(5), ['mira']]);
});

test('LIFECYCLE-17: everyone is remembered with the times and roles that they had; of the audience the number', async () => {
  const { harness, session } = await start();
  const began = harness.clock.now();
  for (const who of [mira, jon]) await harness.connect(session, who);
  await harness.connect(session, ann, { role: 'spectator' });
  harness.clock.advance(1_000);
  await run(harness, session, mira, '@role', { participant: 'jon', role: 'gm' });
  harness.clock.advance(1_000);
  await run(harness, session, jon, '@leave');
  harness.clock.advance(1_000);
  await harness.connect(session, jon);
  const { record } = await historyOf(harness, session);
  assert.deepEqual(record.people, {
    mira: { name: 'Mira', roles: [[began, 'gm']], times: [[began, null]] },
    jon: {
      name: 'Jon',
      roles: [
        [began, 'player'],
        [began + 1_000, 'gm'],
        [began + 3_000, 'player'],
      ],
      times: [
        [began, began + 2_000],
        [began + 3_000, null],
      ],
    },
  });
  assert.equal(record.audience, 1);
});

test('LIFECYCLE-17: what a session ended with is remembered where it is small', async () => {
  for (const [prize, expected] of [
    ['gold', { prize: 'gold' }],
    ['x'.repeat(5_000), null],
  ] as const) {
    const { harness, session } = await start();
    await run(harness, session, 'system', '@start');
    await run(harness, session, 'system', 'win', { prize });
    assert.deepEqual((await historyOf(harness, session)).record.result, expected);
  }
});

test('LIFECYCLE-17: histories are found by campaign, person and time', async () => {
  const { harness, session } = await start();
  const made = harness.sessions.create({ type: 'campaign', by: mira, name: 'road' });
  await harness.settle();
  const campaign = await made;
  assert.ok(campaign.ok);
  const second = await harness.create('quest', mira, { campaign: campaign.row.session, access: 'open' });
  await harness.connect(session, jon);
  harness.clock.advance(60_000);
  await run(harness, second, 'system', '@start');
  const found = async (query: object) => (await harness.sessions.history({ type: 'quest', ...query })).map((row) => row.session);
  assert.deepEqual(await found({}), [second, session]);
  assert.deepEqual(await found({ campaign: campaign.row.session }), [second]);
  assert.deepEqual(await found({ person: 'jon' }), [session]);
  assert.deepEqual(await found({ from: harness.clock.now() }), [second]);
  // Whoever made the campaign is its first member.
  assert.deepEqual(
    (await harness.sessions.history({ type: 'campaign', person: 'mira' })).map((row) => row.session),
    [campaign.row.session],
  );
});

test('LIFECYCLE-17: what follows from the log is the same after a crash', async () => {
  const { harness, session } = await start();
  for (const who of [mira, jon]) await harness.connect(session, who);
  await run(harness, session, mira, '@start');
  await run(harness, session, mira, 'slay', { what: 'dragon' });
  const before = (await historyOf(harness, session)).record;
  const next = await new SessionHarness({ definitions: [quest], store: harness.store, rhythm: { maxDelayMs: 0 } }).start();
  await run(next, session, mira, 'slay', { what: 'troll' });
  const { record } = await historyOf(next, session);
  assert.deepEqual(
    record.highlights.map(({ text }) => text),
    ['The dragon fell.', 'The troll fell.'],
  );
  assert.deepEqual({ ...record, highlights: before.highlights }, before);
});

test('LIFECYCLE-18: a history has a bound, whatever is put into it', async () => {
  const { harness, session } = await start();
  for (let count = 0; count < 510; count += 1) harness.knock(session, { ...person(`p${count}`), name: '龍'.repeat(64) });
  await harness.settle();
  await run(harness, session, 'system', '@start');
  for (let count = 0; count < 20; count += 1) await run(harness, session, 'system', 'shout', { text: '龍'.repeat(300), times: 16 });
  for (let count = 0; count < 120; count += 1) {
    await run(harness, session, 'system', '@pause', { reason: '龍'.repeat(300) });
    await run(harness, session, 'system', '@resume');
  }
  const { row, record } = await historyOf(harness, session);
  assert.deepEqual([Object.keys(record.people).length, record.unlisted, record.pauses.length], [500, 10, 100]);
  assert.ok(record.highlights.length > 100 && record.highlights.length <= 200);
  assert.ok(Buffer.byteLength(row.data) < MAX_HISTORY_BYTES * 0.8, `${Buffer.byteLength(row.data)} bytes`);
});

test('LIFECYCLE-18: a highlight that is too long is a fault of the handler', async () => {
  const { harness, session } = await start();
  await run(harness, session, 'system', '@start');
  for (const args of [
    { text: '', times: 1 },
    { text: 'x'.repeat(301), times: 1 },
    { text: 'x', times: 17 },
  ]) {
    const running = harness.sessions.run(session, { as: 'system', command: 'shout', args });
    await harness.settle();
    const outcome = await running;
    assert.ok(!outcome.ok && outcome.code === 'handler-failed');
  }
  assert.deepEqual((await historyOf(harness, session)).record.highlights, []);
});
