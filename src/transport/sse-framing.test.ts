import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readStreamEvent } from '../protocol/event-stream.ts';
import { readEvents } from '../testing/read-events.ts';
import { frameEnd, frameId, framePacked, frameText, SSE_HEARTBEAT } from './sse-framing.ts';

test('CONN-17: a frame is one event without a name, its data the frame', () => {
  const frame = JSON.stringify({ t: 'pong', name: 'Ädä 🎲' });
  assert.deepEqual(readEvents(frameText(frame), 3), [{ event: 'message', data: frame, id: '' }]);
});

test('CONN-17: nothing in a frame begins another field or event, whatever line breaks it has', () => {
  const hostile = '{"a":1}\n\nevent: error\ndata: {"code":"left"}\r\rid: 9\r\nretry: 1';
  const [only, ...more] = readEvents(frameText(hostile));
  assert.deepEqual(more, []);
  assert.equal(only?.event, 'message');
  assert.equal(only?.data, hostile.replace(/\r\n?/g, '\n'));
  assert.equal(only?.id, '');
});

test('CONN-17: any texts, one after the other and cut anywhere, come out as they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), fc.integer({ min: 1, max: 9 }), (texts, size) => {
      const wellFormed = texts.map((text) => text.toWellFormed());
      const got = readEvents(Buffer.concat(wellFormed.map(frameText)), size).map(({ data }) => data);
      assert.deepEqual(
        got,
        wellFormed.map((text) => text.replace(/\r\n?/g, '\n')),
      );
    }),
  );
});

test('CONN-17: a packed frame arrives byte by byte', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  const [event] = readEvents(framePacked(bytes));
  assert.deepEqual(readStreamEvent(event?.event ?? '', event?.data ?? ''), { kind: 'packed', bytes });
});

test('CONN-18: the last event says the code of the close, and when to come back', () => {
  const [event] = readEvents(frameEnd('shutting-down', 1_200.5));
  assert.deepEqual(readStreamEvent(event?.event ?? '', event?.data ?? ''), { kind: 'closed', close: 1012, reason: 'shutting-down' });
  assert.match(frameEnd('shutting-down', 1_200.5).toString(), /^retry: 1201$/m);
  assert.doesNotMatch(frameEnd('left', undefined).toString(), /retry/);
});

test('CONN-17: a heartbeat is a comment and no event; an id goes with the event after it', () => {
  assert.deepEqual(readEvents(Buffer.concat([SSE_HEARTBEAT, frameId('a\r\nb\n\nc'), frameText('1'), frameText('2')])), [
    { event: 'message', data: '1', id: 'abc' },
    { event: 'message', data: '2', id: 'abc' },
  ]);
});

test('CONN-17: an event of a kind that is not known yet is skipped, an end without a code is no end', () => {
  assert.equal(readStreamEvent('later', 'x'), undefined);
  assert.throws(() => readStreamEvent('error', '{}'), /names its code/);
});
