import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overEach } from './carriers.ts';
import { Table } from './table.ts';
import { until } from './until.ts';
import type { Watcher } from './watcher.ts';

function seats({ session }: Watcher): string[] {
  return session.participants.map(({ id }) => id);
}

test(
  'RETURN-14: where seats are freed, who does not return in time is gone for everyone; a later return is a new join that gets exactly what it missed',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier, { policies: { reconnectWindowMs: 300, seat: 'freed' } });
    const stays = await table.join('stays');
    const dropper = await table.join('dropper');
    await dropper.session.commands.draw({ card: 'ace' });
    const { joinedSeq } = dropper.session.meta.participants['dropper'] ?? assert.fail('no seat');
    dropper.line.refusing = true;
    dropper.line.cut();
    await until(() => !seats(stays).includes('dropper'), 'the seat is freed');
    await table.say(5);
    const kept = dropper.session.commands.say({ id: 'said while away' });
    dropper.line.refusing = false;
    const draw = await kept;

    const log = await table.agree(stays, dropper);
    for (const each of [stays, dropper]) {
      each.checkAgainst(log);
      assert.deepEqual([each.snapshots, each.missed, each.heard.length], [['joined'], [], 6]);
      assert.equal(each.session.state.entries.at(-1)?.draw, draw);
    }
    assert.deepEqual(stays.attendance, ['joined dropper', 'lost dropper', 'joined dropper']);
    assert.ok((dropper.session.meta.participants['dropper']?.joinedSeq ?? 0) > joinedSeq, 'it has a seat of its own again');
    // What belongs to the person, not to the seat, is still there.
    assert.deepEqual(dropper.session.state.hands, { dropper: ['ace'] });
    const attendance = log.commands.map(({ command }) => command).filter((command) => command === '@join' || command === '@lost');
    assert.deepEqual(attendance, ['@join', '@join', '@lost', '@join']);
  }),
);

test(
  'RETURN-14: a freed seat may be taken by another; who comes back then hears that the session is full, and joins when there is room',
  overEach(async (t, carrier) => {
    const table = await Table.set(t, carrier, { policies: { reconnectWindowMs: 300, seat: 'freed', maxParticipants: 2 } });
    const stays = await table.join('stays');
    const dropper = await table.join('dropper');
    dropper.line.refusing = true;
    dropper.line.cut();
    await until(() => !seats(stays).includes('dropper'), 'the seat is freed');
    const taker = await table.join('taker');
    await table.say(3);
    dropper.line.refusing = false;
    const refused = (): boolean => {
      const { status } = dropper.session;
      return status.state === 'waiting' && status.reason?.code === 'full';
    };
    await until(refused, 'it is told that there is no room', () => dropper.session.status);
    await taker.session.leave();
    await until(() => dropper.session.status.state === 'live', 'it is let in again');
    const log = await table.agree(stays, dropper);
    for (const each of [stays, dropper]) each.checkAgainst(log);
    assert.deepEqual(seats(stays).toSorted(), ['dropper', 'stays']);
    assert.deepEqual([dropper.snapshots, dropper.missed], [['joined'], []]);
  }),
);
