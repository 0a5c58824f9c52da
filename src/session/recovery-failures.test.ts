import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';

const mira = person('mira');

const fragile = defineSession('fragile', {
  version: 1,
  initial: () => ({ done: 0 }),
  commands: (command) => ({
    fail: command(z.object({}), () => {
      throw new Error('always');
    }),
    refuse: command(z.object({}), (_state, _args, ctx) => ctx.reject('no')),
    work: command(z.object({}), (state) => void (state.done += 1)),
  }),
  limits: { handlerFailures: 5 },
});

async function sending(names: readonly string[], apartMs = 0): Promise<{ harness: SessionHarness; gm: HarnessConnection }> {
  const harness = await new SessionHarness({ definitions: [fragile] }).start();
  const session = await harness.create('fragile');
  const gm = await harness.connect(session, mira);
  for (const [index, name] of names.entries()) {
    harness.send(session, gm, index + 1, name, {});
    await harness.settle();
    harness.clock.advance(apartMs);
  }
  await harness.settle();
  return { harness, gm };
}

const FIVE = ['fail', 'fail', 'fail', 'fail', 'fail'];

test('RECOVERY-13: handlers that keep throwing have their session paused, with the reason for everybody', async () => {
  const { gm } = await sending([...FIVE, 'work']);
  assert.deepEqual(
    gm.rejects.map(({ code }) => code),
    ['handler-failed', 'handler-failed', 'handler-failed', 'handler-failed', 'handler-failed', 'not-active'],
  );
  assert.match(JSON.stringify(gm.live), /"paused".*failed 5 times in a row, at last 'fail'/);
});

test('RECOVERY-13: a handler that works, or that refuses, begins the count anew; so does a minute', async () => {
  for (const [names, apartMs] of [
    [['fail', 'fail', 'fail', 'fail', 'work', 'fail', 'work'], 0],
    [['fail', 'fail', 'fail', 'fail', 'refuse', 'fail', 'work'], 0],
    [[...FIVE, 'work'], 16_000],
  ] as const) {
    const { gm } = await sending(names, apartMs);
    assert.ok(gm.acks.length > 0, names.join(' '));
    assert.equal(
      gm.rejects.some(({ code }) => code === 'not-active'),
      false,
      names.join(' '),
    );
  }
});
