import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '../store/memory-store.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { tinyTabletop } from '../testing/tiny-tabletop.ts';
import type { RunRequest } from './sessions.ts';

const mira = person('mira');

async function table() {
  const store = new MemoryStore();
  const harness = await new SessionHarness({ definitions: [tinyTabletop], store }).start();
  const session = await harness.create('tabletop');
  const gm = await harness.connect(session, mira);
  const { instance } = gm;
  assert.ok(instance !== undefined);
  const runOn = async (host: SessionHarness, request: Partial<RunRequest>) => {
    const ran = host.sessions.run(session, { as: mira, command: 'roll', args: { sides: 1_000 }, instance, ...request });
    await host.settle();
    return ran;
  };
  return { store, harness, session, gm, instance, runOn, run: (request: Partial<RunRequest>) => runOn(harness, request) };
}

test('CONN-20: a command without a connection, sent twice with its number, runs once', async () => {
  const { harness, session, run } = await table();
  const first = await run({ number: 1 });
  assert.deepEqual(await run({ number: 1 }), first);
  const seen = harness.sessions.read(session, 'system');
  await harness.settle();
  const read = await seen;
  assert.equal(read.ok && (read.state['rolls'] as unknown[]).length, 1);
});

test('CONN-20: also after a restart, and with a result too large to remember', async () => {
  const { store, run, runOn } = await table();
  const large = { command: 'fill', args: { text: 'x'.repeat(100), times: 50 }, number: 1 };
  const first = await run(large);
  assert.equal(first.ok && JSON.stringify(first.result).length, 5_007);
  const later = await new SessionHarness({ definitions: [tinyTabletop], store, seed: 2 }).start();
  assert.deepEqual(await runOn(later, large), first);
});

test('CONN-20: its numbers are those of the instance’s connection', async () => {
  const { harness, session, gm, run } = await table();
  harness.send(session, gm, 1, 'roll', {});
  await harness.settle();
  const second = await run({ number: 2 });
  harness.send(session, gm, 2, 'roll', { sides: 1_000 });
  harness.send(session, gm, 3, 'roll', {});
  await harness.settle();
  assert.deepEqual(
    gm.acks.map(({ n, seq }) => [n, seq]),
    [
      [1, 3],
      [2, second.ok && second.seq],
      [3, 5],
    ],
  );
});

test('CONN-20: another body, a gap and a foreign or unknown instance are refused', async () => {
  const { harness, session, run, instance } = await table();
  await run({ number: 1 });
  const codeOf = async (request: Partial<RunRequest>) => {
    const ran = await run(request);
    return ran.ok ? 'ok' : ran.code;
  };
  assert.equal(await codeOf({ number: 1, args: {} }), 'body-differs');
  assert.equal(await codeOf({ number: 5, low: 1 }), 'out-of-order');
  assert.equal(await codeOf({ number: 40, low: 2 }), 'too-many-unanswered');
  assert.equal(await codeOf({ number: 1, instance: `${instance}x` as typeof instance }), 'unknown-instance');
  await harness.connect(session, person('otto'));
  assert.equal(await codeOf({ number: 1, as: person('otto') }), 'unknown-instance');
});

test('CONN-20: a refusal is an answer too: the same again is refused alike, and nothing else', async () => {
  const { run } = await table();
  const refused = await run({ number: 1, command: 'refuse', args: {} });
  assert.equal(!refused.ok && refused.code, 'rejected');
  assert.deepEqual(await run({ number: 1, command: 'refuse', args: {} }), refused);
});

test('CONN-20: who leaves without a connection loses those that there are', async () => {
  const { gm, run } = await table();
  assert.equal((await run({ number: 1, command: '@leave', args: null })).ok, true);
  assert.equal(gm.closed, 'left');
});
