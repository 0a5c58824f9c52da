import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readClientFrame } from './codec.ts';

function read(own: object) {
  return readClientFrame(JSON.stringify({ t: 'presence', ...own }), { first: false });
}

test('PRESENCE-5: what a client may say of its person is read as it was said', () => {
  for (const own of [
    { idle: true },
    { activity: null, data: null },
    { activity: { name: 'acting on turn 2' }, data: { x: 1, y: [2] } },
    { activity: { name: 'typing', ttlMs: 30_000 }, data: 'x'.repeat(1_000) },
  ])
    assert.deepEqual(read(own), { ok: true, frame: { t: 'presence', ...own } });
});

test('PRESENCE-5: what is too large, lasts too long or is of another form is refused', () => {
  for (const [own, code] of [
    [{ data: 'x'.repeat(1_023) }, 'too-large'],
    [{ data: 'é'.repeat(600) }, 'too-large'],
    [{ idle: 'yes' }, 'bad-frame'],
    [{ activity: 'typing' }, 'bad-frame'],
    [{ activity: { name: 'x'.repeat(33) } }, 'bad-frame'],
    [{ activity: { name: '<b>' } }, 'bad-frame'],
    [{ activity: { name: 'typing', ttlMs: 30_001 } }, 'bad-frame'],
    [{ activity: { name: 'typing', ttlMs: 0 } }, 'bad-frame'],
    [{ activity: { name: 'typing', of: 1 } }, 'bad-frame'],
    [{ status: 'online' }, 'bad-frame'],
  ] as const) {
    const answer = read(own);
    assert.equal(answer.ok ? 'read' : answer.code, code, JSON.stringify(own).slice(0, 60));
  }
});
