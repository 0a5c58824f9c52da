import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserClock } from '../../src/client/browser-clock-adapter.ts';
import { Table } from './table.ts';
import { until } from './until.ts';

const NOTE_BYTES = 8_000;
const NOTES = 2_500;
const PER_BURST = 100;

test('RETURN-8: a reader at 1 KB/s costs the server little, delays nobody, and catches up when it reads again', async (t) => {
  const table = await Table.set(t);
  const fast = [await table.join('fast0'), await table.join('fast1'), await table.join('fast2')];
  const coming = table.proxy.nextConnection();
  const slow = await table.join('slow', { clock: browserClock });
  const line = await coming;
  line.change({ bytesPerSecond: 1_000 }, 'toClient');
  const id = table.server.connections.ofIdentity('slow')[0]?.id;
  const echoes: number[] = [];
  for (let sent = 0; sent < NOTES; sent += PER_BURST) {
    const burst = table.note(PER_BURST, NOTE_BYTES);
    const at = performance.now();
    await fast[0]?.session.commands.say({ id: `say ${sent}` });
    echoes.push(performance.now() - at);
    await burst;
  }
  const log = await table.agree(...fast);
  for (const watcher of fast) watcher.checkAgainst(log);
  assert.ok(slow.session.seq < log.seq, 'the slow reader is behind');
  const behind = line.passed('toClient');
  assert.ok(behind < 100_000, `${behind} bytes have reached it`);

  line.change({ bytesPerSecond: Infinity }, 'toClient');
  slow.checkAgainst(await table.agree(slow));
  const [whole, got] = [NOTES * NOTE_BYTES, line.passed('toClient')];
  assert.ok(got < whole / 2, `it was sent ${got} bytes of the ${whole} that were said`);
  const draw = await slow.session.commands.say({ id: 'here again' });
  await until(() => fast.every(({ session }) => session.state.entries.at(-1)?.draw === draw), 'it takes part');
  assert.equal(table.server.connections.ofIdentity('slow')[0]?.id, id);
  assert.equal(slow.session.status.state, 'live');
  echoes.sort((a, b) => a - b);
  const [median, worst] = [echoes[echoes.length >> 1] ?? 0, echoes.at(-1) ?? 0];
  t.diagnostic(
    `${(got / 1e6).toFixed(1)} of ${(whole / 1e6).toFixed(1)} MB were sent to it (buffers of the network included); others heard themselves after ${median.toFixed(0)} ms, at most ${worst.toFixed(0)}`,
  );
});
