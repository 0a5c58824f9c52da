import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import { readStoredView, type StoredView, type ViewRequest } from './stored-view.ts';

/** A table of two, whose GM hid a word and then became a player. Seq 4 hides, seq 5 moves, seq 6 makes them a player. */
async function table(): Promise<{ store: MemoryStore; session: SessionId }> {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop', person('mira'));
  const gm = await harness.connect(session, person('mira'));
  await harness.connect(session, person('ben'));
  harness.send(session, gm, 1, 'hide', { key: 'trap', text: 'pit' });
  harness.send(session, gm, 2, 'moveToken', { id: 'hero', x: 1, y: 2 });
  await harness.settle();
  harness.send(session, gm, 3, '@hand-over', { participant: 'ben' });
  await harness.settle();
  await Promise.all([harness.sessions.stop(), harness.settle()]);
  return { store, session };
}

async function shown(store: MemoryStore, session: SessionId, request: ViewRequest, definition = tinyTabletop): Promise<StoredView> {
  const outcome = await readStoredView(store, [definition], session, request);
  assert.ok(outcome.ok, outcome.ok ? '' : outcome.message);
  return outcome.view;
}

test('CLI-14: a session is shown as it was at any seq, whole or through the eyes of a participant with the role of then', async () => {
  const { store, session } = await table();
  assert.deepEqual((await shown(store, session, { at: 4 })).state['secrets'], { trap: 'pit' });
  assert.deepEqual((await shown(store, session, { at: 3 })).state['secrets'], {});
  const [then, now] = [await shown(store, session, { as: 'mira', at: 5 }), await shown(store, session, { as: 'mira' })];
  assert.deepEqual([then.state['secrets'], 'secrets' in now.state], [{ trap: 'pit' }, false]);
  const ben = await shown(store, session, { as: 'ben', at: 5 });
  assert.deepEqual(['secrets' in ben.state, ben.state['tokens'], ben.version], [false, { hero: { x: 1, y: 2 } }, 1]);
});

test('CLI-14: who took no part then has seen nothing then', async () => {
  const { store, session } = await table();
  const outcome = await readStoredView(store, [tinyTabletop], session, { as: 'ben', at: 2 });
  assert.match(outcome.ok ? '' : outcome.message, /ben took no part in the session at seq 2/);
});

test('CLI-14: what a participant saw is said by the definition of that version alone', async () => {
  const { store, session } = await table();
  const later = defineSession('tabletop', {
    version: 2,
    initial: () => ({}),
    commands: (command) => ({ wait: command(z.object({}), () => 1) }),
  });
  const outcome = await readStoredView(store, [later], session, { as: 'ben' });
  assert.match(outcome.ok ? '' : outcome.message, /by version 1 of the definition of 'tabletop'; here is version 2/);
  assert.equal((await readStoredView(store, [later], session, {})).ok, true);
});

test('CLI-14: a seq whose content is gone is named, with the next that is held', async () => {
  const { store, session } = await table();
  const head = (await store.get(session))?.headSeq ?? 0;
  assert.equal((await store.erase(session, [4])).outcome, 'ok');
  const outcome = await readStoredView(store, [tinyTabletop], session, { at: 5 });
  assert.deepEqual(outcome.ok ? '' : [outcome.code, outcome.message], [
    'bad-request',
    `Seq 5 cannot be shown any more: its content was erased or pruned. The next that is held is seq ${head}.`,
  ]);
  assert.equal((await readStoredView(store, [tinyTabletop], session, { at: 3 })).ok, true);
});
