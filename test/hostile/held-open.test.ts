import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createTestServer } from '../../src/testing/create-test-server.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { handshake } from './socket-bytes.ts';

async function listening(t: TestContext, http: object = {}) {
  const live = await createTestServer({ sessions: [tinyTabletop], http });
  t.after(() => live.stop());
  return { live, port: Number(new URL(live.url).port) };
}

/** Says this and never ends its half; the result is what came until the server ended the other one. */
async function sayAndStay(port: number, text: Buffer | string): Promise<{ socket: Socket; got: string }> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  let got = '';
  socket.on('data', (data: Buffer) => (got += data.toString('latin1')));
  socket.write(text);
  await once(socket, 'end');
  return { socket, got };
}

test(
  'HOSTILE-6: a refused upgrade is over even for a peer that keeps its half open, and a stop need not wait for it',
  { timeout: 20_000 },
  async (t) => {
    const { live, port } = await listening(t);
    const aim = { host: '127.0.0.1', session: '', token: '' };
    const { socket, got } = await sayAndStay(port, handshake(aim, { 'Sec-WebSocket-Protocol': 'other' }));
    assert.match(got, /^HTTP\/1\.1 426 /);
    await live.stop();
    socket.destroy();
  },
);

test(
  'HOSTILE-7: whoever does not finish the head or the body of a request in time is cut off soon after',
  { timeout: 20_000 },
  async (t) => {
    const { port } = await listening(t, { headersTimeoutMs: 100, requestTimeoutMs: 200 });
    for (const text of [
      'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ',
      'POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{"a"',
      '',
    ]) {
      const { socket, got } = await sayAndStay(port, text);
      assert.match(got, /^(?:HTTP\/1\.1 (?:408|401) |$)/, text);
      socket.destroy();
    }
  },
);
