import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../../definition/define-session.ts';
import type { SessionDefinition } from '../../definition/session-definition.ts';
import { tinyTabletop } from '../tiny-tabletop.ts';
import { CRASH_POINTS, FAULT_KINDS, type HistoryEntry } from './history.ts';
import { roughRun } from './rough-run.ts';
import { SimulatedWorld, type Person, type WorldOptions } from './world.ts';

const MIRA: Person = { name: 'mira', role: 'gm', transport: 'websocket' };
const ANN: Person = { name: 'ann', role: 'player', transport: 'sse' };
const BO: Person = { name: 'bo', role: 'player', transport: 'websocket' };

type Of<Kind extends HistoryEntry['kind']> = HistoryEntry extends infer Entry
  ? Entry extends { readonly kind: infer Kinds }
    ? Kind extends Kinds
      ? Entry
      : never
    : never
  : never;

/** Entries of one kind, with their places. */
function entriesOf<Kind extends HistoryEntry['kind']>(world: SimulatedWorld, kind: Kind): (Of<Kind> & { readonly index: number })[] {
  const isOfKind = (entry: HistoryEntry): entry is Of<Kind> => entry.kind === kind;
  return world.history.entries.flatMap((entry, index) => (isOfKind(entry) ? [{ ...entry, index }] : []));
}

/** What becomes of a server next. */
function changeAfter(world: SimulatedWorld, index: number): string | undefined {
  return entriesOf(world, 'server').find((entry) => entry.index > index)?.change;
}

/** Names the first line in which two histories differ: all of them would be too much to read. */
function assertSame(one: SimulatedWorld, other: SimulatedWorld, seed: number): void {
  const [lines, others] = [one.history.text().split('\n'), other.history.text().split('\n')];
  const place = lines.findIndex((line, index) => line !== others[index]);
  assert.equal(lines[place], others[place], `seed ${seed}, line ${place}`);
  assert.equal(lines.length, others.length);
}

/** A world in which these people are at the table. */
async function seated(people: readonly Person[] = [MIRA, ANN, BO], options: Partial<WorldOptions> = {}): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed: 7, definition: tinyTabletop, people, ...options });
  await world.start();
  for (const client of world.clients) client.join();
  await world.advance(1_000);
  return world;
}

function part<Item>(items: readonly Item[], index: number): Item {
  const item = items[index];
  assert.ok(item !== undefined, `there is a ${index + 1}th`);
  return item;
}

function rollsOf(world: SimulatedWorld, who = 0): unknown[] {
  return part(world.clients, who).session?.state['rolls'] as unknown[];
}

describe('a simulated world', () => {
  it('SIM-9: two runs of one seed give the same history, byte for byte, whatever goes wrong in them', async () => {
    let entries = 0;
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const durability = seed % 2 === 0 ? 'normal' : 'full';
      const [one, other] = [await roughRun(seed, { durability }), await roughRun(seed, { durability })];
      entries += one.world.history.entries.length;
      assertSame(one.world, other.world, seed);
      assert.deepEqual(one.restless, []);
    }
    assert.ok(entries > 3_000);
  });

  it('SIM-10: everything that can go wrong does', async () => {
    // These two are a schedule's own doing.
    const missing = new Set<string>(FAULT_KINDS.filter((fault) => fault !== 'deploy' && fault !== 'flood'));
    for (let seed = 1; seed <= 60 && missing.size > 0; seed += 1) {
      const { world } = await roughRun(seed, { durability: seed % 2 === 0 ? 'normal' : 'full' });
      for (const { fault } of entriesOf(world, 'fault')) missing.delete(fault);
    }
    assert.deepEqual([...missing], []);
  });

  it('SIM-11: hours pass without any real time, and nothing is left at the end', async () => {
    const before = process.getActiveResourcesInfo().length;
    const world = await seated();
    await world.advance(3 * 3_600_000);
    assert.ok(part(world.clients, 0).session?.status.state === 'live');
    await world.end();
    assert.equal(world.waiting, 0);
    assert.ok(process.getActiveResourcesInfo().length <= before);
  });
});

describe('a simulated server', () => {
  it('SIM-12: of a server that crashed nothing takes effect any more', async () => {
    const world = await seated();
    const [first, second] = [part(world.servers, 0), part(world.servers, 1)];
    const old = first.process;
    for (const client of world.clients) client.send('roll', {});
    await world.advance(12);
    first.crash();
    const { index } = entriesOf(world, 'server').findLast(({ change }) => change === 'crashed') ?? { index: -1 };
    const written = entriesOf(world, 'written').length;
    await world.advance(10_000);
    const after = world.history.entries.slice(index + 1);
    assert.ok(
      after.some(({ kind }) => kind === 'closed'),
      'its clients hear of it',
    );
    assert.ok(!after.some((entry) => entry.kind === 'sent' && entry.to === 'client'));
    assert.ok(entriesOf(world, 'written').length <= written + 3, 'what was being written may be');
    assert.ok(old?.isGone);
    second.start();
    assert.ok(await world.quiet(300_000));
    assert.equal(rollsOf(world).length, 3, 'each command ran once');
    await world.end();
  });

  it('SIM-13: one that stood still while another took its sessions over is refused by the disk and lets go of them', async () => {
    const world = await seated();
    const [first, second] = [part(world.servers, 0), part(world.servers, 1)];
    for (const client of world.clients) client.send('roll', {});
    // The commands have arrived, and are not written yet.
    while (!entriesOf(world, 'received').some((entry) => entry.to === 'server' && entry.text.includes('"roll"'))) await world.advance(0.1);
    first.freeze();
    const written = entriesOf(world, 'written').length;
    second.start();
    await world.advance(60_000);
    assert.equal(entriesOf(world, 'written').find(({ index }) => index >= written)?.server, 'server-1');
    assert.deepEqual(
      entriesOf(world, 'claimed').map(({ server }) => server),
      ['server-2'],
    );
    const taken = part(entriesOf(world, 'claimed'), 0).index;
    first.thaw();
    await world.advance(5_000);
    const later = entriesOf(world, 'written').filter(({ index }) => index > taken);
    assert.ok(later.length > 0 && later.every(({ server }) => server === 'server-2'));
    assert.ok(entriesOf(world, 'log').some(({ server, message }) => server === 'server-1' && message.includes('"fenced"')));
    assert.ok(entriesOf(world, 'fault').some(({ fault }) => fault === 'two owners'));
    assert.ok(await world.quiet(300_000));
    assert.equal(rollsOf(world).length, 3, 'each command ran once');
    await world.end();
  });

  it('SIM-14: a server can be ended exactly at each of its points, and each of them is come to', async () => {
    const missed: string[] = [];
    for (const point of CRASH_POINTS) {
      const world = await wholeLife((begun) => begun.servers.forEach((server) => server.crashAt(point)));
      const reached = entriesOf(world, 'crash-point');
      assert.ok(reached.every((entry) => entry.point === point));
      for (const { index } of reached) assert.deepEqual(changeAfter(world, index), 'crashed');
      if (reached.length === 0) missed.push(point);
    }
    assert.deepEqual(missed, []);
  });
});

describe('a world that comes to rest', () => {
  it('SIM-21: runs what was deployed last, also where only a server of before is still up', async () => {
    const world = new SimulatedWorld({ seed: 3, definition: counter(1), people: [MIRA] });
    await world.start();
    const mira = part(world.clients, 0);
    mira.join();
    await world.advance(1_000);
    world.deploy([counter(2)]);
    part(world.servers, 1).start();
    await world.advance(1_000);
    world.network.cut('mira');
    await world.advance(5_000);
    assert.equal(mira.session?.state['count'], 100, 'the new one has migrated it');
    part(world.servers, 1).crash();
    await world.advance(1_000);
    assert.ok(await world.quiet(300_000), world.restless.join());
    assert.equal(mira.session?.status.state, 'live');
    await world.end();
  });
});

describe('a simulated disk', () => {
  it('SIM-15: a power cut takes nothing that was acknowledged at durability full, and the last of it at normal', async () => {
    let lost = 0;
    for (const durability of ['full', 'normal'] as const) {
      for (let seed = 1; seed <= 10; seed += 1) {
        const world = await seated([MIRA], { seed, durability });
        part(world.clients, 0).send('roll', {});
        await world.advance(500);
        const { ok } = part(entriesOf(world, 'answered'), 0);
        await world.disk.powerCut();
        const gone = entriesOf(world, 'lost').length;
        if (durability === 'full') assert.deepEqual([ok, gone], [true, 0]);
        else lost += gone;
        assert.ok(await world.quiet(300_000));
        await world.end();
      }
    }
    assert.ok(lost > 0);
  });

  it('SIM-15: what is being written at full when the power is cut is written or not, and never lost again', async () => {
    const heads = new Set<number>();
    for (let ms = 0; ms < 40; ms += 1) {
      const world = await seated([MIRA], { seed: 10 });
      const session = part(world.sessions, 0);
      const head = world.disk.headOf(session);
      part(world.clients, 0).send('roll', {});
      await world.advance(ms);
      await world.disk.powerCut();
      heads.add(world.disk.headOf(session) - head);
      assert.deepEqual(entriesOf(world, 'lost'), []);
      assert.equal(entriesOf(world, 'written').at(-1)?.seq, world.disk.headOf(session));
    }
    assert.deepEqual(heads, new Set([0, 1]));
  });

  it('SIM-16: a spot that went bad is found by whoever reads it, whichever part of the event it is in', async () => {
    for (const part_ of ['content', 'header', 'hash'] as const) {
      const world = await seated([MIRA]);
      const session = part(world.sessions, 0);
      assert.equal(await world.disk.corrupt(session, 2, part_), true);
      const { events, damage } = await world.disk.read(session, 0, 99);
      assert.deepEqual([events.length, damage?.seq], [1, 2]);
      assert.equal(await world.disk.corrupt(session, 99, part_), false);
      await world.end();
    }
  });

  it('SIM-16: a log that goes backwards is said at the next start, and what is written next follows on what is left', async () => {
    const world = await seated([MIRA]);
    const session = part(world.sessions, 0);
    for (let roll = 0; roll < 5; roll += 1) part(world.clients, 0).send('roll', {});
    await world.advance(1_000);
    const head = world.disk.headOf(session);
    assert.equal(await world.disk.loseTail(session, 2), 2);
    assert.equal(world.disk.headOf(session), head - 2);
    assert.ok(await world.quiet(300_000));
    assert.ok(entriesOf(world, 'log').some(({ message }) => message.includes('shorter than it was')));
    const { damage } = await world.disk.read(session, 0, 99);
    assert.equal(damage, undefined);
    assert.equal(rollsOf(world).length, 3);
    await world.end();
  });
});

describe('a simulated network', () => {
  it('SIM-17: requests that arrive twice or out of order change nothing that anybody can see', async () => {
    const world = await seated([MIRA, ANN]);
    world.network.duplicate('ann', 3);
    world.network.reorder('ann', 2);
    for (let roll = 0; roll < 8; roll += 1) {
      part(world.clients, 1).send('roll', {});
      await world.advance(roll % 3 === 0 ? 200 : 1);
    }
    assert.ok(await world.quiet(300_000));
    const faults = entriesOf(world, 'fault').map(({ fault }) => fault);
    assert.deepEqual([faults.includes('duplicate'), faults.includes('reorder')], [true, true]);
    assert.equal(rollsOf(world).length, 8);
    await world.end();
  });

  it('SIM-17: nobody is told of a half-open connection: each end finds out by itself', async () => {
    const world = await seated([MIRA, ANN]);
    world.network.halfOpen('mira');
    world.network.halfOpen('ann');
    await world.advance(5_000);
    assert.deepEqual(
      world.clients.map(({ session }) => session?.status.state),
      ['live', 'live'],
    );
    await world.advance(60_000);
    assert.ok(await world.quiet(300_000));
    assert.equal(entriesOf(world, 'closed').length, 2);
    await world.end();
  });
});

describe('a simulated client', () => {
  it('SIM-18: a reloaded page goes on as the one before, with what it had not been told yet', async () => {
    const world = await seated();
    const bo = part(world.clients, 2);
    bo.send('roll', {});
    bo.reload();
    await world.advance(2_000);
    assert.equal(bo.page.name, 'bo#2');
    assert.ok(await world.quiet(300_000));
    assert.equal(rollsOf(world, 2).length, 1);
    await world.end();
  });

  it('SIM-18: on a device that sleeps nothing happens until it wakes', async () => {
    const world = await seated();
    const { index } = part(entriesOf(world, 'status').slice(-1), 0);
    part(world.clients, 0).sleep(50_000);
    part(world.clients, 1).send('roll', {});
    await world.advance(49_000);
    const asleep = world.history.entries.slice(index + 1);
    assert.ok(!asleep.some((entry) => entry.kind === 'changed' && entry.client === 'mira'));
    assert.ok(await world.quiet(300_000));
    assert.equal(rollsOf(world, 0).length, 1);
    await world.end();
  });
});

const quick = { abandonAfterMs: 60_000, graceMs: 1_000, warnBeforeMs: 0, completedAfterMs: 1_000, deleteAfterMs: 1_000 };
const counter = (version: number): SessionDefinition =>
  defineSession('counter', {
    version,
    initial: () => ({ count: 0 }),
    policies: { access: 'open', cleanup: quick },
    migrate: (state) => {
      state['count'] = Number(state['count']) + 100;
    },
    commands: (command) => ({ add: command(z.object({}), (state) => void (state.count += 1)) }),
  });

/** A session from its creation to its deletion, served by whoever is up, with a deploy and a stop in order on its way. */
async function wholeLife(begin: (world: SimulatedWorld) => void): Promise<SimulatedWorld> {
  const world = new SimulatedWorld({ seed: 3, definition: counter(1), people: [MIRA, ANN, BO] });
  begin(world);
  await world.start();
  for (const client of world.clients) client.join();
  for (let round = 0; round < 24; round += 1) {
    if (round === 8) world.deploy([counter(2)]);
    if (round === 13) world.create();
    if (round === 14) for (const client of world.clients) client.leave();
    if (round === 5 || round === 16) for (const client of world.clients) client.join(world.sessions.length - 1);
    if (round % 4 === 3) world.servers.find(({ state }) => state === 'up')?.stop();
    for (const client of world.clients) client.send('add', {});
    await world.advance(round > 14 ? 40_000 : 3_000);
    if (world.servers.every(({ state }) => state === 'down')) part(world.servers, round % 2).start();
    await world.advance(500);
  }
  assert.ok(await world.quiet(300_000), world.restless.join());
  await world.end();
  return world;
}
