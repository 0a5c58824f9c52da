import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { heapSizeOf } from './budget-heap-size.ts';

/** Measures in a process of its own, where nothing else moves the heap. */
function measured(script: string): { readonly estimated: number; readonly heap: number } {
  const here = fileURLToPath(new URL('.', import.meta.url));
  const flags = ['--expose-gc', '--conditions=holdfast-source', '--input-type=module'];
  return JSON.parse(execFileSync(process.execPath, [...flags, '--eval', script], { cwd: here, encoding: 'utf8', timeout: 60_000 }));
}

const HEAP = `const heap = () => { gc(); gc(); return process.memoryUsage().heapUsed; };
const id = (i) => (i * 7919 % 100003).toString(36) + '-' + (i * 104729 % 1000003).toString(36);
let made;`;

/** Values as sessions hold them: read from texts. */
const VALUES: Record<string, string> = {
  'tokens by id': `Object.fromEntries(Array.from({ length: 20000 }, (_, i) => ['token-' + id(i), { x: i, y: i * 2, name: 'Token number ' + i, hp: 10.5 }]))`,
  'rolls': `Array.from({ length: 30000 }, (_, i) => ({ by: 'user' + i % 5, n: i % 20 }))`,
  'a document': `Array.from({ length: 5000 }, (_, i) => 'a line of text that stands here '.repeat(3) + i)`,
  'a document in Cyrillic': `Array.from({ length: 5000 }, (_, i) => 'Привет мир '.repeat(5) + i)`,
  'a grid': `Array.from({ length: 300 }, (_, y) => Array.from({ length: 300 }, (_, x) => (x * y) % 7))`,
  'floats': `Array.from({ length: 100000 }, (_, i) => i * 1.5)`,
  'records of three kinds': `Array.from({ length: 30000 }, (_, i) => [{ kind: 'move', x: i }, { kind: 'say', text: 'hello everybody ' + i, by: 'ada' }, { kind: 'to', at: { x: 1.5, y: i } }][i % 3])`,
  'scores by person': `Object.fromEntries(Array.from({ length: 40000 }, (_, i) => ['person-' + id(i), i]))`,
};

for (const [what, value] of Object.entries(VALUES)) {
  test(`BUDGET-7: the heap of ${what} is estimated within a fifth`, () => {
    const { estimated, heap } = measured(`${HEAP}
      import { heapSizeOf } from './budget-heap-size.ts';
      heapSizeOf({ warm: [1, 'up'] });
      const text = (() => JSON.stringify(${value}))();
      const before = heap();
      made = JSON.parse(text);
      const after = heap();
      console.log(JSON.stringify({ heap: after - before, estimated: heapSizeOf(made) }));`);
    assert.ok(Math.abs(estimated / heap - 1) < 0.2, `${Math.round(estimated)} estimated, ${heap} in the heap`);
  });
}

test('BUDGET-7: what a large session holds is estimated within a fifth of what the heap says, as it grows by commands and as it shrinks', () => {
  const { estimated, heap } = measured(`${HEAP}
    import { z } from 'zod';
    import { defineSession } from '../definition/define-session.ts';
    import { person, SessionHarness } from '../testing/session-harness.ts';
    const board = defineSession('board', {
      version: 1,
      initial: () => ({ tokens: {}, log: [] }),
      limits: { maxEventBytes: 1_048_576 },
      commands: (command) => ({
        add: command(z.object({ from: z.number(), count: z.number() }), (state, { from, count }) => {
          for (let i = from; i < from + count; i += 1) {
            state.tokens['token-' + id(i)] = { x: i, y: 2 * i, label: 'Goblin number ' + i, conditions: ['prone'], hp: 7 };
            state.log.push({ at: i, text: 'Goblin number ' + i + ' comes in' });
          }
        }),
        clear: command(z.object({}), (state) => void state.log.splice(0, 8_000)),
      }),
    });
    const harness = await new SessionHarness({ definitions: [board], seed: 3 }).start();
    const use = () => harness.sessions.budgets.use(session).memoryBytes;
    const play = async (session, command, args) => {
      const run = harness.sessions.run(session, { as: 'system', command, args });
      await harness.settle();
      const outcome = await run;
      if (!outcome.ok) throw new Error(outcome.message);
      harness.deliveries.length = 0;
      harness.events.length = 0;
    };
    // What belongs to no session is there before, and the store keeps the log: it is measured with one, and then without it.
    const other = await harness.create('board');
    await play(other, 'add', { from: 0, count: 10 });
    const session = await harness.create('board');
    const before = heap();
    for (let from = 0; from < 24_000; from += 200) await play(session, 'add', { from, count: 200 });
    await play(session, 'clear', {});
    const report = harness.sessions.budgets.of(session);
    await harness.settle();
    const estimated = (await report).uses.find(({ budget }) => budget === 'memoryBytes').value;
    const all = heap();
    let stored = 0;
    for (const { header, content } of (await harness.store.read(session, 0, 1e6)).events) stored += header.length + content.length;
    for (const { seq } of await harness.store.snapshots(session)) stored += (await harness.store.readSnapshot(session, seq)).data.length;
    // The store in memory holds each event's texts, of which the session holds the newest ones itself.
    console.log(JSON.stringify({ heap: all - before - stored, estimated }));
  `);
  assert.ok(heap > 5_000_000, String(heap));
  assert.ok(Math.abs(estimated / heap - 1) < 0.2, `${Math.round(estimated)} estimated, ${heap} in the heap`);
});

test('BUDGET-7: what a session holds that was read from a snapshot is estimated as well', () => {
  const { estimated, heap } = measured(`${HEAP}
    import { heapSizeOf } from './budget-heap-size.ts';
    import { SessionMemory } from './budget-memory.ts';
    import { emptyTree } from './tree.ts';
    const text = (() => JSON.stringify({ tokens: ${VALUES['tokens by id'] ?? ''} }))();
    heapSizeOf({ warm: [1, 'up'] });
    const tree = emptyTree();
    const memory = new SessionMemory(tree, () => 0, false);
    const before = heap();
    tree.state = JSON.parse(text);
    const after = heap();
    memory.wrote([['s', ['tokens', 'one'], { x: 1 }]], Infinity);
    console.log(JSON.stringify({ heap: after - before, estimated: memory.bytes }));`);
  assert.ok(Math.abs(estimated / heap - 1) < 0.2, `${Math.round(estimated)} estimated, ${heap} in the heap`);
});

test('BUDGET-7: looking at a state takes a bounded number of steps, however large it is', () => {
  let looks = 0;
  const counted = (length: number): object =>
    new Proxy(
      Array.from({ length }, () => 1),
      {
        get: (target, key, receiver) => {
          if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
          return Reflect.get(target, key, receiver);
        },
      },
    );
  const size = heapSizeOf(counted(1_000_000) as never);
  assert.ok(looks <= 300, `${looks} elements looked at`);
  assert.ok(size > 7_900_000 && size < 8_100_000);
});
