import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OpenSocket } from 'holdfast/client';
import type { ProxiedConnection } from 'holdfast/testing';
import { Overheard } from '../live-server/overheard.ts';
import { Table } from './table.ts';
import { until } from './until.ts';
import type { Watcher } from './watcher.ts';

/** Joins, and gives the line that the join came over. */
async function joinBy(table: Table, name: string) {
  const coming = table.proxy.nextConnection();
  const watcher = await table.join(name);
  return { watcher, line: await coming };
}

function live({ session }: Watcher): Promise<void> {
  return until(
    () => session.status.state === 'live',
    'it is back',
    () => session.status,
  );
}

test('RETURN-11: leaving and being lost are told apart at both ends', async (t) => {
  const table = await Table.set(t, { policies: { reconnectWindowMs: 300 } });
  const ends: string[] = [];
  table.server.connections.observe(({ kind, connection }) => ends.push(`${kind} ${connection.identity?.id}`));
  const stays = await table.join('stays');
  const leaver = await table.join('leaver');
  const { watcher: dropper, line } = await joinBy(table, 'dropper');

  const inFlight = leaver.session.commands.say({ id: 'last words' });
  await leaver.session.leave();
  await inFlight;
  const { status } = leaver.session;
  assert.ok(status.state === 'closed' && status.reason.code === 'left');
  table.proxy.refusing = true;
  line.cut();
  await until(() => dropper.session.status.state === 'waiting', 'the loss is noticed');
  await until(() => stays.attendance.length === 4, 'the window ends');
  table.proxy.refusing = false;
  await live(dropper);
  await until(() => stays.attendance.length === 5, 'the return is heard of');

  assert.deepEqual(stays.attendance, ['joined leaver', 'joined dropper', 'left leaver', 'lost dropper', 'returned dropper']);
  const log = await table.agree(stays, dropper);
  stays.checkAgainst(log);
  dropper.checkAgainst(log);
  const entries = log.state['entries'] as { id: string }[];
  assert.deepEqual(
    entries.map(({ id }) => id),
    ['last words'],
  );
  const ofTwo = ends.filter((end) => /^(left|lost|expired) /.test(end));
  assert.deepEqual(ofTwo, ['left leaver', 'lost dropper', 'expired dropper']);
});

test('RETURN-11: a return within the window is seen by nobody, however often', async (t) => {
  const table = await Table.set(t);
  const stays = await table.join('stays');
  const { watcher: dropper, line: first } = await joinBy(table, 'dropper');
  const ids = (): unknown[] => table.server.connections.ofIdentity('dropper').map(({ id }) => id);
  const before = ids();
  let line = first;
  for (let times = 1; times <= 5; times += 1) {
    line = await cutAndReturn(table, dropper, line);
    await dropper.session.commands.say({ id: `back ${times}` });
  }
  const log = await table.agree(stays, dropper);
  dropper.checkAgainst(log);
  assert.deepEqual([stays.attendance, ids()], [['joined dropper'], before]);
});

/** Reconnect tokens that came, oldest first. */
function tokensOf({ network }: Watcher): string[] {
  return network.received.flatMap((text) => {
    const frame = JSON.parse(text) as { reconnect?: string };
    return frame.reconnect ?? [];
  });
}

/** Loses its line and comes back; gives the new line. */
async function cutAndReturn(table: Table, watcher: Watcher, line: ProxiedConnection): Promise<ProxiedConnection> {
  const tokens = tokensOf(watcher).length;
  line.cut();
  await until(() => tokensOf(watcher).length > tokens, 'the token is another');
  await live(watcher);
  // Not the first that came after: a try may have been given up for another.
  const newLine = table.proxy.connections.at(-1);
  assert.ok(newLine !== undefined && newLine !== line);
  return newLine;
}

/** A client that presents a reconnect token which is not its own. */
function thief(token: string, network: Overheard): OpenSocket {
  return (url, protocol, events) => {
    const socket = network.open(url, protocol, events);
    let first = true;
    const send = (text: string): void => {
      const frame = JSON.parse(text) as { t: string };
      socket.send(frame.t === 'hello' && first ? JSON.stringify({ ...frame, reconnect: token }) : text);
      first = false;
    };
    return { ...socket, send };
  };
}

test('RETURN-12: an older reconnect token that is used again ends the connection that it belongs to, and no other', async (t) => {
  const table = await Table.set(t);
  const { watcher: victim, line } = await joinBy(table, 'victim');
  const otherTab = await table.join('victim');
  const other = await table.join('other');
  const lastLine = await cutAndReturn(table, victim, await cutAndReturn(table, victim, line));
  const [stolen = ''] = tokensOf(victim);
  const family = stolen.split('.')[0];
  const { connections } = table.server;
  const before = connections.all().map(({ id }) => String(id));
  assert.ok(family !== undefined && before.includes(family));

  // On its way when the connection ends.
  lastLine.change({ stalled: true }, 'toServer');
  const unanswered = victim.session.commands.say({ id: 'done once' });

  const network = new Overheard();
  let used = false;
  const open: OpenSocket = (url, protocol, events) => {
    if (used) return network.open(url, protocol, events);
    used = true;
    return thief(stolen, network)(url, protocol, events);
  };
  const late = await table.join('victim', { webSocket: open }, network);
  await until(() => !connections.all().some(({ id }) => String(id) === family), 'the family ends');
  const draw = await unanswered;
  await live(victim);
  await victim.session.commands.say({ id: 'as another connection' });
  const log = await table.agree(victim, otherTab, other, late);
  victim.checkAgainst(log);
  const { entries } = victim.session.state;
  assert.deepEqual(
    entries.map(({ id }) => id),
    ['done once', 'as another connection'],
  );
  assert.equal(entries[0]?.draw, draw);
  const after = connections.all().map(({ id }) => String(id));
  assert.deepEqual(
    before.filter((id) => !after.includes(id)),
    [family],
  );
  assert.equal(table.log.filter(({ fields }) => fields['kind'] === 'token-reused').length, 1);
  assert.deepEqual(other.attendance, []);
  assert.equal(otherTab.tails, 1);
  // Whose credential is another's cannot use the token at all: it is a newcomer.
  await table.join('stranger', { webSocket: thief(tokensOf(victim).at(-1) ?? '', network) }, network);
  await victim.session.commands.say({ id: 'not disturbed' });
  assert.deepEqual(connections.ofIdentity('stranger').length, 1);
});
