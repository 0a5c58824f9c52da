import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { z } from 'zod';
import { defineSession } from '../../../definition/define-session.ts';
import type { SessionDefinition } from '../../../definition/session-definition.ts';
import type { SessionId } from '../../../protocol/ids.ts';
import type { AppendEntry, AppendResult } from '../../../store/store.ts';
import { Lane } from '../lane.ts';
import { SimulatedSocket } from '../simulated-socket.ts';
import { SimulatedWorld, type Person, type WorldOptions } from '../world.ts';
import { canary, checkAll } from './index.ts';
import { linkedHash } from './one-order.ts';

const MIRA: Person = { name: 'mira', role: 'gm', transport: 'websocket' };
const JON: Person = { name: 'jon', role: 'player', transport: 'websocket' };

/** A table with a drawer that only the GM may look into. */
function tableWith(visibility: Readonly<Record<string, readonly string[]>>): SessionDefinition {
  return defineSession('table', {
    version: 1,
    initial: () => ({ tokens: {}, drawer: {} }) as Record<string, Record<string, string>>,
    visibility: visibility as {},
    messages: { said: z.string() },
    policies: { access: 'open', checkpointMs: 1_000 },
    commands: (command) => ({
      move: command(z.object({ to: z.string() }), (state, { to }, ctx) => {
        (state['tokens'] ??= {})[ctx.participant.id] = to;
        return to;
      }),
      hide: command(
        z.object({ what: z.string() }),
        (state, { what }) => void ((state['drawer'] ??= {})['trap'] = `${canary('gm')} ${what}`),
      ),
      say: command(z.object({ text: z.string() }), (_state, { text }, ctx) => ctx.send('said', text)),
    }),
  });
}

const table = tableWith({ drawer: ['gm'] });

type Lie = (world: SimulatedWorld, session: SessionId) => void;
type Evening = { readonly lie?: Lie; readonly options?: Partial<WorldOptions>; readonly between?: (world: SimulatedWorld) => void };

/** The promises that are found broken when this is played in a world with that lie. */
async function broken({ lie, options, between }: Evening): Promise<Set<number>> {
  const world = new SimulatedWorld({ seed: 3, definition: table, people: [MIRA, JON], ...options });
  await world.start();
  for (const client of world.clients) client.join();
  await world.advance(1_000);
  const [session] = world.sessions;
  const [mira, jon] = world.clients;
  assert.ok(session !== undefined && mira !== undefined && jon !== undefined);
  lie?.(world, session);
  for (let round = 1; round <= 6; round += 1) {
    world.history.add({ kind: 'step', step: round, what: `round ${round}` });
    mira.send('hide', { what: `trap ${round}` });
    mira.send('move', { to: `a${round}` });
    await world.advance(300);
    jon.send('say', { text: `round ${round}` });
    jon.send('move', { to: `b${round}` });
    await world.advance(1_500);
    if (round === 3) between?.(world);
  }
  await world.quiet(60_000);
  await world.end().catch(() => undefined);
  const run = {
    history: world.history.entries,
    definitions: [table],
    durability: options?.durability ?? 'full',
    logs: await world.logs(),
  } as const;
  return new Set(checkAll(run).map(({ promise }) => promise));
}

/** The disk does something else with the n-th append from now on. */
function insteadOfAppend(
  world: SimulatedWorld,
  nth: number,
  lie: (entries: readonly AppendEntry[], honest: () => Promise<readonly AppendResult[]>) => Promise<readonly AppendResult[]>,
): void {
  const { disk } = world;
  const honest = disk.writeEvents.bind(disk);
  let count = 0;
  disk.writeEvents = (server, entries) => {
    if (entries.every(({ events }) => events.length === 0)) return honest(server, entries);
    count += 1;
    return count === nth ? lie(entries, () => honest(server, entries)) : honest(server, entries);
  };
}

/** As if all of it had been written. */
function asWritten(entries: readonly AppendEntry[]): AppendResult[] {
  return entries.map(({ expectedSeq, expectedHash, events }) => ({
    outcome: 'ok',
    seq: expectedSeq + events.length,
    hash: events.reduce((hash, { header, content }) => linkedHash(hash, header, content), expectedHash),
    rev: 1_000_000,
  }));
}

/** What goes down to clients is handled otherwise: `lie` gets each parcel, and sends it on as it likes. */
function insteadOfSending(t: TestContext, lie: (count: number, lane: Lane, send: () => void) => void): void {
  const { send: laneSend } = Lane.prototype;
  const { send, sendShared } = SimulatedSocket.prototype;
  let isDown = false;
  let count = 0;
  const down = <Result>(work: () => Result): Result => {
    isDown = true;
    try {
      return work();
    } finally {
      isDown = false;
    }
  };
  SimulatedSocket.prototype.send = function (...args) {
    return down(() => send.apply(this, args));
  };
  SimulatedSocket.prototype.sendShared = function (...args) {
    return down(() => sendShared.apply(this, args));
  };
  Lane.prototype.send = function (bytes, arrive) {
    if (!isDown) return laneSend.call(this, bytes, arrive);
    count += 1;
    lie(count, this, () => laneSend.call(this, bytes, arrive));
  };
  t.after(() => {
    Object.assign(Lane.prototype, { send: laneSend });
    Object.assign(SimulatedSocket.prototype, { send, sendShared });
  });
}

/** Servers write something else in place of each frame. */
function insteadOfWriting(t: TestContext, lie: (frame: string) => string): void {
  const { send, sendShared } = SimulatedSocket.prototype;
  SimulatedSocket.prototype.send = function (own, shared) {
    const { frames, answers } = own;
    const lied = { ...own, frames: frames.map(lie), ...(answers === undefined ? {} : { answers: answers.map(lie) }) };
    return send.call(this, lied, shared);
  };
  SimulatedSocket.prototype.sendShared = function (frame) {
    return frame.text === lie(frame.text) ? sendShared.call(this, frame) : send.call(this, { frames: [lie(frame.text)] }, undefined);
  };
  t.after(() => Object.assign(SimulatedSocket.prototype, { send, sendShared }));
}

test('CHECK-19: an honest world breaks no promise', async () => {
  assert.deepEqual(await broken({}), new Set());
  assert.deepEqual(await broken({ between: (world) => world.network.cut('jon') }), new Set());
  assert.deepEqual(await broken({ between: (world) => world.servers[0]?.crash() }), new Set());
});

test('CHECK-19: a store that acknowledges an append and forgets it is caught', async () => {
  const found = await broken({ lie: (world) => insteadOfAppend(world, 4, (entries) => Promise.resolve(asWritten(entries))) });
  for (const promise of [1, 2]) assert.ok(found.has(promise), [...found].join());
});

test('CHECK-19: a store that loses what it acknowledged is caught', async () => {
  const found = await broken({ between: (world) => void loseQuietly(world) });
  for (const promise of [1, 3]) assert.ok(found.has(promise), [...found].join());
});

/** The last events are gone, and the disk says nothing of it. */
async function loseQuietly({ disk, sessions, servers }: SimulatedWorld): Promise<void> {
  const [session] = sessions;
  for (const server of servers) server.crash();
  if (session !== undefined) await disk.platter.forgetAfter(session, disk.headOf(session) - 3);
}

test('CHECK-19: a store that writes an append twice is caught', async () => {
  const found = await broken({
    lie: (world) =>
      insteadOfAppend(world, 4, async (entries, honest) => {
        const results = await honest();
        const again = entries.map((entry, index) => {
          const result = results[index];
          return result?.outcome === 'ok' ? { ...entry, expectedSeq: result.seq, expectedHash: result.hash } : entry;
        });
        await world.disk.writeEvents('server-1', again);
        return results;
      }),
  });
  for (const promise of [3, 5]) assert.ok(found.has(promise), [...found].join());
});

test('CHECK-19: a store that answers before it has written is caught', async () => {
  const found = await broken({
    lie: (world) =>
      insteadOfAppend(world, 4, (entries, honest) => {
        world.clock.startTimer(20, () => void honest());
        return Promise.resolve(asWritten(entries));
      }),
  });
  assert.ok(found.has(2), [...found].join());
});

test('CHECK-19: a store that takes what a stale owner writes is caught', async () => {
  const found = await broken({
    lie: (world, session) => {
      const { platter } = world.disk;
      const honest = platter.append.bind(platter);
      platter.append = async (entries) => {
        const row = await platter.store.get(session);
        return honest(entries.map((entry) => ({ ...entry, epoch: row?.epoch ?? entry.epoch })));
      };
    },
    between: (world) => {
      const [session] = world.sessions;
      if (session !== undefined) void world.disk.claim('server-2', session);
    },
  });
  assert.ok(found.has(4), [...found].join());
});

test('CHECK-19: a store that calls refused what it has written deceives nobody: only what is ok is believed', async () => {
  const lie: Lie = (world) =>
    insteadOfAppend(world, 4, async (entries, honest) => {
      await honest();
      return entries.map(() => ({ outcome: 'refused', reason: 'too-large' }));
    });
  assert.deepEqual(await broken({ lie }), new Set());
});

test('CHECK-19: a server that calls refused what it has written is caught', async (t) => {
  insteadOfWriting(t, (frame) =>
    frame.startsWith('{"t":"ack","n":3') ? frame.replace('"ack"', '"reject","code":"rejected","message":""') : frame,
  );
  const found = await broken({});
  assert.ok(found.has(9), [...found].join());
});

test('CHECK-19: a store that reads on over what was spoilt is caught', async () => {
  const found = await broken({
    lie: (world) => {
      const { corruption } = world.disk;
      corruption.read = (store, session, after, upTo) => store.read(session, after, upTo);
    },
    between: (world) => {
      const [session] = world.sessions;
      for (const server of world.servers) server.crash();
      if (session !== undefined) void world.disk.corrupt(session, 3, 'content');
    },
  });
  assert.ok(found.has(10), [...found].join());
});

test('CHECK-19: a network that drops, repeats or swaps frames is caught', async (t) => {
  await t.test('CHECK-19: drops one', async (t) => {
    insteadOfSending(t, (count, _lane, send) => (count === 30 ? undefined : send()));
    assert.ok((await broken({})).has(6));
  });
  await t.test('CHECK-19: repeats one', async (t) => {
    insteadOfSending(t, (count, _lane, send) => {
      send();
      if (count === 30) send();
    });
    assert.ok((await broken({})).has(6));
  });
  await t.test('CHECK-19: swaps two', async (t) => {
    let held: { readonly lane: Lane; readonly send: () => void } | undefined;
    let isDone = false;
    insteadOfSending(t, (count, lane, send) => {
      if (held?.lane === lane) {
        const late = held.send;
        [held, isDone] = [undefined, true];
        send();
        return late();
      }
      if (count < 30 || isDone || held !== undefined) return send();
      held = { lane, send };
    });
    assert.ok((await broken({})).has(6));
  });
});

test('CHECK-19: a server that shows everyone everything is caught', async () => {
  const found = await broken({ options: { definition: tableWith({}) } });
  for (const promise of [8, 12]) assert.ok(found.has(promise), [...found].join());
});

test('CHECK-19: ownership that changes when a clock jumps is caught', async () => {
  const found = await broken({
    between: (world) => {
      const [session] = world.sessions;
      world.jumpClock(3_600_000);
      if (session !== undefined) void world.disk.claim('server-2', session);
    },
  });
  assert.ok(found.has(15), [...found].join());
});

test('CHECK-19: a server that keeps to itself who is gone is caught', async (t) => {
  insteadOfWriting(t, (frame) => (frame.startsWith('{"t":"presence"') ? frame.replaceAll('"disconnected"', '"online"') : frame));
  const found = await broken({ between: (world) => world.clients[1]?.close() });
  assert.ok(found.has(16), [...found].join());
});
