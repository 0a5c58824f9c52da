import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const mira = person('mira');

async function table(limits: object = {}) {
  const definition = { ...tinyTabletop, limits: { ...tinyTabletop.limits, ...limits } };
  const harness = await new SessionHarness({ definitions: [definition], rhythm: { maxDelayMs: 0 } }).start();
  const session = await harness.create('tabletop', mira);
  await harness.connect(session, mira);
  return { harness, session };
}

async function run(harness: SessionHarness, session: SessionId, command: string, args = {}): Promise<number> {
  const running = harness.sessions.run(session, { as: 'system', command, args });
  await harness.settle();
  const outcome = await running;
  assert.ok(outcome.ok);
  return outcome.seq;
}

const snapshotOf = async (harness: SessionHarness, session: SessionId) =>
  (await harness.store.readSnapshot(session, Number.MAX_SAFE_INTEGER))?.seq;

test('LIFECYCLE-22: a snapshot is stored after so many events', async () => {
  const { harness, session } = await table({ snapshotEveryEvents: 20 });
  for (let count = 0; count < 60; count += 1) await run(harness, session, 'roll');
  const head = (await harness.sessions.get(session))?.headSeq ?? 0;
  assert.ok(head - ((await snapshotOf(harness, session)) ?? 0) < 20);
});

test('LIFECYCLE-22: a snapshot is stored after so many characters of events, however few they are', async () => {
  const { harness, session } = await table();
  for (let count = 0; count < 50; count += 1) await run(harness, session, 'fill', { text: 'x'.repeat(1_000), times: 100 });
  assert.notEqual(await snapshotOf(harness, session), undefined);
});

test('LIFECYCLE-22: where few events come, a snapshot is stored with the first one after so much time', async () => {
  const { harness, session } = await table({ snapshotEveryMs: 10_000 });
  await run(harness, session, 'roll');
  assert.equal(await snapshotOf(harness, session), undefined);
  harness.clock.advance(10_000);
  await harness.settle();
  assert.equal(await snapshotOf(harness, session), undefined);
  const seq = await run(harness, session, 'roll');
  assert.equal(await snapshotOf(harness, session), seq);
});

test('LIFECYCLE-22: a pause and a stop store a snapshot', async () => {
  const { harness, session } = await table();
  const paused = await run(harness, session, '@pause');
  assert.equal(await snapshotOf(harness, session), paused);
  const seq = await run(harness, session, '@resume');
  const stopping = harness.sessions.stop();
  await harness.settle();
  await stopping;
  assert.ok(((await snapshotOf(harness, session)) ?? 0) >= seq);
});
