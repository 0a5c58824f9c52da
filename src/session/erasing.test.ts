import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { SnapshotFrame } from '../protocol/frames.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { MemoryStore } from '../store/memory-store.ts';
import type { Store } from '../store/store.ts';
import { PassingStore } from '../testing/passing-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { verifySession } from './verification.ts';

const [mira, ada, tom] = [person('mira'), person('ada'), person('tom')];
/** Everything of Ada's holds this. */
const HERS = 'ada-lovelace';

const diary = defineSession('diary', {
  version: 1,
  messages: { said: z.string() },
  initial: () => ({ notes: {} as Record<string, string[]> }),
  policies: { access: 'open' },
  onErase: (state, ctx) => void delete state.notes[ctx.participant.id],
  commands: (command) => ({
    note: command(z.object({ text: z.string() }), (state, { text }, ctx) => {
      (state.notes[ctx.participant.id] ??= []).push(text);
      ctx.send('said', text);
      return text;
    }),
  }),
});

async function table(store: Store = new MemoryStore()) {
  const harness = await new SessionHarness({ definitions: [diary], store }).start();
  const session = await harness.create('diary', mira);
  const gm = await harness.connect(session, mira);
  const hers = await harness.connect(session, { ...ada, name: `Ada ${HERS}` });
  harness.send(session, hers, 1, 'note', { text: HERS });
  harness.send(session, hers, 2, '@profile', { avatar: `https://example.org/${HERS}` });
  harness.send(session, gm, 1, 'note', { text: 'mine' });
  await harness.settle();
  return { harness, store, session, gm, hers };
}

type Table = Awaited<ReturnType<typeof table>>;

async function act(
  { harness, session }: Pick<Table, 'harness' | 'session'>,
  as: typeof mira | 'system',
  command: string,
  args: JsonObject,
) {
  const ran = harness.sessions.run(session, { as, command, args });
  await harness.settle();
  const outcome = await ran;
  return outcome.ok ? 'ok' : outcome.code;
}

/** Everything that is stored of the session. */
async function stored(store: Store, session: SessionId): Promise<string> {
  const row = await store.get(session);
  const { events } = await store.read(session, 0, row?.headSeq ?? 0);
  const snapshot = await store.readSnapshot(session, row?.headSeq ?? 0);
  const history = await store.history({ session });
  return JSON.stringify([row, events, snapshot, history]);
}

async function restart({ harness, store, session }: Pick<Table, 'harness' | 'store' | 'session'>): Promise<SessionHarness> {
  const stopped = harness.sessions.stop();
  await harness.settle();
  await stopped;
  const later = await new SessionHarness({ definitions: [diary], store, seed: 2 }).start();
  await later.connect(session, mira);
  return later;
}

test('ACCESS-20: what a person wrote and is called goes from the store; the id stays, and the log verifies', async () => {
  const at = await table();
  assert.ok((await stored(at.store, at.session)).includes(HERS));
  assert.equal(await act(at, mira, '@erase', { participant: 'ada' }), 'ok');
  assert.ok(!(await stored(at.store, at.session)).includes(HERS));
  const { headSeq = 0 } = (await at.store.get(at.session)) ?? {};
  const { events } = await at.store.read(at.session, 0, headSeq);
  assert.ok(
    events.some(({ header }) => header.includes('"ada"') && header.includes('note')),
    'that she did something, and when, stays',
  );
  const verified = await verifySession({ store: at.store, clock: at.harness.clock }, at.session, () => diary);
  assert.deepEqual([verified?.verdict, verified?.headSeq], ['sound', headSeq]);
});

test('ACCESS-20: an event says whose content went, and another one which events it was', async () => {
  const at = await table();
  await act(at, mira, '@erase', { participant: 'ada' });
  const { headSeq = 0 } = (await at.store.get(at.session)) ?? {};
  const { events } = await at.store.read(at.session, headSeq - 2, headSeq);
  const [asked, done] = events.map(({ header, content }) => ({
    header: JSON.parse(header) as unknown[],
    input: Object(JSON.parse(content ?? '{}')).input,
  }));
  assert.ok(asked !== undefined && done !== undefined);
  assert.ok(asked.header.includes('@erase') && asked.header.includes('mira') && done.header.includes('@erased'));
  assert.deepEqual(asked.input, { participant: 'ada' });
  const erased = (done.input.seqs as [number, number][]).flatMap(([first, last]) =>
    Array.from({ length: last - first + 1 }, (_, n) => first + n),
  );
  const { events: all } = await at.store.read(at.session, 0, headSeq);
  assert.deepEqual(
    erased,
    all.flatMap(({ seq, content }) => (content === undefined ? [seq] : [])),
  );
});

test('ACCESS-20: nobody gets it any more: not live, not as a joiner, not on coming back, not after a restart', async () => {
  const at = await table();
  const position = at.gm.position;
  await act(at, mira, '@erase', { participant: 'ada' });
  const [zoe, back] = [
    await at.harness.connect(at.session, person('zoe')),
    await at.harness.connect(at.session, mira, { position: { ...(position as never as object), seq: 2 } as never }),
  ];
  assert.ok(!JSON.stringify([zoe.frames, back.frames]).includes(HERS));
  const later = await restart(at);
  const tom = await later.connect(at.session, person('tom'));
  assert.ok(!JSON.stringify(tom.frames).includes(HERS));
  const { meta, state } = tom.frames.find((frame): frame is SnapshotFrame => 't' in frame && frame.t === 'snapshot') ?? {};
  assert.deepEqual(state, { notes: { mira: ['mine'] } });
  const { ada: entry } = Object(meta?.['participants']) as { ada?: { name: string; avatar?: string } };
  assert.deepEqual([entry?.name, entry?.avatar], ['erased', undefined]);
});

test('ACCESS-21: the owner, a GM and the host may, and who wrote it; nobody else, and nobody the owner’s', async () => {
  const at = await table();
  await at.harness.connect(at.session, tom);
  assert.equal(await act(at, tom, '@erase', { participant: 'ada' }), 'forbidden');
  assert.equal(await act(at, person('zoe'), '@erase', { participant: 'zoe' }), 'forbidden', 'who never took part wrote nothing');
  await act(at, mira, '@role', { participant: 'tom', role: 'gm' });
  assert.equal(await act(at, tom, '@erase', { participant: 'mira' }), 'forbidden');
  assert.equal(await act(at, tom, '@erase', { participant: 'ada' }), 'ok');
  assert.equal(await act(at, mira, '@erase', { participant: 'mira' }), 'ok');
  assert.equal(await act(at, 'system', '@erase', { participant: 'tom' }), 'ok');
});

test('ACCESS-21: whoever left can have it erased, also when the session is over', async () => {
  const at = await table();
  await act(at, ada, '@leave', {});
  await act(at, mira, '@end', {});
  assert.equal(await act(at, ada, '@erase', { participant: 'ada' }), 'ok');
  assert.ok(!(await stored(at.store, at.session)).includes(HERS));
});

/** A store whose n-th erasure, or the append that follows it, is where the process dies. */
class Dying extends PassingStore {
  calls = 0;
  diesAt = 0;
  override erase(...args: Parameters<Store['erase']>): ReturnType<Store['erase']> {
    this.calls += 1;
    return this.calls === this.diesAt ? Promise.reject(new Error('the process died here')) : super.erase(...args);
  }
}

for (const diesAt of [1, 2]) {
  test(`ACCESS-22: an erasure that a crash cut off at step ${diesAt} is finished after the next wake`, async () => {
    const store = new Dying(new MemoryStore());
    const at = await table(store);
    await act(at, mira, '@kick', { participant: 'ada' });
    store.diesAt = diesAt;
    await act(at, mira, '@erase', { participant: 'ada' });
    assert.equal(store.calls, diesAt);
    assert.ok((await stored(store, at.session)).includes(HERS), 'something is left');
    await restart(at);
    assert.ok(!(await stored(store, at.session)).includes(HERS));
    const { headSeq = 0 } = (await store.get(at.session)) ?? {};
    const { events } = await store.read(at.session, 0, headSeq);
    assert.equal(events.filter(({ header }) => header.includes('"@erased"')).length, 1);
  });
}

test('ACCESS-22: several erasures are done one after the other', async () => {
  const at = await table();
  const toms = await at.harness.connect(at.session, { ...tom, name: 'Tom Sawyer' });
  at.harness.send(at.session, toms, 1, 'note', { text: 'whitewash' });
  await at.harness.settle();
  const ids = ['ada', 'tom'] as ParticipantId[];
  const all = ids.map((participant) => at.harness.sessions.run(at.session, { as: 'system', command: '@erase', args: { participant } }));
  await at.harness.settle();
  assert.deepEqual(
    (await Promise.all(all)).map(({ ok }) => ok),
    [true, true],
  );
  const left = await stored(at.store, at.session);
  assert.ok(!left.includes(HERS) && !left.includes('whitewash') && !left.includes('Sawyer'));
});
