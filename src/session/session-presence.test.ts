import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { decodeText } from './recovery.ts';

const mira = person('mira');
const ada = person('ada');
const WATCHING: NonNullable<Parameters<SessionHarness['connect']>[2]> = { role: 'spectator' };

async function pass(harness: SessionHarness, ms: number): Promise<void> {
  harness.clock.advance(ms);
  await harness.settle();
}

/** Mira runs the session, Ada plays; what has to be told was told. */
async function table(store = new HeldStore(new MemoryStore())) {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  const player = await harness.connect(session, ada);
  await pass(harness, 1_000);
  return { store, harness, session, gm, player };
}

function cut(harness: SessionHarness, session: SessionId, connection: HarnessConnection): void {
  connection.closed = 'gone';
  harness.sessions.detach(session, connection.id);
}

function comeBack({ welcome, position }: HarnessConnection): Parameters<SessionHarness['connect']>[2] {
  assert.ok(welcome !== undefined && position !== undefined);
  return { instance: welcome.instance, position, reconnect: { connection: welcome.connection, token: welcome.reconnect } };
}

test('PRESENCE-6: everyone is told who is here: whoever arrives all of it, the others who arrived', async () => {
  const { gm, player } = await table();
  assert.deepEqual(gm.presence.statuses, { mira: 'online', ada: 'online' });
  assert.deepEqual(player.presence.statuses, gm.presence.statuses);
  assert.deepEqual([player.presence.frames[0]?.full, gm.presence.frames.at(-1)?.full], [true, undefined]);
});

test('PRESENCE-13: a session that the last one has left sleeps as soon as any other, and not when they would have been idle', async () => {
  const { harness, session, gm, player } = await table();
  harness.send(session, player, 1, '@leave', null);
  harness.send(session, gm, 1, '@leave', null);
  await harness.settle();
  for (let looks = 0; looks < 15; looks += 1) await pass(harness, 5_000);
  assert.equal(harness.sessions.status(session).awake, false);
});

test('PRESENCE-8: nobody appears before the join that they appear by is durable', async () => {
  const { store, harness, session, gm } = await table();
  store.hold();
  const late = harness.knock(session, person('otto'));
  await pass(harness, 1_000);
  assert.deepEqual([gm.presence.statuses, late.presence.frames], [{ mira: 'online', ada: 'online' }, []]);
  store.letGo();
  await pass(harness, 1_000);
  assert.equal(gm.presence.statuses['otto'], 'online');
  assert.equal(late.presence.statuses['mira'], 'online');
});

test('PRESENCE-8: a login whose transport is gone before it was let in is nobody’s presence', async () => {
  const { store, harness, session, gm } = await table();
  store.hold();
  const late = harness.knock(session, person('otto'));
  cut(harness, session, late);
  store.letGo();
  await pass(harness, 5_000);
  assert.equal(gm.presence.statuses['otto'], 'disconnected');
});

for (const [how, command] of [
  ['leaves', '@leave'],
  ['is kicked', '@kick'],
] as const) {
  test(`PRESENCE-8: who ${how} is gone from presence with that event, and is told nothing more`, async () => {
    const { harness, session, gm, player } = await table();
    const [sender, args] = command === '@kick' ? [gm, { participant: 'ada' }] : [player, {}];
    harness.send(session, sender, 1, command, args);
    await harness.settle();
    assert.deepEqual(gm.presence.statuses, { mira: 'online' });
    const told = player.presence.frames.length;
    harness.sessions.receive(session, gm.id, { t: 'presence', data: 'a secret' });
    harness.sessions.receive(session, player.id, { t: 'presence', data: 'a ghost' });
    await pass(harness, 1_000);
    assert.deepEqual([player.presence.frames.length, gm.presence.statuses], [told, { mira: 'online' }]);
  });
}

test('PRESENCE-8: nobody is shown as gone by an event that is not durable', async () => {
  const { store, harness, session, gm, player } = await table();
  store.hold();
  harness.send(session, player, 1, '@leave', null);
  await pass(harness, 10_000);
  assert.deepEqual(gm.presence.statuses, { mira: 'online', ada: 'online' });
  store.letGo();
  await harness.settle();
  assert.deepEqual(gm.presence.statuses, { mira: 'online' });
});

test('PRESENCE-3: a command shows that its sender is there', async () => {
  const { harness, session, gm, player } = await table();
  harness.sessions.receive(session, player.id, { t: 'presence', idle: true });
  await pass(harness, 5_000);
  assert.equal(gm.presence.statuses['ada'], 'idle');
  harness.send(session, player, 1, 'roll', {});
  await harness.settle();
  assert.equal(gm.presence.statuses['ada'], 'online');
});

test('PRESENCE-2: who comes back over another transport was never away; who does not is, before the log says lost', async () => {
  const { harness, session, gm, player } = await table();
  const told = gm.presence.frames.length;
  cut(harness, session, player);
  await pass(harness, 2_000);
  const again = await harness.connect(session, ada, comeBack(player));
  await pass(harness, 10_000);
  assert.equal(gm.presence.frames.length, told);
  cut(harness, session, again);
  await pass(harness, 3_050);
  assert.equal(gm.presence.statuses['ada'], 'disconnected');
});

test('PRESENCE-13: after a crash who does not come back is shown as gone, and one event closes what was left open', async () => {
  const store = new HeldStore(new MemoryStore());
  const { session } = await table(store);
  const { events: before } = await store.read(session, 0, 1_000);
  const next = await new SessionHarness({ definitions: [tinyTabletop], store, seed: 2 }).start();
  // Ids of connections are never given twice; those of this harness begin anew.
  for (let n = 0; n < 2; n += 1) await next.connect('N'.repeat(22) as SessionId, mira);
  const otto = await next.connect(session, person('otto'));
  await pass(next, 100);
  assert.deepEqual(otto.presence.statuses, { mira: 'online', ada: 'online', otto: 'online' });
  await pass(next, 3_050);
  assert.deepEqual(otto.presence.statuses, { mira: 'disconnected', ada: 'disconnected', otto: 'online' });
  await pass(next, 30_000);
  const { events } = await store.read(session, before.length, 1_000);
  const told = events.map(decodeText).map(({ header, content }) => [header.command, content?.messages?.map(({ payload }) => payload)]);
  const gone = (id: string, name: string) => ({ id, name, change: 'lost', reason: 'lost' });
  assert.deepEqual(
    told.filter(([command]) => command === '@lost'),
    [['@lost', [gone('mira', 'Mira'), gone('ada', 'Ada')]]],
  );
  assert.deepEqual(otto.presence.statuses, { mira: 'disconnected', ada: 'disconnected', otto: 'online' });
});

test('PRESENCE-10: a new GM is told of connections, a former one no more', async () => {
  const { harness, session, gm, player } = await table();
  const rows = [{ connection: player.id, rttMs: 40, lastHeardMs: harness.clock.now(), unsentBytes: 0 }];
  harness.sessions.notice(session, { kind: 'details', rows });
  assert.deepEqual([gm.presence.details['ada'], player.presence.details], [rows, {}]);
  harness.send(session, gm, 1, '@role', { participant: 'ada', role: 'gm' });
  await pass(harness, 100);
  assert.deepEqual(player.presence.details['ada'], rows);
  harness.send(session, gm, 2, '@role', { participant: 'ada', role: 'player' });
  await pass(harness, 100);
  assert.deepEqual([player.presence.details, player.presence.frames.at(-1)?.full], [{}, true]);
});

test('PRESENCE-9: 3,000 who come to watch cost each who is there a frame a second', async () => {
  const { harness, session, gm } = await table();
  const [told, began] = [gm.presence.frames.length, harness.clock.monotonic()];
  const guests: HarnessConnection[] = [];
  for (let n = 0; n < 3_000; n += 100) {
    for (let more = 0; more < 100; more += 1) guests.push(harness.knock(session, person(`guest${n + more}`), WATCHING));
    await pass(harness, 100);
  }
  await pass(harness, 2_000);
  const seconds = (harness.clock.monotonic() - began) / 1_000;
  assert.equal(gm.presence.audience, 3_000);
  assert.ok(gm.presence.frames.length - told <= seconds + 1);
  const deliveries = guests.reduce((sum, { presence }) => sum + presence.frames.length, 0);
  assert.ok(deliveries <= 3_000 * (seconds + 2), `${deliveries} deliveries`);
});

test('PRESENCE-15: what the policy wants recorded is in the log, and nobody is shown anything of it', async () => {
  const quiet = defineSession('quiet', {
    version: 1,
    initial: () => ({ n: 0 }),
    policies: { access: 'open', presence: { record: 'idle', idleAfterMs: 60_000 } },
  });
  const harness = await new SessionHarness({ definitions: [quiet] }).start();
  const session = await harness.create('quiet');
  const gm = await harness.connect(session, mira);
  const position = gm.position?.seq ?? 0;
  for (let second = 0; second < 65; second += 1) await pass(harness, 1_000);
  const { events } = await harness.store.read(session, position, 1_000);
  const recorded = events.map(decodeText).map(({ header, content }) => [header.command, header.who, content?.input]);
  assert.deepEqual(recorded, [['@presence', 'system', { changes: [['mira', 'idle']] }]]);
  assert.equal(gm.presence.statuses['mira'], 'idle');
  assert.doesNotMatch(JSON.stringify(gm.live), /idle|presence/);
});

type Step = {
  readonly who: number;
  readonly device: number;
  readonly what: 'come' | 'cut' | 'idle' | 'show' | 'leave' | 'kick' | 'role' | 'pass';
};

const step: fc.Arbitrary<Step> = fc.record({
  who: fc.nat(4),
  device: fc.nat(2),
  what: fc.constantFrom('come', 'come', 'come', 'cut', 'cut', 'idle', 'show', 'leave', 'kick', 'role', 'pass', 'pass'),
});

/** Four people with up to three devices each, and a GM, who do what the steps say. */
class Crowd {
  readonly #harness: SessionHarness;
  readonly #session: SessionId;
  readonly #gm: HarnessConnection;
  readonly #devices = new Map<string, HarnessConnection>();
  #numbers = new Map<HarnessConnection, number>();

  constructor(harness: SessionHarness, session: SessionId, gm: HarnessConnection) {
    this.#harness = harness;
    this.#session = session;
    this.#gm = gm;
  }

  get here(): HarnessConnection[] {
    return [this.#gm, ...[...this.#devices.values()].filter(({ closed }) => closed === undefined)];
  }

  async do({ who, device, what }: Step): Promise<void> {
    const harness = this.#harness;
    const name = `p${who}`;
    const known = this.#devices.get(`${name} ${device}`);
    const here = known?.closed === undefined ? known : undefined;
    if (what === 'pass') return pass(harness, device * 1_800 + who);
    if (what === 'come' && here === undefined) {
      const more =
        known?.closed === 'gone' && known.position !== undefined ? comeBack(known) : { role: who === 4 ? 'spectator' : 'player' };
      this.#devices.set(`${name} ${device}`, harness.knock(this.#session, person(name), more));
    } else if (what === 'cut' && here !== undefined) cut(harness, this.#session, here);
    else if (what === 'leave' && here !== undefined) this.#send(here, '@leave', {});
    else if (what === 'kick') this.#send(this.#gm, '@kick', { participant: name });
    else if (what === 'role') this.#send(this.#gm, '@role', { participant: name, role: ['gm', 'player', 'spectator'][device] ?? 'player' });
    else if (here !== undefined) {
      const said = what === 'idle' ? { idle: true } : { data: { device }, activity: { name: 'typing', ttlMs: 900 } };
      harness.sessions.receive(this.#session, here.id, { t: 'presence', ...said });
    }
    if (who % 2 === 0) await harness.settle();
  }

  #send(connection: HarnessConnection, command: string, args: JsonObject): void {
    const n = (this.#numbers.get(connection) ?? 0) + 1;
    this.#numbers.set(connection, n);
    this.#harness.send(this.#session, connection, n, command, args);
  }
}

test('PRESENCE-14: whatever people and their devices do, when it is quiet every client shows the same, and that is so', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
      const session = await harness.create('tabletop');
      const crowd = new Crowd(harness, session, await harness.connect(session, mira));
      for (const one of steps) await crowd.do(one);
      await harness.settle();
      for (let second = 0; second < 40; second += 1) await pass(harness, 1_000);
      const read = harness.sessions.read(session, 'system');
      await harness.settle();
      const outcome = await read;
      const participants = Object.keys(outcome.ok ? (outcome.meta['participants'] as JsonObject) : {});
      const present = new Set(crowd.here.map(({ identity }) => identity.id as string));
      const fresh = await harness.connect(session, mira);
      await pass(harness, 100);
      for (const { presence, identity } of crowd.here) {
        assert.deepEqual(presence.people, fresh.presence.people, `as ${identity.id} sees it`);
        assert.deepEqual(Object.keys(presence.people).sort(), participants.sort());
        for (const [id, { status, activity }] of Object.entries(presence.people)) {
          assert.equal(status !== 'disconnected', present.has(id), `${id} is ${status}`);
          assert.equal(activity, undefined);
        }
      }
      const stopping = harness.sessions.stop();
      await pass(harness, 1_000);
      await stopping;
      assert.equal(harness.clock.timers, 0);
    }),
    { numRuns: 150 },
  );
});
