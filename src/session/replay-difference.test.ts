import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventContent, EventHeader, StoredMessage } from '../protocol/event.ts';
import type { Seq, Tag } from '../protocol/ids.ts';
import type { Rerun } from './reexecution.ts';
import { differencesIn } from './replay-difference.ts';
import { NO_EFFECT } from './run-command.ts';

const header = { command: 'say', seq: 2 as Seq, tag: 't' as Tag } as EventHeader;

/** What is said to be different between the messages of then and those of now. */
function between(then: readonly string[], now: readonly string[]): readonly [string | undefined, string | undefined][] {
  const messages = (texts: readonly string[]): StoredMessage[] => texts.map((payload) => ({ name: 'said', payload }));
  const effect = { ...NO_EFFECT, messages: messages(now) };
  const outcome: Rerun = { kind: 'made', facts: { who: 'system', kind: 'command', command: 'say', at: 1, effect }, report: [] };
  const content: EventContent = { salt: '', messages: messages(then) };
  const payloadOf = (text: string | undefined) => (text === undefined ? undefined : (JSON.parse(text) as { payload: string }).payload);
  return differencesIn(outcome, { header, content, part: 'all' }).map((found) => [payloadOf(found.then), payloadOf(found.now)]);
}

test('MIGRATE-7: of lists that differ only what is between their like ends is said', () => {
  assert.deepEqual(between(['a', 'b'], ['a', 'b']), []);
  assert.deepEqual(between(['a', 'b', 'c'], ['a', 'x', 'c']), [['b', 'x']]);
  assert.deepEqual(between(['a', 'c'], ['a', 'b', 'c']), [[undefined, 'b']]);
  assert.deepEqual(between(['a', 'b', 'c'], ['c']), [
    ['a', undefined],
    ['b', undefined],
  ]);
});

test('MIGRATE-7: once more the same is different, too', () => {
  assert.deepEqual(between(['a'], ['a', 'a']), [[undefined, 'a']]);
  assert.deepEqual(between(['a', 'a', 'b'], ['a', 'b']), [['a', undefined]]);
});
