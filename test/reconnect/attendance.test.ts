import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId } from '../../src/protocol/ids.ts';
import { overEach } from './carriers.ts';
import { Ear } from './ear.ts';
import { Table } from './table.ts';
import { until } from './until.ts';
import type { Watcher } from './watcher.ts';

function live({ session }: Watcher): Promise<void> {
  return until(
    () => session.status.state === 'live',
    'it is back',
    () => session.status,
  );
}

test(
  'RETURN-11: leaving and being lost are told apart at both ends',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier, { policies: { reconnectWindowMs: 300 } });
    const ends: string[] = [];
    table.server.connections.observe(({ kind, connection }) => ends.push(`${kind} ${connection.identity?.id}`));
    const stays = await table.join('stays');
    const leaver = await table.join('leaver');
    const dropper = await table.join('dropper');

    const inFlight = leaver.session.commands.say({ id: 'last words' });
    await leaver.session.leave();
    await inFlight;
    const { status } = leaver.session;
    assert.ok(status.state === 'closed' && status.reason.code === 'left');
    dropper.line.refusing = true;
    dropper.line.cut();
    await until(() => dropper.session.status.state === 'waiting', 'the loss is noticed');
    await until(() => stays.attendance.length === 4, 'the window ends');
    dropper.line.refusing = false;
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
  }),
);

test(
  'RETURN-11: a return within the window is seen by nobody, however often',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const stays = await table.join('stays');
    const dropper = await table.join('dropper');
    const ids = (): unknown[] => table.server.connections.ofIdentity('dropper').map(({ id }) => id);
    const before = ids();
    for (let times = 1; times <= 5; times += 1) {
      await cutAndReturn(dropper);
      await dropper.session.commands.say({ id: `back ${times}` });
    }
    const log = await table.agree(stays, dropper);
    dropper.checkAgainst(log);
    assert.deepEqual([stays.attendance, ids()], [['joined dropper'], before]);
  }),
);

type Returning = { readonly connection: ConnectionId; readonly reconnect: string };

/** Reconnect tokens that came, oldest first, each with its connection. */
function tokensOf({ ear }: Watcher): Returning[] {
  let connection = '' as ConnectionId;
  return ear.received.flatMap((text) => {
    const frame = JSON.parse(text) as Partial<Returning>;
    connection = frame.connection ?? connection;
    return frame.reconnect === undefined ? [] : { connection, reconnect: frame.reconnect };
  });
}

/** Loses its connections and comes back. */
async function cutAndReturn(watcher: Watcher): Promise<void> {
  const tokens = tokensOf(watcher).length;
  watcher.line.cut();
  await until(() => tokensOf(watcher).length > tokens, 'the token is another');
  await live(watcher);
}

/** The ear of a client that first presents a reconnect token which is not its own. */
function thief(token: Returning): Ear {
  let first = true;
  return new Ear((hello) => {
    const changed = first ? { ...hello, ...token } : hello;
    first = false;
    return changed;
  });
}

test(
  'RETURN-12: an older reconnect token that is used again ends the connection that it belongs to, and no other',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier);
    const victim = await table.join('victim');
    const otherTab = await table.join('victim');
    const other = await table.join('other');
    await cutAndReturn(victim);
    await cutAndReturn(victim);
    const [stolen] = tokensOf(victim);
    assert.ok(stolen !== undefined);
    const family = stolen.connection;
    const { connections } = table.server;
    const before = connections.all().map(({ id }) => String(id));
    assert.ok(before.includes(family));

    // On its way when the connection ends.
    victim.line.change({ stalled: true }, 'toServer');
    const unanswered = victim.session.commands.say({ id: 'done once' });

    const late = await table.join('victim', { ear: thief(stolen) });
    await until(() => !connections.all().some(({ id }) => String(id) === family), 'the family ends');
    victim.line.change({ stalled: false }, 'toServer');
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
    await table.join('stranger', { ear: thief(tokensOf(victim).at(-1) ?? stolen) });
    await victim.session.commands.say({ id: 'not disturbed' });
    assert.deepEqual(connections.ofIdentity('stranger').length, 1);
  }),
);
