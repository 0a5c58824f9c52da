import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { checkDefinition } from '../definition/check-definition.ts';
import type { GivenBudget } from '../definition/budget.ts';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { VirtualClock } from '../testing/virtual-clock.ts';
import { person, SessionHarness } from '../testing/session-harness.ts';
import { noTotals } from './budget-report.ts';
import { MemoryStore } from '../store/memory-store.ts';

const [mira, ben] = [person('mira'), person('ben')];
/** The clock that handlers of the test let run, as if they took that long. */
let clock: VirtualClock;

function scribble(budget: GivenBudget, more: { readonly tickMs?: number } = {}) {
  return defineSession('scribble', {
    version: 1,
    initial: () => ({ pages: {} as Record<string, string>, ticks: 0 }),
    limits: { budget, maxEventBytes: 1_048_576 },
    policies: { access: 'open' },
    ...(more.tickMs === undefined ? {} : { tick: { everyMs: more.tickMs, run: (state: { ticks: number }) => void (state.ticks += 1) } }),
    commands: (command) => ({
      write: command(z.object({ page: z.string(), size: z.number() }), (state, { page, size }) => {
        state.pages[page] = 'x'.repeat(size);
      }),
      tear: command(z.object({ page: z.string() }), (state, { page }) => {
        delete state.pages[page];
      }),
      toil: command(z.object({ ms: z.number() }), (_state, { ms }) => {
        clock.sleep(ms);
      }),
      fail: command(z.object({}), () => {
        throw new TypeError('always');
      }),
      later: command(z.object({ ms: z.number() }), (_state, { ms }, ctx) => {
        ctx.schedule(ms, 'write', { page: 'timer', size: 1 });
      }),
    }),
  });
}

async function play(budget: GivenBudget, more: { readonly tickMs?: number; readonly store?: MemoryStore } = {}) {
  const { store, ...rest } = more;
  const harness = await new SessionHarness({ definitions: [scribble(budget, rest)], ...(store === undefined ? {} : { store }) }).start();
  clock = harness.clock;
  const session = await harness.create('scribble');
  const gm = await harness.connect(session, mira);
  let n = 0;
  const send = async (name: string, args: Record<string, string | number>): Promise<string> => {
    n += 1;
    harness.send(session, gm, n, name, args);
    await harness.settle();
    return gm.rejects.find((reject) => reject.n === n)?.code ?? (gm.acks.some((ack) => ack.n === n) ? 'ok' : 'unanswered');
  };
  const crossings = (): string[] => harness.events.flatMap((event) => (event.kind === 'budget' ? [`${event.budget} ${event.level}`] : []));
  return { harness, session, gm, send, crossings };
}

/** What is asked of the store while time stands still. */
async function answered<T>(harness: SessionHarness, promise: Promise<T>): Promise<T> {
  await harness.settle();
  return promise;
}

test('BUDGET-1: what a session uses is known, with its limits and how it stands', async () => {
  const { harness, session, send } = await play({ memoryBytes: { soft: 1_000_000 } });
  await send('write', { page: 'a', size: 100_000 });
  await send('toil', { ms: 40 });
  const report = await answered(harness, harness.sessions.budgets.of(session));
  const use = Object.fromEntries((report?.uses ?? []).map((one) => [one.budget, one]));
  assert.equal(report?.health, 'ok');
  assert.equal(use['handlerMs']?.value, 40);
  assert.deepEqual([use['memoryBytes']?.soft, use['memoryBytes']?.onHard, use['memoryBytes']?.level], [1_000_000, 'pause', 'ok']);
  assert.ok((use['memoryBytes']?.value ?? 0) > 200_000, 'the state and the tail');
  assert.ok((use['logBytes']?.value ?? 0) > 100_000);
  assert.equal(use['participants']?.value, 1);
  assert.deepEqual([report?.totals.commands, report?.totals.handlerMs], [2, 40]);
  assert.ok((report?.totals.bytesOut ?? 0) > 100_000);
  assert.equal(harness.sessions.status(session).budget?.health, 'ok');
});

test('BUDGET-2: each crossing of a limit is told once, also after falling below it', async () => {
  const { harness, send, crossings } = await play({ eventsPerS: { soft: 2, hard: null } });
  for (let count = 0; count < 40; count += 1) await send('write', { page: 'a', size: 1 });
  assert.deepEqual(crossings(), ['eventsPerS soft']);
  harness.clock.advance(30_000);
  assert.deepEqual(crossings(), ['eventsPerS soft', 'eventsPerS ok']);
  for (let count = 0; count < 40; count += 1) await send('write', { page: 'a', size: 1 });
  assert.deepEqual(crossings(), ['eventsPerS soft', 'eventsPerS ok', 'eventsPerS soft']);
});

test('BUDGET-3: above a hard limit that throttles, commands are refused with when to come again, and then they are taken', async () => {
  const { harness, session, gm, send, crossings } = await play({
    cpuMsPerS: { soft: 50, hard: 100, onHard: 'throttle' },
    handlerMs: { soft: null },
  });
  assert.equal(await send('toil', { ms: 1_100 }), 'ok');
  assert.equal(await send('write', { page: 'a', size: 1 }), 'rate-limited');
  assert.deepEqual(crossings(), ['cpuMsPerS hard']);
  assert.equal(harness.sessions.budgets.use(session).health, 'throttled');
  const { retryAfterMs } = Object(gm.rejects.at(-1)?.details) as { retryAfterMs: number };
  assert.ok(retryAfterMs > 1_000 && retryAfterMs < 5_000, `${retryAfterMs} ms`);
  harness.clock.advance(retryAfterMs + 100);
  assert.equal(await send('write', { page: 'a', size: 1 }), 'ok');
  assert.equal(harness.sessions.budgets.use(session).health, 'degraded');
  assert.equal((await harness.connect(session, ben)).closed, undefined, 'coming and going is not refused');
});

test('BUDGET-3: a session that is throttled does not slow down another', async () => {
  const { harness, send } = await play({ cpuMsPerS: { soft: null, hard: 100 } });
  const other = await harness.create('scribble');
  const there = await harness.connect(other, mira);
  await send('toil', { ms: 2_000 });
  assert.equal(await send('write', { page: 'a', size: 1 }), 'rate-limited');
  harness.send(other, there, 1, 'write', { page: 'a', size: 1 });
  await harness.settle();
  assert.equal(there.acks.length, 1);
});

test('BUDGET-4: above a hard limit that refuses, commands are refused with over-budget; the host makes room', async () => {
  const { harness, session, send } = await play({ memoryBytes: { soft: null, hard: 2_000_000, onHard: 'refuse' } });
  for (const page of ['a', 'b', 'c', 'd', 'e']) await send('write', { page, size: 700_000 });
  assert.equal(await send('write', { page: 'f', size: 1 }), 'over-budget');
  for (const page of ['a', 'b', 'c', 'd', 'e'])
    await answered(harness, harness.sessions.run(session, { as: 'system', command: 'tear', args: { page } }));
  harness.clock.advance(5_000);
  assert.equal(await send('write', { page: 'f', size: 1 }), 'ok');
});

test('BUDGET-5: above a hard limit that pauses, the session is paused with the reason; it may shrink, and pauses again when it grows', async () => {
  const { harness, session, gm, send } = await play({ memoryBytes: { soft: null, hard: 2_000_000, onHard: 'pause' } });
  for (const page of ['a', 'b', 'c', 'd']) await send('write', { page, size: 700_000 });
  const paused = await answered(harness, harness.sessions.read(session, 'system'));
  const { status, pause } = (paused.ok ? paused.meta : {}) as { status?: string; pause?: { by: string; reason: string } };
  assert.equal(status, 'paused');
  assert.match(JSON.stringify(pause ?? (paused.ok ? paused.meta : {})), /Over its budget: at most 2000000 bytes of memory/);
  assert.equal(await send('write', { page: 'e', size: 1 }), 'not-active');
  const resume = async (): Promise<void> =>
    void (await answered(harness, harness.sessions.run(session, { as: mira, command: '@resume', args: null })));
  await resume();
  assert.equal(await send('tear', { page: 'a' }), 'ok');
  assert.equal(await send('tear', { page: 'b' }), 'ok');
  harness.clock.advance(5_000);
  for (const page of ['a', 'b', 'c', 'd', 'e', 'f']) await send('write', { page, size: 700_000 });
  assert.equal(gm.rejects.at(-1)?.code, 'not-active');
});

test('BUDGET-6: above a hard limit that quarantines, the session leaves memory with nothing lost, and an operator is told why', async () => {
  const { harness, session, gm, send } = await play({ logBytes: { soft: null, hard: 300_000, onHard: 'quarantine' } });
  for (let count = 0; count < 4; count += 1) await send('write', { page: 'a', size: 100_000 + count });
  const { health, quarantine } = harness.sessions.status(session);
  assert.equal(health, 'quarantined');
  assert.equal(quarantine?.kind, 'over-budget');
  assert.match(quarantine?.reason ?? '', /Over its budget: \d+ bytes of log, at most 300000/);
  assert.equal(gm.closed, 'unavailable');
  assert.equal((await harness.connect(session, mira)).closed, 'quarantined');
  const row = await answered(harness, harness.sessions.get(session));
  assert.equal(row?.headSeq, quarantine?.seq, 'nothing is set aside');
  assert.equal(gm.acks.at(-1)?.seq, quarantine?.seq, 'all that was acknowledged is there');
});

test('BUDGET-7: the size of a log is known again after a restart', async () => {
  const store = new MemoryStore();
  const first = await play({}, { store });
  for (let count = 0; count < 5; count += 1) await first.send('write', { page: 'a', size: 50_000 + count });
  const before = await answered(first.harness, first.harness.sessions.budgets.of(first.session));
  const stopping = first.harness.sessions.stop();
  await answered(first.harness, stopping);
  const again = await new SessionHarness({ definitions: [scribble({})], store, seed: 5 }).start();
  await again.connect(first.session, ben);
  const after = await answered(again, again.sessions.budgets.of(first.session));
  const size = (report: typeof before): number => report?.uses.find(({ budget }) => budget === 'logBytes')?.value ?? 0;
  assert.ok(size(before) > 250_000 && size(after) >= size(before), `${size(before)} then ${size(after)}`);
  assert.equal(await answered(again, again.sessions.budgets.of('none' as SessionId)), undefined);
});

test('BUDGET-8: more people than the budget allows are not let in, the audience counted; who takes part comes back', async () => {
  const { harness, session } = await play({ participants: { soft: 1, hard: 3 } });
  const watcher = await harness.connect(session, person('wim'), { role: 'spectator' });
  await harness.connect(session, ben);
  assert.equal((await harness.connect(session, person('eve'))).closed, 'over-budget');
  harness.sessions.detach(session, watcher.id);
  assert.equal((await harness.connect(session, person('wim'))).closed, undefined);
  assert.ok(harness.events.some((event) => event.kind === 'budget' && event.budget === 'participants' && event.level === 'soft'));
});

test('BUDGET-9: timers and ticks of a throttled session wait until it is not', async () => {
  const { harness, session, send } = await play({ cpuMsPerS: { soft: null, hard: 100 } }, { tickMs: 50 });
  await send('later', { ms: 2_000 });
  await send('toil', { ms: 2_000 });
  const ticks = async (): Promise<JSONState> => {
    const read = await answered(harness, harness.sessions.read(session, 'system'));
    return (read.ok ? read.state : {}) as JSONState;
  };
  const before = await ticks();
  harness.clock.advance(2_000);
  const during = await ticks();
  assert.ok(during.ticks - before.ticks <= 1 && during.pages['timer'] === undefined, JSON.stringify(during));
  for (let second = 0; second < 30; second += 1) {
    harness.clock.advance(1_000);
    await harness.settle();
  }
  const after = await ticks();
  assert.ok(after.ticks > during.ticks && after.pages['timer'] === 'x', JSON.stringify(after));
});

type JSONState = { readonly ticks: number; readonly pages: Record<string, string> };

test('BUDGET-10: a faulty budget is refused, each fault with its place; what is not given has its default', () => {
  const faults = checkDefinition(
    scribble({
      memoryBytes: { soft: 10, hard: 5 },
      eventsPerS: { hard: 0 },
      logBytes: { onHard: 'throttle' },
      handlerMs: { hrad: 5 } as never,
      disk: {} as never,
    } as GivenBudget),
  );
  assert.equal(faults.length, 5, faults.join('\n'));
  assert.ok(
    faults.some((fault) => fault.startsWith('scribble.limits.budget.memoryBytes: soft (10) is above hard (5)')),
    faults.join('\n'),
  );
  const { budget } = scribble({ memoryBytes: { soft: 5 } }).limits;
  assert.deepEqual(budget.memoryBytes, { soft: 5, hard: 512 * 1024 * 1024, onHard: 'pause' });
});

test('BUDGET-11: one session that grows and one that throws, among 999: they end up paused with a clear reason, the others go on', async () => {
  const harness = await new SessionHarness({ definitions: [scribble({ memoryBytes: { soft: null, hard: 1_000_000 } })] }).start();
  clock = harness.clock;
  const sessions: SessionId[] = [];
  for (let index = 0; index < 1_001; index += 1) sessions.push(await harness.create('scribble', 'system'));
  const [growing, throwing, ...healthy] = sessions as [SessionId, SessionId, ...SessionId[]];
  const run = (session: SessionId, command: string, args: Record<string, string | number>) =>
    harness.sessions.run(session, { as: ben, command, args });
  const joins = sessions.map((session) => harness.sessions.run(session, { as: ben, command: '@join', args: null }));
  await answered(harness, Promise.all(joins));
  for (let round = 0; round < 110; round += 1) {
    const bad = [run(growing, 'write', { page: `${round}`, size: 30_000 }), run(throwing, 'fail', {})];
    const good = healthy
      .filter((_, index) => index % 11 === round % 11)
      .map((session) => run(session, 'write', { page: `${round}`, size: 1 }));
    await answered(harness, Promise.all(bad));
    const outcomes = await answered(harness, Promise.all(good));
    assert.ok(outcomes.every(({ ok }) => ok));
    harness.clock.advance(10);
  }
  const metaOf = async (session: SessionId): Promise<string> => {
    const read = await answered(harness, harness.sessions.read(session, 'system'));
    return JSON.stringify(read.ok ? read.meta : read);
  };
  assert.match(await metaOf(growing), /"status":"paused".*Over its budget: at most 1000000 bytes of memory/);
  assert.match(await metaOf(throwing), /"status":"paused".*failed 100 times in a row/);
  assert.equal(harness.sessions.counts().awake, 1_001);
  assert.ok(healthy.every((session) => harness.sessions.budgets.use(session).health === 'ok'));
});

test('BUDGET-12: counters say exactly what the load generator’s journal says, and those of sessions add up to those of the server', async () => {
  const { harness, session, gm } = await play({});
  const other = await harness.create('scribble');
  const there = await harness.connect(other, ben);
  const before = harness.sessions.counts();
  const journal = { sent: 0, acked: 0, rejected: 0 };
  const places = [
    { session, connection: gm, n: 0 },
    { session: other, connection: there, n: 0 },
  ];
  for (let index = 0; index < 400; index += 1) {
    const place = places[index % 3 === 0 ? 1 : 0] as (typeof places)[number];
    place.n += 1;
    const name = ['write', 'fail', 'tear', 'nonsense'][(index * 7) % 4] as string;
    harness.send(place.session, place.connection, place.n, name, { page: `${index % 9}`, size: index });
    journal.sent += 1;
    if (index % 16 === 0) await harness.settle();
  }
  await harness.settle();
  for (const { connection } of places) {
    journal.acked += connection.acks.length;
    journal.rejected += connection.rejects.length;
  }
  const after = harness.sessions.counts();
  assert.deepEqual(
    [after.commands - before.commands, after.rejected - before.rejected, after.events - before.events],
    [journal.sent, journal.rejected, journal.acked],
  );
  assert.equal(journal.acked + journal.rejected, journal.sent);
  const reports = await answered(harness, Promise.all([session, other].map((id) => harness.sessions.budgets.of(id))));
  const counts = harness.sessions.budgets.counts();
  for (const total of ['commands', 'events', 'bytesOut', 'bytesIn'] as const)
    assert.equal(
      reports.reduce((sum, report) => sum + (report?.totals[total] ?? 0), 0),
      counts?.totals[total],
      total,
    );
  assert.equal(counts?.totals.commands, journal.sent);
});

test('BUDGET-12: what goes out is counted once for each connection that gets it', async () => {
  const { harness, session, gm, send } = await play({});
  const people = [gm, await harness.connect(session, ben), await harness.connect(session, person('wim'), { role: 'spectator' })];
  harness.clock.advance(20_000);
  const received = (): number => people.flatMap(({ frames }) => frames).reduce((sum, frame) => sum + JSON.stringify(frame).length, 0);
  const sent = (): number => harness.sessions.budgets.counts()?.totals.bytesOut ?? 0;
  const before = [received(), sent()] as const;
  for (let count = 0; count < 20; count += 1) await send('write', { page: 'a', size: count * 10 });
  assert.ok(received() - before[0] > 5_000);
  assert.equal(sent() - before[1], received() - before[0]);
});

test('BUDGET-12: before anything happened nothing is counted; what all sessions hold is the sum of what each does', async () => {
  const harness = await new SessionHarness({ definitions: [scribble({})] }).start();
  const nothing = harness.sessions.budgets.counts();
  assert.deepEqual([nothing?.totals, nothing?.refused, nothing?.memoryBytes], [noTotals(), 0, 0]);
  assert.deepEqual([...new Set(Object.values(noTotals()))], [0]);
  const sessions = [await harness.create('scribble'), await harness.create('scribble')];
  const held = sessions.map(
    (session) => harness.sessions.status(session).budget?.uses.find(({ budget }) => budget === 'memoryBytes')?.value ?? 0,
  );
  assert.ok(held.every((bytes) => bytes > 0));
  assert.equal(
    harness.sessions.budgets.counts()?.memoryBytes,
    held.reduce((sum, bytes) => sum + bytes, 0),
  );
});
