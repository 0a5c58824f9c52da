import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import type { MissedMessagesPage, MissedRange } from './missed-messages.ts';
import { TAIL_MOST } from './tail-most.ts';

const [mira, jon, ann] = [person('mira'), person('jon'), person('ann')];

const chat = defineSession('chat', {
  version: 1,
  initial: () => ({}),
  messages: { said: z.string() },
  policies: { access: 'open' },
  limits: { snapshotEveryEvents: 100_000 },
  commands: (command) => ({
    say: command(z.object({ text: z.string(), to: z.string().optional(), roles: z.array(z.string()).optional() }), (_state, args, ctx) =>
      ctx.send('said', args.text, args.to ? { to: { participants: args.to } } : args.roles ? { to: { roles: args.roles as 'gm'[] } } : {}),
    ),
    storm: command(z.object({ count: z.number() }), (_state, { count }, ctx) => {
      for (let n = 0; n < count; n += 1) ctx.send('said', `drop ${n}`);
    }),
  }),
});

async function table() {
  const harness = await new SessionHarness({ definitions: [chat] }).start();
  const session = await harness.create('chat', mira);
  for (const each of [mira, jon]) await harness.connect(session, each);
  const run = async (command: string, args: object): Promise<void> => {
    const running = harness.sessions.run(session, { as: 'system', command, args: args as never });
    await harness.settle();
    assert.ok((await running).ok, command);
  };
  return { harness, session, run };
}

async function page(harness: SessionHarness, session: SessionId, who: string, range: MissedRange): Promise<MissedMessagesPage> {
  const asking = harness.sessions.missed(session, who as ParticipantId, range);
  await harness.settle();
  const found = await asking;
  assert.ok(found.ok, JSON.stringify(found));
  return found;
}

const texts = ({ messages }: MissedMessagesPage): unknown[] => messages.filter(({ name }) => name === 'said').map(({ payload }) => payload);

test('VIEW-24: each gets the messages of a range that were for them, and no others', async () => {
  const { harness, session, run } = await table();
  await run('say', { text: 'to all' });
  await run('say', { text: 'to Jon', to: 'jon' });
  await run('say', { text: 'to the GM', roles: ['gm'] });
  assert.deepEqual(texts(await page(harness, session, 'jon', { from: 1 })), ['to all', 'to Jon']);
  const [to, upTo] = [(await page(harness, session, 'mira', { from: 1 })).to, harness.sessions];
  assert.deepEqual(texts(await page(harness, session, 'mira', { from: to, to })), ['to the GM']);
  assert.deepEqual(texts(await page(harness, session, 'mira', { from: to + 1 })), []);
  const stranger = upTo.missed(session, 'eve' as ParticipantId, { from: 1 });
  await harness.settle();
  assert.deepEqual(await stranger.then((found) => !found.ok && found.code), 'not-found');
});

test('VIEW-24: what was sent before someone came, before their role changed or while they were gone is not shown', async () => {
  const { harness, session, run } = await table();
  await run('say', { text: 'before Ann' });
  await harness.connect(session, ann);
  await run('say', { text: 'for the GM', roles: ['gm'] });
  await run('@role', { participant: 'ann', role: 'gm' });
  await run('say', { text: 'since then', roles: ['gm'] });
  assert.deepEqual(texts(await page(harness, session, 'ann', { from: 1 })), ['since then']);
  await run('@kick', { participant: 'jon' });
  await run('say', { text: 'while Jon was out' });
  await harness.connect(session, jon);
  await run('say', { text: 'Jon is back' });
  assert.deepEqual(texts(await page(harness, session, 'jon', { from: 1 })), ['Jon is back']);
});

test('VIEW-24: a long range comes in pages, each message once, and none older than a tail may be', async () => {
  const { harness, session, run } = await table();
  for (let n = 0; n < 30; n += 1) await run('storm', { count: 60 });
  const all: unknown[] = [];
  let pages = 0;
  for (let from: number | undefined = 1; from !== undefined; pages += 1) {
    const found: MissedMessagesPage = await page(harness, session, 'jon', { from });
    assert.ok(found.messages.length < 600, `${found.messages.length} on one page`);
    all.push(...texts(found));
    from = found.next;
  }
  assert.equal(all.length, 30 * 60);
  assert.ok(pages > 2, `${pages} pages`);
  for (let n = 0; n < TAIL_MOST; n += 1) await run('say', { text: `line ${n}` });
  const first = await page(harness, session, 'jon', { from: 1 });
  assert.deepEqual([texts(first)[0], texts(first).length < 1_025], ['line 0', true]);
});

test('VIEW-24: nothing is shown before it is durable', async () => {
  const { harness, session } = await table();
  const before = harness.sessions.missed(session, 'jon' as ParticipantId, { from: 1 });
  void harness.sessions.run(session, { as: 'system', command: 'say', args: { text: 'now' } });
  const after = harness.sessions.missed(session, 'jon' as ParticipantId, { from: 1 });
  await harness.settle();
  const [early, late] = await Promise.all([before, after]);
  assert.ok(early.ok && late.ok);
  assert.deepEqual([texts(early), texts(late)], [[], ['now']]);
});
