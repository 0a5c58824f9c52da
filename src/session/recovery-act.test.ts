import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotFrame } from '../protocol/frames.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { LogRead } from '../store/store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { RecoverRequest } from './recovery-act.ts';
import { decodeText } from './recovery.ts';

const [mira, ben] = [person('mira'), person('ben')];

/** A store with a bad event, and calls that can be made to fail as a kill does: before they are done, or after. */
class FrailStore extends HeldStore {
  badSeq = Number.POSITIVE_INFINITY;
  killAt: { readonly call: 'claim' | 'rewind'; readonly when: 'before' | 'after' } | undefined;

  override async read(session: SessionId, after: number, upTo: number): Promise<LogRead> {
    const log = await super.read(session, after, upTo);
    const events = log.events.filter(({ seq, header }) => seq < this.badSeq || header.includes('@recover'));
    return events.length === log.events.length
      ? log
      : { events, damage: { seq: this.badSeq, reason: 'the event does not match its hash' } };
  }

  override claim(session: SessionId): ReturnType<HeldStore['claim']> {
    return this.#dying('claim', () => super.claim(session));
  }

  override rewind(rewind: Parameters<HeldStore['rewind']>[0]): ReturnType<HeldStore['rewind']> {
    return this.#dying('rewind', () => super.rewind(rewind));
  }

  async #dying<T>(call: 'claim' | 'rewind', work: () => Promise<T>): Promise<T> {
    const { killAt } = this;
    if (killAt?.call !== call) return work();
    this.killAt = undefined;
    if (killAt.when === 'after') await work();
    throw new Error('killed');
  }
}

/** Mira and Ben have joined (seq 2 and 3) and each rolled three times, in turn: seq 4 to 9. */
async function played() {
  const store = new FrailStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop');
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, ben)];
  for (let n = 1; n <= 3; n += 1) {
    for (const connection of [gm, player]) {
      harness.send(session, connection, n, 'roll', {});
      await harness.settle();
    }
  }
  assert.equal((await store.get(session))?.headSeq, 9);
  return { store, harness, session, gm, player };
}

async function recover(harness: SessionHarness, session: SessionId, request: Partial<RecoverRequest> & { to: number }) {
  const recovering = harness.sessions.recoveries.recover(session, { by: 'operator:sam', ...request });
  await harness.settle();
  return recovering;
}

/** Comes back with everything that the connection had. */
function comeBack(
  harness: SessionHarness,
  session: SessionId,
  { identity, position, instance }: HarnessConnection,
): Promise<HarnessConnection> {
  assert.ok(position !== undefined && instance !== undefined);
  return harness.connect(session, identity, { position, instance });
}

test('RECOVERY-8: a recovery is an event in a new log: who, from which log, what was set aside', async () => {
  const { store, harness, session } = await played();
  const before = await store.get(session);
  const done = await recover(harness, session, { to: 6, reason: 'the dice were loaded' });
  assert.ok(done.ok);
  const after = await store.get(session);
  assert.notEqual(after?.logId, before?.logId);
  const [event] = (await store.read(session, 6, 7)).events.map((stored) => decodeText(stored));
  assert.deepEqual([event?.header.command, event?.header.who, event?.header.logId], ['@recover', 'operator:sam', after?.logId]);
  assert.deepEqual(event?.content?.input, {
    fromLogId: before?.logId,
    to: 6,
    head: 9,
    setAside: { range: [7, 9], events: 3, unreadable: 0, commands: 3, people: ['ben', 'mira'] },
    reason: 'the dice were loaded',
  });
  assert.deepEqual((await store.acts({ session }))[0]?.what, 'recover');
});

test('RECOVERY-8: the session goes on from there, with all that it had at that seq, whether it was quarantined or not', async () => {
  for (const bad of [7, Number.POSITIVE_INFINITY]) {
    const { store, session, harness: first } = await played();
    const stopping = first.sessions.stop();
    await first.settle();
    await stopping;
    store.badSeq = bad;
    store.readSnapshot = () => Promise.resolve(undefined);
    const harness = await new SessionHarness({ definitions: [tinyTabletop], store, seed: 3 }).start();
    const before = await harness.connect(session, ben);
    assert.equal(before.closed, bad === 7 ? 'quarantined' : undefined);
    assert.ok((await recover(harness, session, { to: 6 })).ok);
    const back = await harness.connect(session, mira);
    const { state } = back.frames.find((frame): frame is SnapshotFrame => 't' in frame && frame.t === 'snapshot') ?? {};
    assert.equal(Object(state).rolls.length, 3);
    assert.deepEqual([harness.sessions.status(session).health, await store.quarantined()], ['ok', []]);
    harness.send(session, back, 1, 'roll', {});
    await harness.settle();
    assert.equal(back.acks.length, 1);
  }
});

test('RECOVERY-8: what cannot be reached is refused with the last seq that can', async () => {
  const { store, harness, session } = await played();
  store.badSeq = 6;
  store.readSnapshot = () => Promise.resolve(undefined);
  const refused = await recover(harness, session, { to: 8 });
  assert.deepEqual([refused.ok, !refused.ok && refused.code, !refused.ok && refused.details], [false, 'bad-request', { seq: 5 }]);
  for (const to of [0, 10]) assert.equal((await recover(harness, session, { to })).ok, false);
  assert.equal((await recover(harness, 'nobody' as SessionId, { to: 1 })).ok, false);
  assert.equal((await store.get(session))?.headSeq, 9);
});

test('RECOVERY-8: a recovery to the head sets nothing aside and keeps the log’s id: it only ends the quarantine', async () => {
  const { store, harness, session, gm } = await played();
  const before = await store.get(session);
  await harness.sessions.recoveries.quarantine(session, { kind: 'hung', reason: 'never returned from roll', seq: 9 });
  assert.deepEqual([gm.closed, (await harness.connect(session, ben)).closed], ['unavailable', 'quarantined']);
  assert.ok((await recover(harness, session, { to: 9 })).ok);
  const after = await store.get(session);
  assert.deepEqual([after?.logId, after?.headSeq, await store.setAside(session)], [before?.logId, 10, []]);
  const back = await comeBack(harness, session, gm);
  assert.equal(
    back.frames.some((frame) => 't' in frame && frame.t === 'tail'),
    true,
    'it goes on where it was',
  );
});

test('RECOVERY-9: a dry run says the same and changes nothing, not even the owner', async () => {
  const { store, harness, session } = await played();
  const before = [await store.get(session), await store.setAside(session), (await store.read(session, 0, 99)).events];
  const dry = await recover(harness, session, { to: 6, dryRun: true });
  assert.ok(dry.ok);
  assert.deepEqual([await store.get(session), await store.setAside(session), (await store.read(session, 0, 99)).events], before);
  const done = await recover(harness, session, { to: 6 });
  assert.ok(done.ok);
  const { logId: _logId, seq: _seq, ...planned } = done.recovery;
  assert.deepEqual(dry.recovery, planned);
});

test('RECOVERY-9: killed at any step a recovery was done or not, and asking again finishes it once', async () => {
  for (const killAt of [
    { call: 'claim', when: 'before' },
    { call: 'claim', when: 'after' },
    { call: 'rewind', when: 'before' },
    { call: 'rewind', when: 'after' },
  ] as const) {
    const { store, session, harness } = await played();
    store.killAt = killAt;
    await assert.rejects(recover(harness, session, { to: 6 }), /killed/);
    const later = await new SessionHarness({ definitions: [tinyTabletop], store, seed: 5 }).start();
    const done = await recover(later, session, { to: 6 });
    assert.ok(done.ok, `${killAt.when} ${killAt.call}`);
    const row = await store.get(session);
    assert.deepEqual([row?.headSeq, (await store.setAside(session)).length, done.recovery.seq], [7, 1, 7], `${killAt.when} ${killAt.call}`);
    const again = await recover(later, session, { to: 6 });
    assert.deepEqual([again.ok, (await store.get(session))?.logId], [true, row?.logId], 'asked again it says that it is done');
    assert.equal((await later.connect(session, mira)).welcome?.participant.id, 'mira');
  }
});

test('RECOVERY-10: a client of the log that ended is reset, and told which of its acknowledged commands are gone', async () => {
  const { harness, session, gm, player } = await played();
  assert.deepEqual([gm.acks.length, player.acks.length], [3, 3]);
  await recover(harness, session, { to: 6 });
  for (const [before, commands] of [
    [gm, [[3, 3]]],
    [player, [[2, 3]]],
  ] as const) {
    const back = await comeBack(harness, session, before);
    const snapshot = back.frames.find((frame): frame is SnapshotFrame => 't' in frame && frame.t === 'snapshot');
    assert.deepEqual([snapshot?.reason, snapshot?.setAside], ['other-log', { range: [7, 9], commands }], before.identity.id);
    harness.send(session, back, 4, 'roll', {});
    await harness.settle();
    assert.deepEqual(
      back.acks.map(({ n }) => n),
      [4],
      'its numbers go on',
    );
  }
});

test('RECOVERY-7: verifying says what is sound, what is flawed and what cannot be woken, and changes nothing', async () => {
  const { store, harness, session } = await played();
  const verify = async () => {
    const verifying = harness.sessions.recoveries.verify(session);
    await harness.settle();
    const outcome = await verifying;
    assert.ok(outcome.ok);
    return outcome.verification;
  };
  const before = await store.get(session);
  assert.deepEqual([(await verify()).verdict, (await verify()).events], ['sound', 9]);
  const stopping = harness.sessions.stop();
  await harness.settle();
  await stopping;
  const [snapshot] = (await verify()).snapshots;
  assert.deepEqual([snapshot?.intact, snapshot?.agrees], [true, true]);
  const { readSnapshot } = store;
  store.readSnapshot = async (id, atMost) => {
    const found = await readSnapshot.call(store, id, atMost);
    return found && { ...found, data: found.data.replace('"rolls":[{', '"rolls":[{"x":1,') };
  };
  assert.equal((await verify()).verdict, 'flawed', 'a snapshot that says something else than the log');
  store.badSeq = 5;
  assert.equal((await verify()).verdict, 'flawed', 'what a snapshot covers is not needed to wake');
  store.readSnapshot = () => Promise.resolve(undefined);
  const { verdict, damage, report } = await verify();
  assert.deepEqual([verdict, damage?.seq, report?.command], ['damaged', 5, `holdfast recover ${session} --to 4`]);
  assert.deepEqual({ ...(await store.get(session)), updatedAt: 0 }, { ...before, updatedAt: 0 });
});
