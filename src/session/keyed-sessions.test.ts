import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Identity } from '../protocol/ports.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

const [mira, ada, zoe] = [person('mira'), person('ada'), person('zoe')];

async function ask(
  harness: SessionHarness,
  by: Identity,
  more: { key?: string; access?: 'invite'; campaign?: string } = {},
): Promise<string> {
  const asked = harness.sessions.create({ type: 'tabletop', by, key: 'lobby', ...more });
  await harness.settle();
  const outcome = await asked;
  return outcome.ok ? outcome.row.session : outcome.code;
}

test('ACCESS-24: however many ask for one key at once, there is one session', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const asking = Array.from({ length: 50 }, (_, n) => harness.sessions.create({ type: 'tabletop', by: person(`p${n}`), key: 'lobby' }));
  await harness.settle();
  const ids = new Set((await Promise.all(asking)).map((made) => (made.ok ? made.row.session : made.code)));
  assert.equal(ids.size, 1);
  assert.equal((await harness.store.list({})).length, 1);
  assert.notEqual(await ask(harness, mira, { key: 'other' }), [...ids][0]);
});

test('ACCESS-24: after the end of a session its key names a new one, also after a restart', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const first = await ask(harness, mira);
  const ended = harness.sessions.end(first as never, 'system');
  await harness.settle();
  assert.ok((await ended).ok);
  const second = await ask(harness, ada);
  assert.notEqual(second, first);
  const stopped = harness.sessions.stop();
  await harness.settle();
  await stopped;
  const later = await new SessionHarness({ definitions: [tinyTabletop], store: harness.store, seed: 2 }).start();
  assert.equal(await ask(later, zoe), second);
});

test('ACCESS-24: a key leads nobody to a session of others that is not open, nor into a foreign campaign', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  assert.notEqual(await ask(harness, ada, { access: 'invite' }), await ask(harness, mira, { access: 'invite' }));
  const campaign = await harness.create('campaign', mira);
  const added = harness.sessions.run(campaign, { as: 'system', command: '@add', args: { participant: 'ada', name: 'Ada' } });
  await harness.settle();
  assert.ok((await added).ok);
  assert.equal(await ask(harness, ada, { campaign }), 'forbidden');
  const made = await ask(harness, mira, { campaign });
  assert.equal(await ask(harness, ada, { campaign }), made);
  assert.equal(await ask(harness, zoe, { campaign }), 'not-found');
});
