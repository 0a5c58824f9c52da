import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readClientFrame, WIRE_LIMITS } from './codec.ts';

/** A JSON text with what there is to know of it, told apart from how the reader finds it out. */
type Written = { readonly text: string; readonly fair: boolean; readonly depth: number };

const RESERVED = ['__proto__', 'constructor', 'prototype'];
const units = fc.constantFrom('a', ' ', 'é', '€', '😀', '\ud83d', '\ude00', '"', '\\', '\n', '\u0000', ':', ',', '{', ']', '_');
const words = fc.oneof(
  { weight: 6, arbitrary: fc.string({ unit: units, maxLength: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(...RESERVED, 'x') },
);
const keys = fc.oneof(words, fc.constantFrom('x', 'y'));
const space = fc.constantFrom('', '', '', ' ', '\n\t');

/** Some characters as \u escapes, which mean the same. */
function writeString(text: string, escaped: boolean): string {
  if (!escaped) return JSON.stringify(text);
  return `"${[...Array(text.length).keys()].map((at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
}

/** A key that is not reserved and stands as it is, without escapes. */
function isFairKey(key: string, escaped: boolean): boolean {
  return !RESERVED.includes(key) && !writeString(key, escaped).includes('\\');
}

const string = fc
  .tuple(words, fc.boolean())
  .map(([text, escaped]): Written => ({ text: writeString(text, escaped), fair: text.isWellFormed(), depth: 0 }));
const number = fc
  .oneof(
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom('1e999', '-1e400', '9007199254740993', '1E2', '-0'),
  )
  .map((value): Written => ({ text: String(value), fair: Math.abs(Number(value)) <= Number.MAX_SAFE_INTEGER, depth: 0 }));
const word = fc.constantFrom('true', 'false', 'null').map((text): Written => ({ text, fair: true, depth: 0 }));

const { value } = fc.letrec<{ value: Written; array: Written; object: Written }>((tie) => ({
  value: fc.oneof({ maxDepth: 5, depthSize: 'small' }, number, string, word, tie('array'), tie('object')),
  array: fc.tuple(fc.array(tie('value'), { maxLength: 4 }), space).map(([items, gap]): Written => ({
    text: `[${gap}${items.map((item) => item.text).join(`${gap},`)}]`,
    fair: items.every((item) => item.fair),
    depth: 1 + Math.max(0, ...items.map((item) => item.depth)),
  })),
  object: fc.tuple(fc.array(fc.tuple(keys, fc.boolean(), tie('value')), { maxLength: 4 }), space).map(([members, gap]): Written => {
    const distinct = new Set(members.map(([key]) => key));
    return {
      text: `{${members.map(([key, escaped, item]) => `${gap}${writeString(key, escaped)}${gap}:${item.text}`).join(',')}}`,
      fair: members.every(([key, escaped, item]) => item.fair && isFairKey(key, escaped)) && distinct.size === members.length,
      depth: 1 + Math.max(0, ...members.map(([, , item]) => item.depth)),
    };
  }),
}));

const PIECES = [
  ' ',
  '\ud83d',
  '{"t":"ping","at":',
  '{"t":"hello","version":1,',
  ...'{ } [ ] " : , \\ \\u d83d 0 9 - e . é true null "t" "ping" "at" "__proto__" "t":"ping" "at":1 "session":"a"'.split(' '),
];

const commandWith = (args: string): string => `{"t":"command","n":2,"low":1,"name":"add","args":${args}}`;

test('WIRE-7: a command is read exactly when its arguments are sound JSON, and then as JSON.parse reads it', () => {
  fc.assert(
    fc.property(value, (written) => {
      const text = commandWith(written.text);
      const read = readClientFrame(text, { first: false });
      assert.equal(read.ok, written.fair && written.depth < WIRE_LIMITS.command.depth, text);
      if (read.ok) assert.deepEqual(read.frame, JSON.parse(text));
    }),
    { numRuns: 20_000 },
  );
});

test('WIRE-7: no text makes the reader throw, and what it reads is JSON', () => {
  const piece = fc.constantFrom(...PIECES);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, first) => {
      const text = pieces.join('');
      const read = readClientFrame(text, { first });
      if (read.ok) assert.equal((JSON.parse(text) as { t: string }).t, read.frame.t);
    }),
    { numRuns: 100_000 },
  );
});

test('WIRE-7: a good frame with one character changed never makes the reader throw', () => {
  const good = [
    commandWith('{"id":"marlin","x":325.5,"list":[1,-2e3,"\\ud83d\\ude00"]}'),
    '{"t":"hello","version":1,"session":"q83vEjRWeJCrze8SNFZ4kA","token":"a.b","position":{"logId":"a","seq":3,"tag":"b"},"accept":["deflate"]}',
  ];
  for (const text of good) {
    for (let at = 0; at < text.length; at += 1) {
      for (const unit of ['', '"', '{', '}', '[', ':', ',', '\\', '0', 'e', '-', ' ', '\u0000', '\ud83d']) {
        const changed = text.slice(0, at) + unit + text.slice(at + 1);
        const read = readClientFrame(changed, { first: text.includes('hello') });
        if (read.ok) assert.doesNotThrow(() => JSON.parse(changed));
      }
    }
  }
});
