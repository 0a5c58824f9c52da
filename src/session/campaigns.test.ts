import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Outcome } from './outcome.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { Authorize } from './membership.ts';

const [mira, ada, tom, zoe] = [person('mira'), person('ada'), person('tom'), person('zoe')];

type World = { readonly harness: SessionHarness; readonly campaign: SessionId; readonly session: SessionId };

/** Mira's campaign with Ada as a player and Tom as a co-GM, and a session of it. */
async function world(authorize?: Authorize): Promise<World> {
  const harness = await new SessionHarness({ definitions: [tinyTabletop], ...(authorize === undefined ? {} : { authorize }) }).start();
  const campaign = await harness.create('campaign', mira, { name: 'The long road' });
  await act(harness, campaign, 'system', '@add', { participant: 'ada', name: 'Ada' });
  await act(harness, campaign, 'system', '@add', { participant: 'tom', name: 'Tom', role: 'gm' });
  const session = await harness.create('tabletop', mira, { campaign });
  return { harness, campaign, session };
}

async function act(
  harness: SessionHarness,
  session: SessionId,
  as: Identity | 'system',
  command: string,
  args: JsonValue,
): Promise<string> {
  const outcome = await settled(harness, harness.sessions.run(session, { as, command, args }));
  return outcome.ok ? 'ok' : outcome.code;
}

async function settled<T>(harness: SessionHarness, promise: Promise<T>): Promise<T> {
  await harness.settle();
  return promise;
}

function codeOf(outcome: Outcome<unknown>): string {
  return outcome.ok ? 'ok' : outcome.code;
}

test('ACCESS-12: members join with their role there, everyone else finds it missing', async () => {
  const { harness, session } = await world();
  assert.equal((await harness.sessions.get(session))?.access, 'members');
  assert.equal((await harness.connect(session, ada)).welcome?.participant.role, 'player');
  assert.equal((await harness.connect(session, tom)).welcome?.participant.role, 'gm');
  assert.equal((await harness.connect(session, zoe)).closed, 'not-found');
});

test('ACCESS-12: only the campaign’s owner and GMs create sessions in it', async () => {
  const { harness, campaign } = await world();
  const create = async (by: Identity): Promise<string> =>
    codeOf(await settled(harness, harness.sessions.create({ type: 'tabletop', by, campaign })));
  assert.equal(await create(tom), 'ok');
  assert.equal(await create(ada), 'forbidden');
  assert.equal(await create(zoe), 'bad-request');
  assert.equal(await act(harness, campaign, mira, 'archive', { archived: true }), 'ok');
  assert.equal(await create(tom), 'forbidden');
});

test('ACCESS-12: the owner creates sessions in the campaign whatever their role there', async () => {
  const { harness, campaign } = await world();
  assert.equal(await act(harness, campaign, mira, '@hand-over', { participant: 'ada' }), 'ok');
  const created = await settled(harness, harness.sessions.create({ type: 'tabletop', by: mira, campaign }));
  assert.equal(codeOf(created), 'ok');
});

test('ACCESS-12: a session that belongs to no campaign is for invited people by default', async () => {
  const { harness } = await world();
  const session = await harness.create('tabletop', mira, { access: 'invite' });
  assert.equal((await harness.connect(session, ada)).closed, 'not-found');
  assert.equal(codeOf(await settled(harness, harness.sessions.create({ type: 'tabletop', by: mira, access: 'members' }))), 'bad-request');
});

test('ACCESS-13: who is removed from the campaign is out of its running sessions at once', async () => {
  const { harness, campaign, session } = await world();
  const adas = await harness.connect(session, ada);
  assert.equal(await act(harness, campaign, mira, '@kick', { participant: 'ada' }), 'ok');
  await harness.settle();
  assert.equal(adas.closed, 'kicked');
  assert.equal((await harness.connect(session, ada)).closed, 'not-found');
});

test('ACCESS-13: who was removed while the session slept is not let in', async () => {
  const { harness, campaign, session } = await world();
  await harness.connect(session, ada);
  const stopped = harness.sessions.stop();
  await settled(harness, stopped);
  const later = await new SessionHarness({ definitions: [tinyTabletop], store: harness.store, seed: 2 }).start();
  // As after a crash between the two: the campaign's event is there, the session's is not.
  const list = later.store.list.bind(later.store);
  later.store.list = () => Promise.resolve([]);
  await act(later, campaign, mira, '@kick', { participant: 'ada' });
  later.store.list = list;
  assert.equal((await later.connect(session, ada)).closed, 'not-found');
});

test('ACCESS-13: a change of role in the campaign reaches its running sessions', async () => {
  const { harness, campaign, session } = await world();
  await harness.connect(session, tom);
  assert.equal(await act(harness, campaign, mira, '@role', { participant: 'tom', role: 'player' }), 'ok');
  await harness.settle();
  const role = await settled(harness, harness.sessions.roleOf(session, tom.id));
  assert.ok(role.ok);
  assert.equal(role.role, 'player');
});

test('ACCESS-14: the host’s own rules come first', async () => {
  const asked: string[] = [];
  const { harness, session } = await world(({ action, identity }) => {
    asked.push(`${action} ${identity.id}`);
    if (identity.id === 'ada') return false;
    return identity.id === 'zoe' ? { role: 'gm' } : undefined;
  });
  assert.equal((await harness.connect(session, ada)).closed, 'not-found');
  assert.equal((await harness.connect(session, zoe)).welcome?.participant.role, 'gm');
  assert.equal((await harness.connect(session, tom)).welcome?.participant.role, 'gm');
  assert.ok(asked.includes('create mira') && asked.includes('join ada'));
});

test('ACCESS-14: where the host’s rules fail, nobody is let in and the host hears of it', async () => {
  let broken = false;
  const { harness, session } = await world(() => {
    if (broken) throw new Error('no database');
    return undefined;
  });
  broken = true;
  assert.equal((await harness.connect(session, ada)).closed, 'unavailable');
  assert.ok(harness.events.some(({ kind }) => kind === 'authorize-failed'));
});

test('ACCESS-14: rules of the host that never answer, or answer what is none, keep nobody waiting and harm no session', async () => {
  const never = await world(({ identity }) => (identity.id === 'mira' ? undefined : Promise.withResolvers<undefined>().promise));
  const waiting = never.harness.knock(never.session, ada);
  const creating = never.harness.sessions.create({ type: 'tabletop', by: zoe });
  await never.harness.settle();
  never.harness.clock.advance(4_000);
  await never.harness.settle();
  assert.equal(waiting.closed, 'unavailable');
  assert.equal(codeOf(await creating), 'unavailable');
  for (const answer of ['{}', '{"role":""}', '{"role":7}', '"gm"', 'null']) {
    const odd = await world(({ action }) => (action === 'create' ? undefined : JSON.parse(answer)));
    assert.equal((await odd.harness.connect(odd.session, ada)).closed, 'unavailable', answer);
    assert.ok(odd.harness.events.some(({ kind }) => kind === 'authorize-failed'));
    assert.ok(odd.harness.events.every(({ kind }) => kind !== 'crashed'));
  }
});

test('ACCESS-14: roles that a credential grants count as membership', async () => {
  const { harness, campaign, session } = await world();
  const byCampaign = await harness.connect(session, { ...zoe, campaigns: { [campaign]: 'spectator' } });
  assert.equal(byCampaign.welcome?.participant.role, 'spectator');
  const bySession = await harness.connect(session, { ...person('max'), sessions: { [session]: 'gm' } });
  assert.equal(bySession.welcome?.participant.role, 'gm');
});

test('ACCESS-16: a session begins where another stands, and takes nobody and nothing else over', async () => {
  const { harness, session, campaign } = await world();
  const adas = await harness.connect(session, ada);
  harness.send(session, adas, 1, 'moveToken', { id: 'hero', x: 3, y: 4 });
  await harness.settle();
  const next = await harness.create('tabletop', mira, { campaign, from: { session } });
  const read = await settled(harness, harness.sessions.read(next, 'system'));
  assert.ok(read.ok);
  assert.deepEqual(read.state['tokens'], { hero: { x: 3, y: 4 } });
  assert.deepEqual(read.meta['participants'], {});
  const refused = await settled(harness, harness.sessions.create({ type: 'tabletop', by: ada, from: { session } }));
  assert.equal(codeOf(refused), 'not-found');
});
