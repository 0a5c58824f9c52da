import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { frameOwn, frameText } from './web-socket-framing.ts';

/** Decodes with ws itself: a client socket that is fed the bytes. */
async function decode(bytes: Uint8Array, count: number): Promise<(string | Buffer)[]> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server.on('connection', (_, request) => request.socket.write(bytes));
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const messages: (string | Buffer)[] = [];
  await new Promise<void>((resolve, reject) => {
    client.on('error', reject);
    client.on('message', (data: Buffer, isBinary) => {
      messages.push(isBinary ? data : data.toString());
      if (messages.length === count) resolve();
    });
  });
  client.terminate();
  server.close();
  return messages;
}

test('CONN-13: frames of every length class and script arrive as they were', async () => {
  const texts = ['', 'a', 'x'.repeat(125), 'x'.repeat(126), 'é'.repeat(63), 'x'.repeat(65_535), '漢'.repeat(40_000), '🎲 rolled', 'ÿ'];
  assert.deepEqual(await decode(Buffer.concat(texts.map(frameText)), texts.length), texts);
});

test('CONN-13: own frames, a packed one, later ones, the shared one and answers keep their order in one write', async () => {
  const own = { frames: ['welcome', '{"å":1}'], packed: Buffer.from([1, 2, 3]), after: ['tail'], answers: ['ack', '{"é":2}'] };
  const pieces = frameOwn(own, frameText('[5]'));
  const expected = ['welcome', '{"å":1}', Buffer.from([1, 2, 3]), 'tail', '[5]', 'ack', '{"é":2}'];
  assert.deepEqual(await decode(Buffer.concat(pieces), expected.length), expected);
});

test('CONN-13: answers come after the shared frame in one piece', async () => {
  const [whole, ...more] = frameOwn({ frames: ['own'], answers: ['ack 1', 'ack 2'] }, frameText('[5,[0,"ö"]]'));
  assert.ok(whole !== undefined && more.length === 0);
  assert.deepEqual(await decode(whole, 4), ['own', '[5,[0,"ö"]]', 'ack 1', 'ack 2']);
});

test('CONN-13: a frame’s header tells exactly its payload', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
      const frame = frameText(text);
      const payload = Buffer.from(text);
      assert.deepEqual(frame.subarray(frame.length - payload.length), payload);
      assert.equal(frame.length, payload.length + (payload.length < 126 ? 2 : 4));
    }),
  );
});
