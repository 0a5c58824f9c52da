import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameError, readServerFrame } from './codec.ts';
import { WELL_FORMED } from '../../test/sample-frames.ts';

const read = (frame: unknown) => readServerFrame(typeof frame === 'string' ? frame : JSON.stringify(frame));
const refused = (frame: unknown) => assert.throws(() => read(frame), FrameError, JSON.stringify(frame));

for (const [name, frame] of Object.entries(WELL_FORMED.server)) {
  test(`WIRE-8: ${name} is read as it was sent`, () => {
    assert.deepEqual(read(frame), frame);
  });
}

test('WIRE-8: a frame without a member that it must have, or with one of another kind, is refused', () => {
  const optional = new Set(['missed', 'folded', 'result', 'durability', 'details', 'retryAfterMs']);
  for (const frame of Object.values(WELL_FORMED.server)) {
    if (Array.isArray(frame)) continue;
    for (const member of Object.keys(frame)) {
      if (!optional.has(member) || frame.t === 'welcome') refused({ ...frame, [member]: undefined });
      if (!['details', 'result'].includes(member)) refused({ ...frame, [member]: [{ wrong: true }] });
    }
  }
});

test('WIRE-8: what is no frame is refused', () => {
  for (const text of ['', '{', '1', 'null', '"x"', '{}', '{"t":"hello"}', '{"t":"constructor"}', '{"t":["ack"]}']) refused(text);
});

test('WIRE-8: a live frame begins with a seq and holds items and steps only', () => {
  assert.deepEqual(read('[5]'), [5]);
  assert.deepEqual(read('[5,[0,1],2,["d",3]]'), [5, [0, 1], 2, ['d', 3]]);
  for (const text of ['[]', '[0]', '[-1]', '[1.5]', '["1"]', '[[1]]', '[1,0]', '[1,-1]', '[1,"x"]', '[1,null]', '[1,{}]', '[1,[2],true]'])
    refused(text);
});

test('WIRE-8: a range of missed messages runs forwards', () => {
  const { snapshot } = WELL_FORMED.server;
  for (const missed of [[], [1], [2, 1], [0, 1], [1, 2, 3], ['1', 2]]) refused({ ...snapshot, missed });
});

test('WIRE-8: paths are lists of keys and indexes', () => {
  const { snapshot } = WELL_FORMED.server;
  for (const list of [[1], [[null]], [[-1]], [[['a']]], 'abc']) refused({ ...snapshot, paths: { id: 1, list } });
});

test('WIRE-8: a server of another version is told apart from a broken one', () => {
  assert.throws(() => read({ ...WELL_FORMED.server.welcome, version: 2 }), { name: 'FrameError', code: 'unsupported-version' });
});

test('WIRE-2: reserved keys and endless nesting are refused from a server too', () => {
  refused('{"t":"ack","n":1,"seq":1,"result":{"__proto__":{"admin":true}}}');
  refused('[1,[["tokens"],{"\\u005f_proto__":1}]]');
  refused(`[1,${'['.repeat(100_000)}`);
});

test('WIRE-8: numbers and strings that a handler may have made are taken as they are', () => {
  const ack = { t: 'ack', n: 1, seq: 1, result: [1e300, 2 ** 60, 'half \ud83d'] };
  assert.deepEqual(read(ack), ack);
});

test('WIRE-5: members and codes of a newer server do no harm', () => {
  assert.deepEqual(read({ ...WELL_FORMED.server.pong, jitter: 3 }), WELL_FORMED.server.pong);
  assert.deepEqual(read({ ...WELL_FORMED.server.reject, code: 'too-tired' }), { ...WELL_FORMED.server.reject, code: 'rejected' });
  assert.deepEqual(read({ ...WELL_FORMED.server.error, code: 'toString' }), { ...WELL_FORMED.server.error, code: 'internal' });
});

test('WIRE-7: whatever a server sends, reading it succeeds or throws FrameError', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const member = fc.constantFrom('t', 'n', 'seq', 'code', 'message', 'position', 'paths', 'events', 'meta', 'state', 'reason', 'version');
  const kind = fc.constantFrom('welcome', 'snapshot', 'tail', 'ack', 'reject', 'pong', 'error');
  const frame = fc.oneof(
    fc
      .tuple(fc.constantFrom(...Object.values(WELL_FORMED.server)), member, value)
      .map(([good, name, item]) => (Array.isArray(good) ? [...good, item] : { ...good, [name]: item })),
    fc.tuple(kind, fc.dictionary(member, value)).map(([t, members]) => ({ ...members, t })),
    value,
  );
  fc.assert(
    fc.property(frame, (sent) => {
      try {
        read(JSON.stringify(sent));
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error));
      }
    }),
    { numRuns: 10_000 },
  );
});
