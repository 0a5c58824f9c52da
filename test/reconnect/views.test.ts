import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overEach } from './carriers.ts';
import { Table } from './table.ts';
import { until } from './until.ts';

test(
  'RETURN-6: a value that is corrupted in a client is noticed with the next check, told to the operator and healed',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const [watcher, other] = [await table.join('a'), await table.join('b')];
    await table.say(10);
    await table.agree(watcher, other);
    const corrupted = watcher.session.state.entries[4];
    assert.ok(corrupted !== undefined);
    Object.assign(corrupted, { draw: -1 });
    await table.say(1);
    await until(() => watcher.snapshots.length === 2, 'a fresh snapshot comes');
    const log = await table.agree(watcher, other);
    assert.deepEqual([watcher.snapshots, other.snapshots], [['joined', 'diverged'], ['joined']]);
    const told = table.log.filter(({ fields }) => fields['kind'] === 'view-diverged');
    assert.deepEqual(
      told.map(({ level, fields }) => [level, fields['participant'], fields['seq']]),
      [['error', 'a', log.seq]],
    );
    assert.deepEqual([watcher.complaints.length, other.complaints.length], [1, 0]);
    await table.say(3);
    await table.agree(watcher, other);
    assert.equal(watcher.snapshots.length, 2);
  }),
);

test(
  'RETURN-7: whoever joins at any seq is shown what the replay up to it gives',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const host = await table.join('host');
    for (let round = 0; round < 25; round += 1) {
      if (round % 3 === 0) await table.say(round);
      else if (round % 3 === 1) await table.note(round * 10);
      else await host.session.commands.draw({ card: `card ${round}` });
      // In the middle of a burst as well as after it.
      const burst = table.say(round % 2);
      const joiner = await table.join(`joiner${round}`);
      await burst;
      const replay = await table.agree(joiner);
      const { entries, notes } = joiner.session.state;
      assert.deepEqual({ entries, notes }, { entries: replay.state['entries'], notes: replay.state['notes'] });
      joiner.checkAgainst(replay);
      assert.deepEqual(joiner.complaints, []);
    }
    host.checkAgainst(await table.agree(host));
  }),
);
