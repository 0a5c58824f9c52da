import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { LogRead, StoredSnapshot } from '../store/store.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const [mira, ben, eve] = [person('mira'), person('ben'), person('eve')];

/** A store whose answers can be spoiled. */
class SpoiledStore extends HeldStore {
  log: (log: LogRead) => LogRead = (log) => log;
  snapshot: (snapshot: StoredSnapshot) => StoredSnapshot = (snapshot) => snapshot;

  override async read(session: SessionId, after: number, upTo: number): Promise<LogRead> {
    return this.log(await super.read(session, after, upTo));
  }

  override async readSnapshot(session: SessionId, atMost: number): Promise<StoredSnapshot | undefined> {
    const found = await super.readSnapshot(session, atMost);
    return found && this.snapshot(found);
  }
}

/** Mira's session: she and Ben have joined and moved tokens, so the log ends at seq 9; the server is stopped. */
async function played(definition = tinyTabletop) {
  const store = new SpoiledStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [definition], store }).start();
  const session = await harness.create('tabletop');
  const [gm, player] = [await harness.connect(session, mira), await harness.connect(session, ben)];
  for (let n = 1; n <= 3; n += 1) {
    harness.send(session, gm, n, 'moveToken', { id: 'marlin', x: n, y: n });
    harness.send(session, player, n, 'roll', {});
    await harness.settle();
  }
  const stopping = harness.sessions.stop();
  await harness.settle();
  await stopping;
  const head = (await store.get(session))?.headSeq ?? 0;
  return { store, session, head };
}

async function restarted(store: SpoiledStore, definition = tinyTabletop): Promise<SessionHarness> {
  return new SessionHarness({ definitions: [definition], store, seed: 7 }).start();
}

/** The event's content with a change of `meta` more. */
function withMeta(content: string): string {
  const { salt, input, ops, meta = [], ...rest } = JSON.parse(content);
  return JSON.stringify({ salt, input, ops, meta: [...meta, ['s', ['status'], 'happy']], ...rest });
}

/** As if the event at `seq` did not match its hash; snapshots from there on are gone. */
function damageAt(store: SpoiledStore, seq: number): void {
  store.log = (log) => {
    const events = log.events.filter((event) => event.seq < seq);
    return events.length === log.events.length ? log : { events, damage: { seq, reason: 'the event does not match its hash' } };
  };
  store.snapshot = (snapshot) => ({ ...snapshot, data: '{}' });
}

test('RECOVERY-3: damage found at a wake quarantines for good: after a restart nothing is read before the operator decides', async () => {
  const { store, session } = await played();
  damageAt(store, 6);
  const harness = await restarted(store);
  assert.equal((await harness.connect(session, eve)).closed, 'quarantined');
  assert.deepEqual(
    (await store.quarantined()).map(({ seq, kind, reason }) => [seq, kind, reason]),
    [[5, 'damage', 'the event does not match its hash']],
  );
  store.log = () => assert.fail('a quarantined session is not read');
  store.snapshot = () => assert.fail('a quarantined session is not read');
  const later = await restarted(store);
  assert.equal((await later.connect(session, eve)).closed, 'quarantined');
  const { health, damage } = later.sessions.status(session);
  assert.deepEqual([health, damage?.seq], ['quarantined', 6]);
});

test('RECOVERY-3: events that verify and lead to what no session is are found, at the event that did it', async () => {
  const { store, session } = await played();
  store.snapshot = (snapshot) => ({ ...snapshot, data: 'no JSON' });
  store.log = ({ events }) => ({
    events: events.map((event) => (event.seq === 4 ? { ...event, content: withMeta(event.content ?? '') } : event)),
  });
  const harness = await restarted(store);
  await harness.connect(session, eve);
  assert.deepEqual(harness.sessions.status(session).damage, { seq: 4, reason: 'meta.status: no status of a session' });
});

test('RECOVERY-3: a definition’s own invariant is asked at each wake', async () => {
  const careful = {
    ...tinyTabletop,
    invariant: (state: object) => ('tokens' in state && Object(state.tokens).marlin ? 'a marlin is no token' : undefined),
  };
  const { store, session } = await played();
  const harness = await restarted(store, careful);
  assert.equal((await harness.connect(session, eve)).closed, 'quarantined');
  assert.match(harness.sessions.status(session).damage?.reason ?? '', /^invariant: a marlin/);
  const fine = await restarted((await played()).store, { ...careful, invariant: () => undefined });
  assert.equal(
    fine.events.some(({ kind }) => kind === 'quarantined'),
    false,
  );
});

test('RECOVERY-4: with a bad snapshot and a good log the session comes back by itself, and a fresh snapshot is written', async () => {
  for (const data of ['{"meta":{}', '{"meta":{},"state":{},"internal":{},"parts":{}}', 'null']) {
    const { store, session, head } = await played();
    store.snapshot = (snapshot) => ({ ...snapshot, data });
    const harness = await restarted(store);
    const back = await harness.connect(session, mira);
    assert.equal(back.welcome?.participant.id, 'mira', data);
    const woke = harness.events.find((event) => event.kind === 'woke');
    assert.ok(woke?.kind === 'woke' && woke.fromSnapshot === 0 && woke.passedOver.includes(head), data);
    store.snapshot = (snapshot) => snapshot;
    const fresh = await store.readSnapshot(session, 1_000);
    assert.ok(fresh !== undefined && fresh.seq >= head && fresh.data.includes('marlin'), data);
  }
});

test('RECOVERY-4: a snapshot with which the events after it lead nowhere is passed over for an older one', async () => {
  const { store, session, head } = await played();
  const inner = store.readSnapshot.bind(store);
  const good = await inner(session, head);
  assert.ok(good !== undefined);
  // It is whole, and of before the participants were there: the events after it do not apply.
  store.snapshot = (snapshot) => ({ ...snapshot, seq: 2, data: good.data.replace('"tokens"', '"gone"') });
  const harness = await restarted(store);
  assert.equal((await harness.connect(session, mira)).welcome?.participant.id, 'mira');
});

test('RECOVERY-5: how long each part of a wake took is reported, and shown as long as the session is awake', async () => {
  const { store, session, head } = await played();
  const harness = await restarted(store);
  await harness.connect(session, mira);
  const { recovery } = harness.sessions.status(session);
  assert.deepEqual(Object.keys(recovery?.phases ?? {}), ['claimMs', 'snapshotMs', 'restoreMs', 'tailMs', 'applyMs', 'checkMs']);
  assert.deepEqual([recovery?.seq, recovery?.fromSnapshot, recovery?.events], [head, head, 0]);
  const woke = harness.events.find((event) => event.kind === 'woke');
  assert.deepEqual(woke?.kind === 'woke' && woke.phases, recovery?.phases);
});

test('RECOVERY-6: the operator is told in one message what a recovery would set aside, whose it is, and how to finish it', async () => {
  const { store, session, head } = await played();
  damageAt(store, 6);
  const harness = await restarted(store);
  await harness.connect(session, eve);
  const told = harness.events.find((event) => event.kind === 'quarantined');
  assert.ok(told?.kind === 'quarantined');
  assert.equal(told.command, `holdfast recover ${session} --to 5`);
  assert.deepEqual(told.setAside?.range, [6, head]);
  assert.deepEqual(told.setAside?.people.toSorted(), ['ben', 'mira']);
  assert.match(told.message ?? '', /does not match its hash.*Set aside: seq 6 to \d+ \(\d+ events, 4 commands of .*holdfast recover/);
});

test('RECOVERY-6: the owner and a GM are told the same at their login, everybody else only that it is so', async () => {
  const { store, session } = await played();
  damageAt(store, 6);
  const harness = await restarted(store);
  await harness.connect(session, eve);
  for (const [identity, isTold] of [
    [mira, true],
    [ben, false],
    [eve, false],
  ] as const) {
    const { frames, closed } = await harness.connect(session, identity);
    const said = JSON.stringify(frames);
    assert.equal(closed, 'quarantined');
    assert.equal(said.includes('holdfast recover'), isTold, identity.id);
    assert.equal(said.includes('setAside'), isTold, identity.id);
  }
});

test('IDENTITY-20: a quarantined session that one may not know of is missing like any other, for whoever has no part in it', async () => {
  const store = new SpoiledStore(new MemoryStore());
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop', mira, { access: 'invite', listed: false });
  const added = harness.sessions.run(session, { as: 'system', command: '@add', args: { participant: 'ben', name: 'Ben' } });
  const renamed = harness.sessions.run(session, { as: mira, command: '@rename', args: { name: 'Later' } });
  await harness.settle();
  await Promise.all([added, renamed]);
  const stopping = harness.sessions.stop();
  await harness.settle();
  await stopping;
  damageAt(store, 3);
  const later = await restarted(store);
  const codes: (string | undefined)[] = [];
  for (const identity of [mira, ben, eve]) codes.push((await later.connect(session, identity)).closed);
  assert.deepEqual(codes, ['quarantined', 'quarantined', 'not-found']);
  const asked = Promise.all([mira, ben, eve].map(({ id }) => later.sessions.read(session, id)));
  await later.settle();
  assert.deepEqual(
    (await asked).map((outcome) => !outcome.ok && outcome.code),
    codes,
  );
});
