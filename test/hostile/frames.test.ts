import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellClient } from './client-fuzz.ts';
import { GM_SECRET, heldBytes, HostileWorld } from './hostile-world.ts';
import { leakIn } from './leaks.ts';
import { textOfUnit, tryText } from './parser-fuzz.ts';
import { emptyTally, Stories } from './session-fuzz.ts';
import { serverTextOfUnit, tryServerText } from './view-fuzz.ts';

const SEED = 20_261_120;

test(`HOSTILE-1: what a client sends is read or refused as an independent reader says, seed ${SEED}`, () => {
  const codes = new Set<string>();
  for (let unit = 0; unit < 20_000; unit += 1) {
    const { text, first } = textOfUnit(SEED, unit);
    const { code, wrong } = tryText(text, first);
    codes.add(code);
    assert.equal(wrong, undefined, `unit ${unit}: ${JSON.stringify(text).slice(0, 500)}`);
  }
  assert.deepEqual([...codes].sort(), ['bad-frame', 'ok', 'too-large', 'unsupported-version']);
});

test(`HOSTILE-2: whatever visitors send, the table plays on, and nothing of it or of the inside is told, seed ${SEED}`, async () => {
  const world = await new HostileWorld(SEED).start();
  const stories = new Stories(world, SEED);
  const tally = emptyTally();
  for (let story = 0; story <= 200; story += 1) await stories.tell(story, tally);
  await world.stop();
  assert.deepEqual(tally.wrong, []);
  for (const code of ['bad-frame', 'unauthenticated', 'banned', 'out-of-order', 'full', 'ended', 'locked', 'not-found'])
    assert.ok((tally.codes.get(`error ${code}`) ?? 0) > 0, `${code} was never provoked`);
  assert.equal(world.clock.timers, 0);
});

test('HOSTILE-2: connections that are refused leave no memory behind', async () => {
  const world = await new HostileWorld(SEED).start();
  const refuse = async (times: number): Promise<void> => {
    for (let time = 0; time < times; time += 1) {
      const peer = world.open();
      const { text } = textOfUnit(SEED, time);
      peer.say(
        time % 2 === 0 ? text : JSON.stringify({ t: 'hello', version: 1, session: world.sessions['open'], token: `nobody-${time}` }),
      );
      if (time % 20 === 19) await world.settle();
      world.forget(peer);
    }
    await world.wait(10_000);
  };
  await refuse(1_000);
  const before = heldBytes();
  await refuse(4_000);
  const grown = heldBytes() - before;
  assert.ok(grown < 1_500_000, `${grown} bytes more are held`);
  assert.equal(world.server.connections.counts().open, 1);
  await world.stop();
});

test(`HOSTILE-3: a client takes a frame of a hostile server whole or not at all, seed ${SEED}`, () => {
  const outcomes = new Set<string>();
  for (let unit = 0; unit < 5_000; unit += 1) {
    const text = serverTextOfUnit(SEED, unit);
    const { outcome, wrong } = tryServerText(text);
    outcomes.add(outcome);
    assert.equal(wrong, undefined, `unit ${unit}: ${JSON.stringify(text).slice(0, 500)}`);
  }
  assert.deepEqual([...outcomes].sort(), ['other', 'refused', 'taken']);
});

test(`HOSTILE-3: whatever its server says, a client neither breaks nor tries again without a pause, seed ${SEED}`, async () => {
  for (let story = 0; story < 60; story += 1) assert.equal(await tellClient(SEED, story), undefined, `story ${story}`);
});

test('HOSTILE-2: what tells of the inside is seen by those who look for it', () => {
  for (const text of [
    'TypeError: Cannot read properties of undefined',
    '{"message":"boom\n    at serve (/app/src/server/http-app.ts:155:9)"}',
    'SQLITE_BUSY: database is locked',
    `state: ${GM_SECRET}`,
    '[object Object]',
  ])
    assert.notEqual(leakIn(text, [GM_SECRET]), undefined, text);
  assert.equal(
    leakIn('{"error":{"code":"not-found","message":"There is no such session, or it is not visible to you."}}', [GM_SECRET]),
    undefined,
  );
});
