import assert from 'node:assert/strict';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { HelloFrame } from '../../src/protocol/frames.ts';
import type { Tag } from '../../src/protocol/ids.ts';
import { overEach } from './carriers.ts';
import { Ear } from './ear.ts';
import { meetConnections } from './line.ts';
import { Table } from './table.ts';
import { until } from './until.ts';
import type { Watcher } from './watcher.ts';

/** Cuts everyone off until the result is called. */
async function cutOff(table: Table, ...watchers: readonly Watcher[]): Promise<() => void> {
  table.refusing = true;
  table.cut();
  for (const { session } of watchers) await until(() => session.status.state === 'waiting', 'the loss is noticed');
  return () => {
    table.refusing = false;
  };
}

function live({ session }: Watcher): Promise<void> {
  return until(
    () => session.status.state === 'live',
    'back again',
    () => session.status,
  );
}

test(
  'RETURN-1: who was cut off before anything came joins as if nothing had been',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    await table.say(3);
    // Within the answer to the upgrade or the request, within the welcome, within the snapshot.
    for (const [index, byte] of [1, 100, 250, 600, 1_000].entries()) {
      const line = await table.layLine();
      const cut = new Promise<void>((resolve) =>
        meetConnections(line, (connection, number) => {
          if (number > 0) return;
          connection.change({ cutAtByte: byte }, 'toClient');
          void connection.closed.then(resolve);
        }),
      );
      const joining = table.join(`early${index}`, { line });
      await cut;
      const watcher = await joining;
      await watcher.session.commands.say({ id: 'first words' });
      const log = await table.agree(watcher);
      watcher.checkAgainst(log);
      assert.deepEqual(watcher.complaints, []);
    }
  }),
);

test(
  'RETURN-1: who stands at seq 0 of the log gets all of it',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    await table.say(20);
    const read = await table.server.sessions.read(table.id, 'system');
    assert.ok(read.ok);
    const position = { logId: read.position.logId, seq: 0, tag: '0' as Tag };
    const sameSight = await table.join('zero');
    const table0: [number, number] = [sameSight.pathTable, 0];
    const fromNothing = (hello: HelloFrame): HelloFrame => (hello.position === undefined ? { ...hello, position, table: table0 } : hello);
    const watcher = await table.join('zero', { ear: new Ear(fromNothing) });
    const log = await table.agree(watcher);
    assert.deepEqual(watcher.snapshots, []);
    watcher.checkAgainst(log);
  }),
);

test(
  'RETURN-1: who stood at the head goes on there',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const watcher = await table.join('head');
    await watcher.session.commands.say({ id: 'a' });
    const shown = watcher.session.state;
    (await cutOff(table, watcher))();
    await live(watcher);
    assert.equal(watcher.session.state, shown);
    assert.deepEqual(watcher.snapshots, ['joined']);
    watcher.checkAgainst(await table.agree(watcher));
  }),
);

test(
  'RETURN-1: who missed what memory still holds gets exactly that',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const [watcher, other] = [await table.join('a'), await table.join('b')];
    const goOn = await cutOff(table, watcher, other);
    await table.say(20);
    const kept = watcher.session.commands.say({ id: 'said while away' });
    goOn();
    await kept;
    const log = await table.agree(watcher, other);
    for (const each of [watcher, other]) {
      each.checkAgainst(log);
      assert.deepEqual([each.snapshots, each.missed, each.heard.length], [['joined'], [], 21]);
    }
  }),
);

for (const [missed, how, snapshots] of [
  [1_500, 'from the log, with every message', ['joined']],
  [5_000, 'as a snapshot, with the messages declared missed', ['joined', 'cheaper']],
] as const) {
  test(
    `RETURN-1: who missed ${missed} events, more than memory holds, gets them ${how}`,
    overEach(async (t, carrier) => {
      const table = await Table.set(t, carrier);
      const watcher = await table.join('a');
      await table.say(50);
      await table.agree(watcher);
      const goOn = await cutOff(table, watcher);
      await table.say(5);
      await table.note(missed);
      goOn();
      await live(watcher);
      await watcher.session.commands.say({ id: 'after' });
      watcher.checkAgainst(await table.agree(watcher));
      assert.deepEqual(watcher.snapshots, snapshots);
      assert.equal(watcher.missed.length, snapshots.length - 1);
    }),
  );
}

test(
  'RETURN-1: a restart of the server, with or without events on either side of it, is like any other loss',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const [watcher, other] = [await table.join('a'), await table.join('b')];
    const before = table.server.connections.ofIdentity('a').map(({ id }) => id);
    for (const missed of [0, 10]) {
      const goOn = await cutOff(table, watcher, other);
      await table.say(missed);
      await table.stop();
      const kept = [watcher, other].map(({ session }) => session.commands.say({ id: 'said while it was down' }));
      await table.start();
      await table.say(missed);
      goOn();
      await Promise.all(kept);
      const log = await table.agree(watcher, other);
      for (const each of [watcher, other]) each.checkAgainst(log);
    }
    assert.deepEqual(
      table.server.connections.ofIdentity('a').map(({ id }) => id),
      before,
    );
    assert.deepEqual([watcher.snapshots, other.snapshots], [['joined'], ['joined']]);
    assert.deepEqual(watcher.attendance, ['joined b']);
  }),
);

for (const [after, where] of [
  [0, 'shorter than what it saw'],
  [25, 'longer than what it saw, but another'],
] as const) {
  test(
    `RETURN-2: a client that is ahead of a restored log, ${where}, is reported and begins anew`,
    overEach(async (t, carrier) => {
      const table = await Table.set(t, carrier);
      const watcher = await table.join('a');
      await watcher.session.commands.say({ id: 'kept' });
      await table.stop();
      const copy = join(table.dir, '..', 'copy');
      await cp(table.dir, copy, { recursive: true });
      await table.start();
      await watcher.session.commands.say({ id: 'lost with the disk' });
      await table.say(5);
      await table.agree(watcher);
      const goOn = await cutOff(table, watcher);
      await table.stop();
      await rm(table.dir, { recursive: true });
      await cp(copy, table.dir, { recursive: true });
      await table.start();
      await table.say(after);
      goOn();
      await live(watcher);
      await table.agree(watcher);
      const reported = table.log.filter(({ fields }) => fields['kind'] === 'log-regression');
      assert.deepEqual(
        reported.map(({ level, fields }) => [level, fields['participant']]),
        [['error', 'a']],
      );
      assert.equal(watcher.snapshots.at(-1), 'regression');
      assert.ok(!watcher.session.state.entries.some(({ id }) => id === 'lost with the disk'));
      const draw = await watcher.session.commands.say({ id: 'goes on' });
      await table.agree(watcher);
      assert.equal(watcher.session.state.entries.at(-1)?.draw, draw);
    }),
  );
}

test(
  'RETURN-2: a client of another log of the same session begins anew',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const watcher = await table.join('a');
    await watcher.session.commands.say({ id: 'in the first log' });
    const goOn = await cutOff(table, watcher);
    await table.stop();
    await rm(table.dir, { recursive: true });
    await table.start();
    const created = await table.server.sessions.create({ type: 'board', by: 'system', access: 'open', session: table.id });
    assert.ok(created.ok);
    await table.say(12);
    goOn();
    await live(watcher);
    await watcher.session.commands.say({ id: 'in the second log' });
    await table.agree(watcher);
    assert.equal(watcher.session.state.entries.length, 13);
  }),
);

for (const [before, after] of [
  ['all', 'gm'],
  ['gm', 'all'],
] as const) {
  test(
    `RETURN-3: what the next version of a definition shows to ${after} instead of ${before} is shown so, at the latest by the next check`,
    overEach(async (t, carrier) => {
      const table = await Table.set(t, carrier, { policies: { notesFor: before } });
      const watcher = await table.join('a');
      await watcher.session.commands.note({ key: 'k', text: 'one' });
      await table.agree(watcher);
      await table.stop();
      await table.start({ notesFor: after });
      await watcher.session.commands.note({ key: 'k', text: 'two' });
      await table.agree(watcher);
      assert.equal('notes' in watcher.session.state, after === 'all');
    }),
  );
}

test(
  'RETURN-15: across a change of sight nothing is continued: there or away, a client goes on from a snapshot of what it may see now',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier, { policies: { notesFor: 'gm' } });
    const [watcher, other] = [await table.join('a'), await table.join('b')];
    await table.say(3);
    await table.note(3);
    await table.agree(watcher, other);
    await table.giveRole('a', 'gm');
    await table.agree(watcher, other);
    assert.deepEqual([watcher.session.self.role, 'notes' in watcher.session.state], ['gm', true]);

    watcher.line.refusing = true;
    watcher.line.cut();
    await until(() => watcher.session.status.state === 'waiting', 'the loss is noticed');
    await table.say(4);
    await table.giveRole('a', 'player');
    await other.session.commands.note({ key: 'secret', text: 'not for players' });
    await table.say(2);
    const kept = watcher.session.commands.say({ id: 'said while away' });
    watcher.line.refusing = false;
    const draw = await kept;
    const log = await table.agree(watcher, other);
    for (const each of [watcher, other]) each.checkAgainst(log);
    assert.equal(watcher.session.state.entries.at(-1)?.draw, draw);
    assert.deepEqual([watcher.session.self.role, 'notes' in watcher.session.state], ['player', false]);
    assert.deepEqual([watcher.snapshots, other.snapshots], [['joined', 'sight-changed', 'sight-changed'], ['joined']]);
    assert.ok(!watcher.ear.received.some((text) => text.includes('not for players')));
  }),
);
