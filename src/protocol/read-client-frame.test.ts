import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClientFrame } from './codec.ts';

const hello = { t: 'hello', version: 1, session: 'q83vEjRWeJCrze8SNFZ4kA', token: 'a.b.c' };
const command = { t: 'command', n: 7, low: 5, name: 'moveToken', args: { id: 'marlin', x: 325.5 } };

const first = (frame: object | string) => readClientFrame(typeof frame === 'string' ? frame : JSON.stringify(frame), { first: true });
const later = (frame: object | string) => readClientFrame(typeof frame === 'string' ? frame : JSON.stringify(frame), { first: false });
const codeOf = (read: ReturnType<typeof first>): string => (read.ok ? 'ok' : read.code);

test('WIRE-4: a hello is read with everything that it may say', () => {
  const whole = {
    ...hello,
    role: 'player',
    instance: '4.q83vEjRWeJCrze8S.NFZ4kA12',
    position: { logId: 'q83vEjRWeJCrze8SNFZ4kA', seq: 12, tag: 'q83vEjRWeJA' },
    table: [281474976710655, 0],
    lowest: 3,
    accept: ['deflate'],
  };
  assert.deepEqual(first(hello), { ok: true, frame: hello });
  assert.deepEqual(first(whole), { ok: true, frame: whole });
});

test('WIRE-4: commands and pings are read', () => {
  assert.deepEqual(later(command), { ok: true, frame: command });
  assert.deepEqual(later({ ...command, args: null, basis: 4 }), { ok: true, frame: { ...command, args: null, basis: 4 } });
  assert.deepEqual(later({ t: 'ping', at: 12.25 }), { ok: true, frame: { t: 'ping', at: 12.25 } });
});

test('WIRE-4: the first frame is a hello, and no later one is', () => {
  assert.equal(codeOf(first(command)), 'bad-frame');
  assert.equal(codeOf(first({ t: 'ping', at: 1 })), 'bad-frame');
  assert.equal(codeOf(later(hello)), 'bad-frame');
});

const wrongHello: readonly [string, object][] = [
  ['a session that is no id', { session: '../etc' }],
  ['no session', { session: undefined }],
  ['an empty token', { token: '' }],
  ['a token that is no string', { token: 1 }],
  ['a token of more than 3 KiB', { token: 'x'.repeat(3073) }],
  ['a role of more than 64 characters', { role: 'x'.repeat(65) }],
  ['an instance with a space', { instance: 'a b' }],
  ['an instance of more than 128 characters', { instance: 'x'.repeat(129) }],
  ['a position without tag', { position: { logId: 'a', seq: 1 } }],
  ['a position before the log', { position: { logId: 'a', seq: -1, tag: 'b' } }],
  ['a table without a count', { table: [7] }],
  ['a table that is no pair', { table: [7, 3, 1] }],
  ['a table with a negative count', { table: [7, -1] }],
  ['a table whose id has a fraction', { table: [7.5, 3] }],
  ['a table that is no list', { table: { id: 7, known: 3 } }],
  ['a lowest number of 0', { lowest: 0 }],
  ['encodings that are no list', { accept: 'deflate' }],
  ['a version that is no number', { version: '1' }],
];
for (const [what, change] of wrongHello) {
  test(`WIRE-4: a hello with ${what} is refused`, () => {
    const read = first({ ...hello, ...change });
    assert.ok(!read.ok && (read.code === 'bad-frame' || read.code === 'too-large'));
  });
}

const wrongCommand: readonly [string, object][] = [
  ['number 0', { n: 0, low: 0 }],
  ['a number with a fraction', { n: 7.5 }],
  ['a lowest number above its own', { low: 8 }],
  ['no name', { name: '' }],
  ['a name of more than 64 characters', { name: 'x'.repeat(65) }],
  ['no arguments', { args: undefined }],
  ['a negative basis', { basis: -1 }],
];
for (const [what, change] of wrongCommand) {
  test(`WIRE-4: a command with ${what} is refused`, () => {
    assert.equal(codeOf(later({ ...command, ...change })), 'bad-frame');
  });
}

test('WIRE-4: what is no object, no JSON or of no known kind is refused', () => {
  for (const text of [
    '',
    '[]',
    '1',
    'null',
    '"x"',
    '{',
    '{}',
    '{"t":1}',
    '{"t":"welcome"}',
    '{"t":"constructor"}',
    '{"t":"ping","at":null}',
  ]) {
    assert.equal(codeOf(later(text)), 'bad-frame', text);
    assert.equal(codeOf(first(text)), 'bad-frame', text);
  }
});

test('WIRE-5: a hello of another version is told so, whatever else is in it', () => {
  assert.equal(codeOf(first({ t: 'hello', version: 2 })), 'unsupported-version');
  assert.equal(codeOf(first({ t: 'hello', version: 0, session: 5 })), 'unsupported-version');
});

test('WIRE-5: a hello may say more than this version knows; it is ignored', () => {
  assert.deepEqual(first({ ...hello, compression: 'zstd', accept: ['zstd'] }), { ok: true, frame: hello });
  assert.deepEqual(first({ ...hello, accept: ['zstd', 'deflate'] }), { ok: true, frame: { ...hello, accept: ['deflate'] } });
});

test('WIRE-5: any other frame with an unknown member is refused', () => {
  assert.equal(codeOf(later({ ...command, extra: 1 })), 'bad-frame');
  assert.equal(codeOf(later({ t: 'ping', at: 1, name: 'x' })), 'bad-frame');
});

test('WIRE-6: a key that stands twice in one object is refused', () => {
  assert.equal(codeOf(later('{"t":"ping","at":1,"at":2}')), 'bad-frame');
  assert.equal(codeOf(later('{"t":"command","n":1,"low":1,"name":"a","args":[{"x":1,"x":2}]}')), 'bad-frame');
  assert.equal(codeOf(later('{"t":"command","n":1,"low":1,"name":"a","args":[{"x":1},{"x":2}]}')), 'ok');
});

test('WIRE-1: a first frame has at most 4 KiB, a later one 64 KiB', () => {
  const padded = (bytes: number) => `${JSON.stringify(command)}${' '.repeat(bytes - JSON.stringify(command).length)}`;
  assert.equal(codeOf(first(JSON.stringify(hello) + ' '.repeat(4_096))), 'too-large');
  assert.equal(codeOf(later(padded(65_536))), 'ok');
  assert.equal(codeOf(later(padded(65_537))), 'too-large');
});

test('WIRE-4: a refusal names the member and never repeats what was sent', () => {
  const read = first({ ...hello, token: 5, session: 'secret secret' });
  assert.deepEqual(read, { ok: false, code: 'bad-frame', message: 'hello.session is not an id.' });
});

test('WIRE-1: arguments nest at most 31 levels inside their frame', () => {
  const nested = (levels: number) => `{"t":"command","n":1,"low":1,"name":"a","args":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  assert.equal(codeOf(later(nested(31))), 'ok');
  assert.equal(codeOf(later(nested(32))), 'too-large');
});

test('WIRE-6: a key cannot be mistaken for another one that was sent before', () => {
  later({ ...command, args: { 'y': 1, '\\': 2 } });
  assert.equal(codeOf(later('{"t":"command","n":1,"low":1,"name":"a","args":{"y":1,"\\u0079":2}}')), 'bad-frame');
});
