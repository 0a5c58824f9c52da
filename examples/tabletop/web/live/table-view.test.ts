import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusText, type LinkView } from './table-view.ts';

const waiting: LinkView = { kind: 'waiting', why: '' };
const SAID: readonly (readonly [LinkView, number, string])[] = [
  [{ kind: 'live', roundTripMs: 23.6 }, 0, 'Live · 24 ms'],
  [{ kind: 'live', roundTripMs: undefined }, 0, 'Live'],
  [waiting, 0, 'Waiting for the server'],
  [waiting, 1, 'Waiting for the server (1 move kept)'],
  [waiting, 3, 'Waiting for the server (3 moves kept)'],
  [{ kind: 'live', roundTripMs: 23.6, overHttp: true }, 0, 'Live over plain HTTP · 24 ms'],
  [{ kind: 'waiting', why: '', restarting: true }, 0, 'The server is restarting'],
  [{ kind: 'waiting', why: '', restarting: true }, 2, 'The server is restarting (2 moves kept)'],
  [{ kind: 'back' }, 0, 'Back, nothing lost'],
  [{ kind: 'ended' }, 0, 'Ended'],
  [{ kind: 'paused', by: 'Mira', why: 'dinner', at: 1 }, 0, 'Paused by Mira: dinner'],
  [{ kind: 'paused', by: 'the server', why: '', at: undefined }, 0, 'Paused by the server'],
];

for (const [link, kept, text] of SAID) {
  test(`DEMO-3: the status says “${text}”`, () => {
    assert.equal(statusText(link, kept), text);
  });
}
