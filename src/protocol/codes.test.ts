import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES } from './codes.ts';

const rows = Object.entries(CODES);
const closing = rows.flatMap(([code, row]) => ('close' in row ? [{ code, close: row.close as number, message: row.message }] : []));

test('WIRE-9: codes are words in lower case, and messages are sentences', () => {
  for (const [code, { message }] of rows) {
    assert.match(code, /^[a-z]+(-[a-z]+)*$/);
    assert.match(message, /^[A-Z].*\.$/, code);
  }
});

test('WIRE-9: every code has an HTTP status that fits what the client should do', () => {
  for (const [code, { http, then }] of rows) {
    assert.ok((http >= 400 && http <= 599) || code === 'left', code);
    assert.equal(http === 401, then === 'sign-in', code);
    if (http === 429) assert.equal(then, 'retry', code);
    if (then === 'retry' || then === 'reconnect') assert.ok([408, 409, 429, 500, 503, 507].includes(http), code);
  }
});

test('WIRE-9: a close code is one that servers may send, and names one code only', () => {
  for (const { code, close } of closing) assert.ok([1000, 1009, 1011, 1012].includes(close) || (close >= 4000 && close <= 4999), code);
  assert.equal(new Set(closing.map(({ close }) => close)).size, closing.length);
});

test('WIRE-9: a message that ends a connection fits into a close frame', () => {
  for (const { code, message } of closing) assert.ok(new TextEncoder().encode(message).length <= 123, code);
});

test('WIRE-9: whoever should reconnect, sign in or reset has met the end of a connection', () => {
  const ending = new Set(closing.map(({ code }) => code));
  for (const [code, { then }] of rows)
    if (then === 'reconnect' || then === 'sign-in' || then === 'reset') assert.ok(ending.has(code), code);
});
