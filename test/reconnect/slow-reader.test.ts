import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserClock } from '../../src/client/browser-clock-adapter.ts';
import { overEach } from './carriers.ts';
import { passedBy } from './line.ts';
import { Table } from './table.ts';
import { until } from './until.ts';
import type { Watcher } from './watcher.ts';

const NOTE_BYTES = 8_000;
const NOTES = 2_500;
const PER_BURST = 100;

/** Joins over a line that lets 1 KB a second through from then on. */
async function joinSlowly(table: Table, name: string): Promise<Watcher> {
  const watcher = await table.join(name, { clock: browserClock });
  watcher.line.change({ bytesPerSecond: 1_000 }, 'toClient');
  return watcher;
}

test(
  'RETURN-8: a reader at 1 KB/s costs the server little, delays nobody, and catches up when it reads again or comes back',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const fast = [await table.join('fast0'), await table.join('fast1'), await table.join('fast2')];
    const slow = await joinSlowly(table, 'slow');
    const slower = await joinSlowly(table, 'slower');
    const id = table.server.connections.ofIdentity('slow')[0]?.id;
    const echoes: number[] = [];
    for (let sent = 0; sent < NOTES; sent += PER_BURST) {
      const burst = table.note(PER_BURST, NOTE_BYTES);
      const at = performance.now();
      await fast[0]?.session.commands.say({ id: `say ${sent}` });
      echoes.push(performance.now() - at);
      await burst;
    }
    const own = slow.session.commands.say({ id: 'from the slow one' });
    await until(
      () => fast.every(({ session }) => session.state.entries.at(-1)?.id === 'from the slow one'),
      'what it says is heard at once',
    );
    const log = await table.agree(...fast);
    for (const watcher of fast) watcher.checkAgainst(log);
    assert.ok(slow.session.seq < log.seq, 'the slow reader is behind');
    const behind = passedBy(slow.line, 'toClient');
    assert.ok(behind < 100_000, `${behind} bytes have reached it`);

    slow.line.change({ bytesPerSecond: Infinity }, 'toClient');
    slower.line.change({ bytesPerSecond: Infinity }, 'toClient');
    slower.line.reset();
    const draw = await own;
    const caughtUp = await table.agree(slow, slower);
    slow.checkAgainst(caughtUp);
    slower.checkAgainst(caughtUp);
    assert.equal(slow.session.state.entries.at(-1)?.draw, draw);
    const [whole, got] = [NOTES * NOTE_BYTES, passedBy(slow.line, 'toClient')];
    assert.ok(got < whole / 2, `it was sent ${got} bytes of the ${whole} that were said`);
    const last = await slow.session.commands.say({ id: 'here again' });
    await until(() => fast.every(({ session }) => session.state.entries.at(-1)?.draw === last), 'it takes part');
    assert.equal(table.server.connections.ofIdentity('slow')[0]?.id, id);
    assert.equal(slow.session.status.state, 'live');
    echoes.sort((a, b) => a - b);
    const [median, worst] = [echoes[echoes.length >> 1] ?? 0, echoes.at(-1) ?? 0];
    t.diagnostic(
      `${(got / 1e6).toFixed(1)} of ${(whole / 1e6).toFixed(1)} MB were sent to it (buffers of the network included); others heard themselves after ${median.toFixed(0)} ms, at most ${worst.toFixed(0)}`,
    );
  }),
);
