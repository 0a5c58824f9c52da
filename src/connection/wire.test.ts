import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedFrame, textWire } from './wire.ts';

test('CONN-8: over a transport of texts, too, what is for one comes first, then what all of the view get, then answers', () => {
  const sent: (readonly string[])[] = [];
  const wire = textWire({ send: (texts) => sent.push([...texts]) > 0, close: () => undefined });
  wire.send({ frames: ['own'], after: ['after'], answers: ['ack'] }, new SharedFrame('shared'));
  wire.send({ frames: ['own'] }, undefined);
  wire.sendShared(new SharedFrame('shared'));
  assert.deepEqual(sent, [['own', 'after', 'shared', 'ack'], ['own'], ['shared']]);
});
