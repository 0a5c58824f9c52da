import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WirePair, type Side } from './wire-pair.ts';

/** A pair, and what each side was told. */
function pair() {
  const wire = new WirePair();
  const told: Record<Side, string[]> = { left: [], right: [] };
  for (const side of ['left', 'right'] as const) {
    wire[side].listen({ message: (text) => told[side].push(text), closed: (code, reason) => told[side].push(`closed ${code} ${reason}`) });
  }
  return { wire, told };
}

test('TOOL-8: nothing moves until the test moves it, message by message', () => {
  const { wire, told } = pair();
  wire.left.send('a');
  wire.left.send('b');
  wire.right.send('c');
  assert.deepEqual(told, { left: [], right: [] });
  assert.equal(wire.deliver('right', 1), 1);
  assert.deepEqual(told, { left: [], right: ['a'] });
  assert.deepEqual(wire.right.arriving, ['b']);
  wire.flush();
  assert.deepEqual(told, { left: ['c'], right: ['a', 'b'] });
});

test('TOOL-8: flush goes on with the answers until all is quiet', () => {
  const { wire, told } = pair();
  wire.right.listen({ message: (text) => wire.right.send(`echo ${text}`), closed: () => undefined });
  wire.left.send('hello');
  wire.flush();
  assert.deepEqual(told.left, ['echo hello']);
});

test('TOOL-8: two ends that answer each other for ever are found out', () => {
  const { wire } = pair();
  wire.left.listen({ message: () => wire.left.send('ping'), closed: () => undefined });
  wire.right.listen({ message: () => wire.right.send('pong'), closed: () => undefined });
  wire.left.send('ping');
  assert.throws(() => wire.flush(), /for ever/);
});

test('TOOL-8: a held side gets nothing, the other goes on, and nothing is lost', () => {
  const { wire, told } = pair();
  wire.hold('right');
  wire.left.send('a');
  wire.right.send('b');
  wire.flush();
  assert.deepEqual(told, { left: ['b'], right: [] });
  wire.release('right');
  wire.flush();
  assert.deepEqual(told.right, ['a']);
});

test('TOOL-8: a close arrives after what was sent before it; nothing is told to who closed', () => {
  const { wire, told } = pair();
  wire.right.send('on its way');
  wire.left.send('bye');
  wire.left.close(4000, 'done');
  wire.left.send('too late');
  wire.flush();
  assert.deepEqual(told, { left: [], right: ['bye', 'closed 4000 done'] });
});

test('TOOL-8: a cut loses what is on its way and tells both ends once, or one end only', () => {
  const both = pair();
  both.wire.left.send('lost');
  both.wire.cut();
  both.wire.cut();
  both.wire.flush();
  assert.deepEqual(both.told, { left: ['closed 1006 '], right: ['closed 1006 '] });
  const halfOpen = pair();
  halfOpen.wire.cut('left');
  halfOpen.wire.right.send('to nobody');
  halfOpen.wire.flush();
  assert.deepEqual(halfOpen.told, { left: ['closed 1006 '], right: [] });
});
