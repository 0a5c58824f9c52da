import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../protocol/json.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';

async function leave(harness: SessionHarness, session: Parameters<SessionHarness['connect']>[0], name: string) {
  const connection = await harness.connect(session, person(name));
  harness.send(session, connection, 1, 'roll', {});
  harness.send(session, connection, 2, '@leave', {}, { low: 1 });
  await harness.settle();
  return connection;
}

test('DEDUP-9: of those who went only the last are remembered: passing guests do not make the session grow', async () => {
  const harness = await new SessionHarness({ definitions: [tinyTabletop] }).start();
  const session = await harness.create('tabletop', person('mira'));
  const first = await leave(harness, session, 'first');
  for (let n = 0; n < 300; n += 1) await leave(harness, session, `guest${n}`);
  const last = await leave(harness, session, 'last');
  const stopped = harness.sessions.stop();
  await harness.settle();
  await stopped;
  const snapshot = await harness.store.readSnapshot(session, Number.MAX_SAFE_INTEGER);
  const { internal } = JSON.parse(snapshot?.data ?? '') as { internal: { instances: JsonObject } };
  assert.equal(Object.keys(internal.instances).length, 256);

  const later = await new SessionHarness({ definitions: [tinyTabletop], store: harness.store, seed: 2 }).start();
  assert.ok(first.instance !== undefined && last.instance !== undefined);
  // What was answered to someone long gone is not known any more, so the client begins anew instead of running it twice.
  assert.equal((await later.connect(session, person('first'), { instance: first.instance })).closed, 'unknown-instance');
  const again = await later.connect(session, person('last'), { instance: last.instance });
  later.send(session, again, 1, 'roll', {});
  await later.settle();
  assert.deepEqual(again.acks, [last.acks[0]]);
});
