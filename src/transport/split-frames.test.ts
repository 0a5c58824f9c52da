import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitFrames } from './split-frames.ts';

test('CONN-19: an array of frames is cut into the texts of its elements', () => {
  const frames = ['{"t":"ping","at":1}', ' {"t":"command","args":[1,{"a":"],\\"[,"}]} ', '"x,y"', '-1.5e3'];
  assert.deepEqual(splitFrames(` [${frames.join(',')}]\n`), frames);
  assert.deepEqual(splitFrames('[]'), []);
  assert.deepEqual(splitFrames('[ \n ]'), []);
});

test('CONN-19: what is no array is none', () => {
  for (const text of ['', '{}', '"[1]"', '[', ']', '[1', 'null', '{"a":[1]}']) assert.equal(splitFrames(text), undefined, text);
});

test('CONN-19: elements that are not JSON stay one text each, to be refused as frames', () => {
  assert.deepEqual(splitFrames('[{"a":"}],1]'), ['{"a":"}],1']);
  assert.deepEqual(splitFrames('[1,,2]'), ['1', '', '2']);
  assert.deepEqual(splitFrames('[},{]'), ['},{']);
});

test('CONN-19: any JSON comes out as it went in', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), { minLength: 1 }), (values) => {
      const texts = values.map((value) => JSON.stringify(value));
      assert.deepEqual(splitFrames(`[${texts.join(',')}]`), texts);
    }),
  );
});

test('CONN-19: a long text is cut in one pass', () => {
  const frame = JSON.stringify({ text: '\\",['.repeat(20_000) });
  assert.deepEqual(splitFrames(`[${frame},${frame}]`), [frame, frame]);
});
