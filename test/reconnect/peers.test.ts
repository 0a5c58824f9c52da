import assert from 'node:assert/strict';
import { test } from 'node:test';
import { browserClock } from '../../src/client/browser-clock-adapter.ts';
import { overEach } from './carriers.ts';
import { Table } from './table.ts';
import { until } from './until.ts';

/** In haste a client would take a busy moment of this process for a loss. */
const atItsPace = { clock: browserClock };

test(
  'RETURN-9: of three peers one goes silent, one is evicted, and the third keeps its state and stays queryable',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier, { server: { heartbeatMs: 400 }, policies: { reconnectWindowMs: 600 } });
    const { connections } = table.server;
    const steps: string[] = [];
    const ofThird: string[] = [];
    // Whether the session or the coordinator sees the window's end first is nobody's promise: that step counts without its cause.
    connections.observe((event) =>
      steps.push(
        `${event.kind} ${event.connection.identity?.id}${'cause' in event && event.kind !== 'expired' ? ` ${event.cause.code}` : ''}`,
      ),
    );
    const silent = await table.join('silent', atItsPace);
    const [evicted, third] = [await table.join('evicted', atItsPace), await table.join('third', atItsPace)];
    const ids = Object.fromEntries(connections.all().map(({ id, identity }) => [identity?.id, id]));
    connections.observe(({ kind }) => ofThird.push(kind), ids['third']);
    await third.session.commands.say({ id: 'before' });

    silent.line.refusing = true;
    silent.line.change({ swallowing: true });
    await until(() => connections.get(ids['silent'] as never)?.status.state === 'reconnecting', 'its silence is noticed');
    const lost = connections.get(ids['silent'] as never)?.status;
    assert.ok(lost?.state === 'reconnecting' && lost.cause.code === 'timed-out' && lost.awaits === 'peer');
    await until(() => silent.session.status.state === 'waiting', 'it knows itself that it is cut off');
    assert.equal(connections.evict(ids['evicted'] as never, 'forbidden', 'not in this house'), true);
    await until(() => evicted.session.status.state === 'closed', 'the evicted one is told');
    const { status } = evicted.session;
    assert.ok(status.state === 'closed' && status.reason.code === 'forbidden' && status.reason.message === 'not in this house');
    await until(() => connections.get(ids['silent'] as never) === undefined, 'its window ends');

    const [left] = connections.all();
    assert.deepEqual([connections.all().length, left?.id, left?.status.state, left?.session], [1, ids['third'], 'live', table.id]);
    assert.deepEqual(
      [connections.ofIdentity('third'), connections.ofSession(table.id), connections.all({ state: 'live' })],
      [[left], [left], [left]],
    );
    assert.deepEqual([connections.ofIdentity('silent'), connections.ofIdentity('evicted')], [[], []]);
    await until(() => third.attendance.includes('lost silent'), 'the third hears that one is lost');
    const draw = await third.session.commands.say({ id: 'after' });
    assert.equal(third.session.state.entries.at(-1)?.draw, draw);
    third.checkAgainst(await table.agree(third));
    assert.deepEqual(ofThird, []);
    assert.deepEqual(
      steps.filter((step) => !step.startsWith('opened') && !step.startsWith('refused')),
      ['arrived silent', 'arrived evicted', 'arrived third', 'lost silent timed-out', 'ended evicted forbidden', 'expired silent'],
    );
    assert.equal(third.session.connection.state, left?.status.state);
  }),
);
