import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { ClientHarness, snapshot, TABLE, tail, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';
import { FrameIntake } from './frame-intake.ts';
import { findUnpack, unpackByStream, type Unpack } from './unpack-adapter.ts';

const text = JSON.stringify(snapshot(10, { state: { text: 'Jörmungandr '.repeat(20_000) } }));
const packed = new Uint8Array(deflateRawSync(text)).buffer;

for (const [way, unpack] of [
  ['the platform’s fastest way', findUnpack()],
  ['a stream', unpackByStream],
] as const) {
  test(`CLIENT-12: ${way} unpacks a snapshot, and fails on damaged bytes`, async () => {
    assert.ok(unpack !== undefined);
    assert.equal(await unpack(packed), text);
    const damaged = new Uint8Array(packed.slice(0)).fill(255, 20, 40).buffer;
    await assert.rejects(async () => await unpack(damaged));
  });
}

function intake(unpack: Unpack) {
  const heard: string[] = [];
  const made = new FrameIntake(
    unpack,
    (frame) => heard.push(frame),
    (error) => heard.push(`fault: ${String(error)}`),
  );
  return { made, heard };
}

test('CLIENT-12: what comes after a packed frame waits until it is unpacked, the end of the connection too', async () => {
  let finish: (text: string) => void = () => undefined;
  const { made, heard } = intake(() => new Promise((resolve) => (finish = resolve)));
  made.take('one');
  made.take(new ArrayBuffer(1));
  made.take('three');
  made.after(() => void heard.push('end'));
  await settle();
  assert.deepEqual(heard, ['one']);
  finish('two');
  await settle();
  assert.deepEqual(heard, ['one', 'two', 'three', 'end']);
});

test('CLIENT-12: a packed frame that cannot be unpacked is a fault; what comes after it is still handed on', async () => {
  const failing = intake(() => Promise.reject(new Error('damaged')));
  failing.made.take(new ArrayBuffer(1));
  failing.made.take('next');
  await settle();
  assert.deepEqual(failing.heard, ['fault: Error: damaged', 'next']);
});

test('CLIENT-12: a client joins by a packed snapshot', async () => {
  const harness = new ClientHarness();
  const joining = harness.client.join(TABLE);
  await settle();
  harness.connection.accept();
  harness.connection.say(welcome(), packed, tail(11, { events: [11, [['text'], 'short']] }));
  const session = await joining;
  assert.deepEqual(session.state, { text: 'short' });
});
