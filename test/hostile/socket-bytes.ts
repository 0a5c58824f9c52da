import type { Dice } from './dice.ts';

/** What a hostile peer writes: pieces with pauses between them, and what it does at the end. */
export type Attack = {
  readonly name: string;
  readonly pieces: readonly Buffer[];
  /** `wait`: reads until the server ends it. `reset`, `end`: goes away. `deaf`: never reads a byte until then. */
  readonly then: 'wait' | 'end' | 'reset' | 'deaf';
};

/** What it knows of the server. */
export type Aim = { readonly host: string; readonly session: string; readonly token: string };

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

export function handshake({ host }: Aim, more: Readonly<Record<string, string | undefined>> = {}): Buffer {
  const headers: Record<string, string | undefined> = {
    'Host': host,
    'Connection': 'Upgrade',
    'Upgrade': 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    'Sec-WebSocket-Protocol': 'holdfast.v1',
    ...more,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}`));
  return Buffer.from(`GET /v1/connect HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

type FrameParts = {
  readonly fin?: boolean;
  readonly reserved?: number;
  readonly opcode?: number;
  readonly masked?: boolean;
  /** What the header says; otherwise as it is. */
  readonly length?: bigint;
  /** Bytes of the length: 1, 2 or 8; otherwise as few as will do. */
  readonly lengthBytes?: 1 | 2 | 8;
};

/** One frame of RFC 6455, right or wrong in any of its parts. */
export function frame(payload: Buffer | string, parts: FrameParts = {}): Buffer {
  const { fin = true, reserved = 0, opcode = 1, masked = true } = parts;
  const body = Buffer.from(payload);
  const length = parts.length ?? BigInt(body.length);
  const bytes = parts.lengthBytes ?? (length < 126n ? 1 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + (bytes === 1 ? 0 : bytes));
  head[0] = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  head[1] = (masked ? 0x80 : 0) | (bytes === 1 ? Number(length & 0x7fn) : bytes === 2 ? 126 : 127);
  if (bytes === 2) head.writeUInt16BE(Number(length & 0xffffn), 2);
  if (bytes === 8) head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  if (!masked) return Buffer.concat([head, body]);
  const mask = Buffer.from([0x12, 0x34, 0x56, 0x78]);
  return Buffer.concat([head, mask, body.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}

function hello({ session, token }: Aim): string {
  return JSON.stringify({ t: 'hello', version: 1, session, token });
}

function closeFrame(code: number, reason: Buffer | string = ''): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  payload.writeUInt16BE(code & 0xffff, 0);
  return frame(payload, { opcode: 8 });
}

const BAD_UTF8 = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]] as const;
const CLOSE_CODES = [0, 1, 999, 1000, 1001, 1004, 1005, 1006, 1015, 1016, 2999, 3000, 4000, 4401, 4999, 5000, 65_535] as const;

type Maker = (aim: Aim, dice: Dice) => Omit<Attack, 'name'>;
const wait = (...pieces: Buffer[]): Omit<Attack, 'name'> => ({ pieces, then: 'wait' });

/** After a good handshake. `say` is a good hello or nothing at all. */
function inside(make: (say: Buffer[], dice: Dice, aim: Aim) => Buffer[], then: Attack['then'] = 'wait'): Maker {
  return (aim, dice) => ({ pieces: [handshake(aim), ...make(dice.percent(50) ? [frame(hello(aim))] : [], dice, aim)], then });
}

const WEB_SOCKET: Readonly<Record<string, Maker>> = {
  'a control frame that is too long': inside((say, dice) => [
    ...say,
    frame(Buffer.alloc(126 + dice.below(300)), { opcode: dice.pick([8, 9, 10]) }),
  ]),
  'a control frame in fragments': inside((say, dice) => [...say, frame('x', { opcode: dice.pick([8, 9, 10]), fin: false })]),
  'no mask': inside((say) => [...say, frame('{"t":"ping","at":1}', { masked: false })]),
  'reserved bits': inside((say, dice) => [...say, frame('{"t":"ping","at":1}', { reserved: 1 + dice.below(7) })]),
  'an unknown opcode': inside((say, dice) => [...say, frame('x', { opcode: dice.pick([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) })]),
  'a continuation of nothing': inside((say) => [...say, frame('x', { opcode: 0 })]),
  'a text in a text': inside((say) => [...say, frame('{"t":', { fin: false }), frame('{"t":"ping","at":1}')]),
  'a ping in fragments of a text': inside((say, _, aim) => [
    ...say,
    frame(hello(aim).slice(0, 9), { fin: false }),
    frame('p', { opcode: 9 }),
    frame(hello(aim).slice(9), { opcode: 0 }),
    frame('no json'),
  ]),
  'endless fragments': inside((say, dice) => [
    ...say,
    frame('', { fin: false }),
    ...Array.from({ length: 5 + dice.below(40) }, () => frame(dice.percent(50) ? '' : 'x', { fin: false, opcode: 0 })),
  ]),
  'invalid UTF-8': inside((say, dice) => [...say, frame(Buffer.from([...Buffer.from('{"t":"'), ...dice.pick(BAD_UTF8)]))]),
  'UTF-8 cut between fragments': inside((say) => [
    ...say,
    frame(Buffer.from([0xe2]), { fin: false }),
    frame(Buffer.from([0x82]), { fin: false, opcode: 0 }),
    frame(Buffer.from([0x28]), { opcode: 0 }),
  ]),
  'a huge length': inside((say, dice) => [
    ...say,
    frame('x', {
      length: dice.pick([65_537n, 1n << 31n, 1n << 32n, 1n << 53n, 1n << 62n, (1n << 63n) + 5n, (1n << 64n) - 1n]),
      lengthBytes: 8,
    }),
  ]),
  'a length in too many bytes': inside((say, dice) => [
    ...say,
    frame('{"t":"ping","at":1}', { lengthBytes: dice.pick([2, 8]) }),
    frame('no json'),
  ]),
  'a length beyond what comes': inside((say) => [...say, frame('{"t":', { length: 60_000n, lengthBytes: 2 })], 'end'),
  'a length short of what comes': inside((say) => [...say, frame('{"t":"ping","at":1}', { length: 3n })]),
  'a close code': inside((say, dice) => [...say, closeFrame(dice.pick(CLOSE_CODES), dice.pick(['', 'bye', 'x'.repeat(123)]))]),
  'a close of one byte': inside((say) => [...say, frame(Buffer.from([3]), { opcode: 8 })]),
  'a close with bad UTF-8': inside((say, dice) => [...say, closeFrame(1000, Buffer.from(dice.pick(BAD_UTF8)))]),
  'words after the close': inside((say) => [...say, closeFrame(1000), frame('{"t":"ping","at":1}'), closeFrame(1001)]),
  'a binary frame': inside((say) => [...say, frame(Buffer.from([1, 2, 3]), { opcode: 2 })]),
  'an empty text': inside((say) => [...say, frame('')]),
  'no json': inside((say, dice) => [...say, frame(dice.pick(['x', '\u0000', '[]', '[[[[', '{"t":"hello"', 'null']))]),
  'a flood of pings, deaf': inside(
    (say) => [...say, Buffer.concat(Array.from({ length: 2_000 }, () => frame(Buffer.alloc(125), { opcode: 9 }))), frame('no json')],
    'deaf',
  ),
  'a flood of pongs': inside((say) => [
    ...say,
    Buffer.concat(Array.from({ length: 500 }, () => frame('x', { opcode: 10 }))),
    frame('no json'),
  ]),
  'bytes at random': inside(
    (say, dice) => [...say, Buffer.from(Array.from({ length: 1 + dice.below(600) }, () => dice.below(256)))],
    'end',
  ),
  'a frame byte by byte': inside((say, _, aim) => [...say, ...[...frame(hello(aim))].map((byte) => Buffer.from([byte])), frame('no json')]),
  'one bit turned': (aim, dice) => {
    const bytes = Buffer.concat([handshake(aim), frame(hello(aim)), frame('{"t":"command","n":1,"low":1,"name":"roll","args":{}}')]);
    const at = dice.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8));
    return { pieces: [bytes], then: dice.pick(['end', 'reset']) };
  },
  'gone in the middle': (aim, dice) => {
    const bytes = Buffer.concat([handshake(aim), frame(hello(aim))]);
    return { pieces: [bytes.subarray(0, dice.below(bytes.length))], then: dice.pick(['end', 'reset']) };
  },
  'gone at once': () => ({ pieces: [], then: 'reset' }),
};

const UPGRADES: Readonly<Record<string, Maker>> = {
  'a wrong version of WebSocket': (aim, dice) =>
    wait(handshake(aim, { 'Sec-WebSocket-Version': dice.pick(['12', '0', 'x', '13, 12', undefined]) })),
  'a wrong key': (aim, dice) => wait(handshake(aim, { 'Sec-WebSocket-Key': dice.pick(['', 'x', 'a'.repeat(400), undefined]) })),
  'another subprotocol': (aim, dice) =>
    wait(handshake(aim, { 'Sec-WebSocket-Protocol': dice.pick([undefined, 'holdfast.v2', ',', 'holdfast.v1,holdfast.v1', 'é']) })),
  'extensions that make no sense': (aim, dice) =>
    wait(
      handshake(aim, {
        'Sec-WebSocket-Extensions': dice.pick(['permessage-deflate; x=y', ';;', 'permessage-deflate; client_max_window_bits="99']),
      }),
      frame('no json'),
    ),
  'a token in the URL': (aim) =>
    wait(Buffer.from(handshake(aim).toString('latin1').replace('/v1/connect', '/v1/connect?token=abc'), 'latin1')),
  'another path': (aim, dice) =>
    wait(
      Buffer.from(
        handshake(aim)
          .toString('latin1')
          .replace('/v1/connect', dice.pick(['/', '/v1/sessions', '/v1/connect/', '//', '*', 'http://x/v1/connect'])),
        'latin1',
      ),
    ),
  'another origin': (aim) => wait(handshake(aim, { Origin: 'https://evil.test' })),
  'an upgrade with a body': (aim) => wait(handshake(aim, { 'Content-Length': '5' }), Buffer.from('hello')),
  'an upgrade by POST': (aim) => wait(Buffer.from(handshake(aim).toString('latin1').replace('GET', 'POST'), 'latin1')),
  'an upgrade to something else': (aim, dice) =>
    wait(handshake(aim, { Upgrade: dice.pick(['h2c', 'websocket, h2c', 'WebSocket\u00e9', '']), Connection: 'Upgrade, close' })),
};

const HTTP: Readonly<Record<string, Maker>> = {
  'a thousand headers': ({ host }, dice) =>
    wait(
      Buffer.from(
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${Array.from({ length: dice.pick([1_000, 5_000]) }, (_, n) => `X-${n}: ${n}\r\n`).join('')}Connection: close\r\n\r\n`,
      ),
    ),
  'a very long header': ({ host }) => wait(Buffer.from(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`)),
  'a very long line': ({ host }) => wait(Buffer.from(`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)),
  'no host': (_aim, dice) =>
    wait(Buffer.from(dice.pick(['GET /healthz HTTP/1.1\r\n\r\n', 'GET /v1/sessions HTTP/1.0\r\n\r\n', 'GET /healthz\r\n\r\n']))),
  'a strange host': (_aim, dice) =>
    wait(
      Buffer.from(
        `GET /v1/sessions HTTP/1.1\r\nHost: ${dice.pick(['', 'a b', 'x/y', '[::1', 'x@y', '%00', 'a:b:c', '\u00e9', 'x:99999'])}\r\nConnection: close\r\n\r\n`,
        'latin1',
      ),
    ),
  'two lengths': ({ host }) =>
    wait(Buffer.from(`POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`)),
  'a length and chunks': ({ host }) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1/admin/sessions HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      ),
    ),
  'a strange encoding': ({ host }, dice) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: ${dice.pick(['chunked, chunked', 'gzip, chunked', 'xchunked', 'chunked\r\nTransfer-Encoding: identity', '\u000bchunked'])}\r\nConnection: close\r\n\r\n0\r\n\r\n`,
        'latin1',
      ),
    ),
  'strange chunks': ({ host, token }, dice) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n${dice.pick(['zz\r\nhi\r\n0\r\n\r\n', '-1\r\n\r\n', 'ffffffffffffffff\r\nx', '1;' + 'e'.repeat(20_000) + '\r\nx\r\n0\r\n\r\n', '2\r\n{}\r\n0\r\nX: y\r\n\r\n', '2\n{}\n0\n\n'])}`,
      ),
    ),
  'folded headers and control characters': ({ host }, dice) =>
    wait(
      Buffer.from(
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n${dice.pick(['X: a\r\n b', ' X: a', 'X : a', 'X\u0000: a', 'X: a\u0000b', 'X: a\rb', ': a', 'X'])}\r\nConnection: close\r\n\r\n`,
        'latin1',
      ),
    ),
  'a strange method': ({ host }, dice) =>
    wait(
      Buffer.from(
        `${dice.pick(['BREW', 'get', 'CONNECT', 'TRACE', 'GET\t', 'PRI', '\u0016\u0003\u0001'])} / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
        'latin1',
      ),
    ),
  'requests in a row': ({ host }, dice) =>
    wait(
      Buffer.from(
        `GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(1 + dice.below(20)) +
          `GET /openapi.json HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
      ),
    ),
  'requests in a row, deaf': ({ host }) => ({
    pieces: [Buffer.from(`GET /openapi.json HTTP/1.1\r\nHost: ${host}\r\n\r\n`.repeat(20))],
    then: 'deaf',
  }),
  'a body that never comes': ({ host, token }) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"type"`,
      ),
    ),
  'a body that is too large': ({ host, token }) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n${'x'.repeat(200_000)}`,
      ),
    ),
  'a body of a length beyond all': ({ host, token }) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 99999999999999999999\r\n\r\nx`,
      ),
    ),
  'half a head': ({ host }, dice) => wait(Buffer.from(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n`.slice(0, 1 + dice.below(40)))),
  'nothing at all': () => wait(),
  'a stream that nobody reads': (aim, dice) => ({ pieces: [streamRequest(aim)], then: dice.pick(['deaf', 'reset', 'end']) }),
  'a stream asked for wrongly': (aim) =>
    wait(
      Buffer.from(
        streamRequest(aim).toString('latin1').replace('"version":1', '"version":7').replace('Connection: keep-alive', 'Connection: close'),
        'latin1',
      ),
    ),
  'frames for a stranger': ({ host, session, token }) =>
    wait(
      Buffer.from(
        `POST /v1/sessions/${session}/frames HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nHoldfast-Connection: 0123456789abcdef01234567\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 22\r\n\r\n[{"t":"ping","at":1.5}]`,
      ),
    ),
  'expecting to go on': ({ host, token }, dice) =>
    wait(
      Buffer.from(
        `POST /v1/sessions HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nExpect: ${dice.pick(['100-continue', '200-ok'])}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`,
      ),
    ),
};

function streamRequest({ host, session, token }: Aim): Buffer {
  const body = JSON.stringify({ t: 'hello', version: 1, session });
  return Buffer.from(
    `POST /v1/sessions/${session}/stream HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

const ATTACKS: readonly (readonly [string, Maker])[] = [
  ...Object.entries(WEB_SOCKET),
  ...Object.entries(UPGRADES),
  ...Object.entries(HTTP),
];
export const ATTACK_NAMES: readonly string[] = ATTACKS.map(([name]) => name);

export function attack(aim: Aim, dice: Dice, name?: string): Attack {
  const [known, make] = name === undefined ? dice.pick(ATTACKS) : (ATTACKS.find(([each]) => each === name) ?? dice.pick(ATTACKS));
  const made = make(aim, dice);
  return { ...made, name: known, pieces: dice.percent(15) ? made.pieces.flatMap((piece) => cut(piece, dice)) : made.pieces };
}

/** The same bytes in smaller pieces. */
function cut(piece: Buffer, dice: Dice): Buffer[] {
  const at = dice.below(piece.length + 1);
  return piece.length < 2 ? [piece] : [piece.subarray(0, at), piece.subarray(at)];
}
