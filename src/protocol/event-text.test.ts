import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeContent, decodeHeader, encodeContent, encodeHeader, EventTextError } from './event-text.ts';
import type { EventContent, EventHeader } from './event.ts';
import type { InstanceId, LogId, ParticipantId, Tag } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';

const HEADER: EventHeader = {
  logId: 'log' as LogId,
  epoch: 2,
  seq: 17,
  tag: 'tag' as Tag,
  at: 1_700_000_000_000,
  who: 'ann' as ParticipantId,
  kind: 'command',
  command: 'roll',
  instance: 'tab' as InstanceId,
  number: 3,
  definition: 1,
};
const CONTENT: EventContent = {
  salt: 'salt',
  input: { sides: 20 },
  ops: [['s', ['rolls', 0], 17]],
  meta: [['d', ['name']]],
  internal: [['p', ['timers'], 0, 1]],
  messages: [{ name: 'rolled', payload: null }],
  result: 17,
  seed: 'seed',
  low: 3,
};

describe('events as text', () => {
  it('LOG-7: a header is an array in the documented order and reads back', () => {
    const text = encodeHeader(HEADER);
    assert.equal(text, '[1,"log",2,17,"tag",1700000000000,"ann","command","roll","tab",3,1]');
    assert.deepEqual(decodeHeader(text), HEADER);
    const created: EventHeader = { ...HEADER, who: 'system', kind: 'create', instance: null, number: null };
    assert.deepEqual(decodeHeader(encodeHeader(created)), created);
  });

  it('LOG-7: a content keeps its keys in the documented order, leaves out what is empty, and reads back', () => {
    assert.deepEqual(Object.keys(JSON.parse(encodeContent(CONTENT)) as object), Object.keys(CONTENT));
    assert.deepEqual(decodeContent(encodeContent(CONTENT)), CONTENT);
    assert.equal(encodeContent({ salt: 's', ops: [], meta: [], internal: [], messages: [] }), '{"salt":"s"}');
    assert.equal(encodeContent({ salt: 's', input: null, result: null }), '{"salt":"s","input":null,"result":null}');
  });

  it('LOG-7: who gets a message is kept with it', () => {
    const to = { roles: ['gm'], participants: ['ann', 'ben'] };
    const content = { salt: 's', messages: [{ name: 'said', payload: 1, to }] };
    const text = '{"salt":"s","messages":[{"name":"said","payload":1,"to":{"roles":["gm"],"participants":["ann","ben"]}}]}';
    assert.equal(encodeContent(content), text);
    assert.deepEqual(decodeContent(text), content);
  });

  it('LOG-7: a header of any other form is refused', () => {
    const parts = JSON.parse(encodeHeader(HEADER)) as JsonValue[];
    const wrong: [number, JsonValue][] = [
      [0, 2],
      [1, 5],
      [2, 0],
      [2, 1.5],
      [3, 0],
      [3, '1'],
      [4, ''],
      [5, '1'],
      [6, null],
      [7, 'other'],
      [8, 1],
      [9, 1],
      [10, 0],
      [11, -1],
    ];
    for (const [index, value] of wrong)
      assert.throws(() => decodeHeader(JSON.stringify(parts.with(index, value))), EventTextError, `${index}`);
    for (const text of [
      '',
      'null',
      '{}',
      '[]',
      JSON.stringify(parts.slice(0, -1)),
      JSON.stringify([...parts, 1]),
      `${encodeHeader(HEADER)}x`,
    ]) {
      assert.throws(() => decodeHeader(text), EventTextError, text);
    }
  });

  it('LOG-7: a content of any other form is refused', () => {
    const wrong: JsonObject[] = [
      { salt: 1 },
      { salt: '' },
      { other: 1 },
      { ops: {} },
      { ops: [{}] },
      { ops: [[]] },
      { meta: [[1]] },
      { internal: 'x' },
      { messages: {} },
      { messages: ['x'] },
      { messages: [{ name: 'x' }] },
      { messages: [{ name: 1, payload: 1 }] },
      { messages: [{ name: 'x', payload: 1, to: 1 }] },
      { messages: [{ name: 'x', payload: 1, to: { roles: 'gm' } }] },
      { messages: [{ name: 'x', payload: 1, to: { participants: [1] } }] },
      { messages: [{ name: 'x', payload: 1, to: { everyone: [] } }] },
      { messages: [{ name: 'x', payload: 1, by: 'ann' }] },
      { seed: 1 },
      { low: -1 },
    ];
    for (const part of wrong)
      assert.throws(() => decodeContent(JSON.stringify({ salt: 's', ...part })), EventTextError, JSON.stringify(part));
    for (const text of ['', 'null', '[]', '{}', '{"salt":"s"}}']) assert.throws(() => decodeContent(text), EventTextError, text);
  });

  it('LOG-7: no text makes it fail in another way', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.array(fc.jsonValue()).map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(texts, (text) => {
        for (const decode of [decodeHeader, decodeContent]) {
          try {
            decode(text);
          } catch (error) {
            assert.ok(error instanceof EventTextError);
          }
        }
      }),
    );
  });
});
