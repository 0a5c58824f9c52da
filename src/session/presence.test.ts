import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import { PresenceHarness } from '../testing/presence-harness.ts';

/** Mira runs the session and watches; Ada plays. */
function table(rules: ConstructorParameters<typeof PresenceHarness>[0] = {}) {
  const harness = new PresenceHarness(rules);
  harness.join('mira', 'gm');
  harness.join('ada');
  const watching = harness.connect('desk', 'mira');
  return { harness, clock: harness.clock, watching };
}

test('PRESENCE-1: without a device disconnected, with one online, and since when', () => {
  const { harness, clock, watching } = table();
  assert.deepEqual(watching.statuses, { mira: 'online', ada: 'disconnected' });
  clock.advance(60_000);
  harness.connect('phone', 'ada');
  assert.deepEqual(watching.people['ada'], { status: 'online', since: clock.now() });
});

test('PRESENCE-1: online while any device is in use, idle when none is, whichever came last', () => {
  const { harness, clock, watching } = table({ idleAfterMs: 60_000 });
  harness.connect('phone', 'ada');
  harness.connect('laptop', 'ada');
  harness.say('phone', { idle: true });
  clock.advance(10_000);
  assert.equal(watching.statuses['ada'], 'online');
  harness.say('laptop', { idle: true });
  clock.advance(10_000);
  assert.equal(watching.statuses['ada'], 'idle');
  harness.say('phone', { idle: false });
  assert.equal(watching.statuses['ada'], 'online');
});

test('PRESENCE-2: who is back within the grace time was never seen to go; who is not is disconnected then', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  clock.advance(1_000);
  const seen = watching.frames.length;
  harness.cut('phone');
  clock.advance(2_900);
  harness.connect('phone', 'ada');
  clock.advance(10_000);
  assert.equal(watching.frames.length, seen);
  harness.cut('phone');
  clock.advance(2_999);
  assert.equal(watching.statuses['ada'], 'online');
  clock.advance(1);
  assert.deepEqual(watching.people['ada'], { status: 'disconnected', since: clock.now() });
});

test('PRESENCE-2: an idle device that stays keeps nobody online, but not before the grace time of the other is over', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.connect('laptop', 'ada');
  harness.say('laptop', { idle: true });
  clock.advance(5_000);
  harness.cut('phone');
  clock.advance(2_000);
  assert.equal(watching.statuses['ada'], 'online');
  clock.advance(1_000);
  assert.equal(watching.statuses['ada'], 'idle');
});

test('PRESENCE-3: a client that calls its person idle is believed when nothing comes for two seconds', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.act('phone');
  harness.say('phone', { idle: true });
  clock.advance(1_900);
  assert.equal(watching.statuses['ada'], 'online');
  harness.act('phone');
  clock.advance(10_000);
  assert.equal(watching.statuses['ada'], 'online');
  harness.say('phone', { idle: true });
  clock.advance(2_050);
  assert.equal(watching.statuses['ada'], 'idle');
});

test('PRESENCE-3: what a client begins with is believed at once', () => {
  const { harness, watching } = table();
  harness.presence.attached('phone' as ConnectionId, 'ada' as ParticipantId);
  harness.say('phone', { idle: true });
  harness.clock.advance(100);
  assert.equal(watching.statuses['ada'], 'idle');
});

test('PRESENCE-3: without a word of the client the server waits for idleAfterMs; a command, an activity or data ends it', () => {
  const { harness, clock, watching } = table({ idleAfterMs: 60_000 });
  harness.connect('phone', 'ada');
  for (const ends of [
    () => harness.act('phone'),
    () => harness.say('phone', { activity: { name: 'typing' } }),
    () => harness.say('phone', { data: { x: 1 } }),
  ]) {
    clock.advance(60_050);
    assert.equal(watching.statuses['ada'], 'idle');
    ends();
    assert.equal(watching.statuses['ada'], 'online');
  }
});

test('PRESENCE-4: an activity ends by itself, or when it is said to; the newest of all devices is shown', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.connect('laptop', 'ada');
  clock.advance(1_000);
  harness.say('phone', { activity: { name: 'typing' } });
  assert.deepEqual(watching.people['ada']?.activity, { name: 'typing', untilMs: clock.now() + 5_000 });
  clock.advance(1_000);
  harness.say('laptop', { activity: { name: 'rolling', ttlMs: 1_000 } });
  assert.equal(watching.people['ada']?.activity?.name, 'rolling');
  clock.advance(1_050);
  assert.equal(watching.people['ada']?.activity?.name, 'typing');
  harness.say('phone', { activity: null });
  clock.advance(100);
  const activityOf = (id: string) => watching.people[id]?.activity?.name;
  assert.equal(activityOf('ada'), undefined);
  harness.say('phone', { activity: { name: 'acting', ttlMs: 2_000 } });
  clock.advance(1_950);
  assert.equal(activityOf('ada'), 'acting');
  clock.advance(100);
  assert.equal(activityOf('ada'), undefined);
});

test('PRESENCE-5: a person shows the data of the device that said it last; it goes with its device', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.connect('laptop', 'ada');
  harness.say('phone', { data: { x: 1 } });
  clock.advance(100);
  harness.say('laptop', { data: { x: 2 } });
  clock.advance(100);
  assert.deepEqual(watching.people['ada']?.data, { x: 2 });
  harness.cut('laptop');
  clock.advance(3_000);
  assert.deepEqual(watching.people['ada']?.data, { x: 1 });
  harness.say('phone', { data: null });
  clock.advance(100);
  assert.equal(watching.people['ada'] !== undefined && 'data' in watching.people['ada'], false);
});

test('PRESENCE-6: whoever arrives is told all of it, with the time after which a client is idle; then only what changed', () => {
  const { harness, clock } = table({ idleAfterMs: 120_000 });
  clock.advance(1_000);
  const phone = harness.connect('phone', 'ada');
  const { full, idleAfterMs, people, audience } = phone.frames[0] ?? assert.fail('nothing came');
  assert.deepEqual([full, idleAfterMs, audience, Object.keys(people)], [true, 120_000, 0, ['mira', 'ada']]);
  assert.equal(phone.frames.length, 1);
  clock.advance(1_000);
  harness.say('desk', { data: 1 });
  assert.deepEqual(Object.keys(phone.frames[1]?.people ?? {}), ['mira']);
  assert.equal(phone.frames[1]?.full, undefined);
});

test('PRESENCE-6: who returns is told all of it again', () => {
  const { harness, clock } = table();
  harness.connect('phone', 'ada');
  harness.cut('phone');
  clock.advance(1_000);
  harness.say('desk', { data: 'moved on' });
  clock.advance(1_000);
  assert.equal(harness.connect('phone', 'ada').people['mira']?.data, 'moved on');
});

test('PRESENCE-7: changes are told at once, when many come together, and the last one always', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  clock.advance(1_000);
  const before = watching.frames.length;
  for (let x = 0; x < 8; x += 1) {
    harness.say('phone', { data: { x } });
    assert.deepEqual(watching.people['ada']?.data, { x });
  }
  for (let x = 8; x < 108; x += 1) {
    harness.say('phone', { data: { x } });
    clock.advance(1);
  }
  clock.advance(33);
  assert.equal(watching.frames.length - before, 8 + 4);
  assert.deepEqual(watching.people['ada']?.data, { x: 107 });
});

test('PRESENCE-7: thirty changes a second are told at once, evenly or not', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  for (let x = 0; x < 150; x += 1) {
    if (x % 5 === 0) clock.advance(167);
    harness.say('phone', { data: { x } });
    assert.deepEqual(watching.people['ada']?.data, { x });
  }
});

test('PRESENCE-7: what comes to the same as before is told to nobody', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.say('phone', { data: { x: 1 } });
  clock.advance(1_000);
  const before = watching.frames.length;
  harness.say('phone', { data: { x: 1 } });
  harness.say('phone', { data: { x: 2 } });
  harness.say('phone', { data: { x: 1 } });
  harness.act('phone');
  clock.advance(1_000);
  assert.ok(watching.frames.length - before <= 2);
  assert.deepEqual(watching.people['ada']?.data, { x: 1 });
});

test('PRESENCE-7: with many to tell, it is told less often', () => {
  const { harness, clock, watching } = table();
  for (let n = 0; n < 2_000; n += 1) {
    harness.join(`player-${n}`);
    harness.presence.attached(`connection-${n}` as ConnectionId, `player-${n}` as ParticipantId);
  }
  clock.advance(1_000);
  const before = watching.frames.length;
  for (let x = 0; x < 1_000; x += 1) {
    harness.say('desk', { data: x });
    clock.advance(1);
  }
  const frames = watching.frames.length - before;
  assert.ok(frames >= 5 && frames <= 5 + 8, `${frames} frames`);
});

test('PRESENCE-8: who takes part no longer is gone at once, and comes back as new', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  clock.advance(1_000);
  harness.remove('ada');
  clock.advance(0);
  assert.deepEqual(watching.statuses, { mira: 'online' });
  harness.say('phone', { data: 'a ghost' });
  harness.cut('phone');
  clock.advance(10_000);
  assert.deepEqual(watching.statuses, { mira: 'online' });
  harness.join('ada');
  harness.connect('tablet', 'ada');
  clock.advance(100);
  assert.deepEqual(watching.statuses, { mira: 'online', ada: 'online' });
});

test('PRESENCE-8: who is disconnected and then takes part no longer is gone, too', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.cut('phone');
  clock.advance(60_000);
  assert.deepEqual(watching.statuses, { mira: 'online', ada: 'disconnected' });
  harness.remove('ada');
  clock.advance(1_000);
  assert.deepEqual(watching.statuses, { mira: 'online' });
});

test('PRESENCE-8: gone and back within one frame is told as it is', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  clock.advance(1_000);
  harness.remove('ada');
  harness.join('ada');
  clock.advance(1_000);
  assert.deepEqual(watching.statuses, { mira: 'online', ada: 'disconnected' });
});

test('PRESENCE-9: the audience is counted, not listed, and told at most once a second', () => {
  const { harness, clock, watching } = table();
  clock.advance(10_000);
  const before = watching.frames.length;
  for (let n = 0; n < 3_000; n += 1) {
    harness.join(`guest-${n}`, 'spectator');
    harness.connect(`seat-${n}`, `guest-${n}`);
    clock.advance(1);
  }
  clock.advance(1_000);
  assert.equal(watching.audience, 3_000);
  assert.deepEqual(Object.keys(watching.people), ['mira', 'ada']);
  const frames = watching.frames.length - before;
  assert.ok(frames <= 5, `${frames} frames in 4 seconds`);
});

test('PRESENCE-9: 3,000 who come within three seconds get three thousand whole frames and one count a second, not millions', () => {
  const { harness, clock } = table();
  for (let n = 0; n < 3_000; n += 1) {
    harness.join(`guest-${n}`, 'spectator');
    harness.connect(`seat-${n}`, `guest-${n}`);
    clock.advance(1);
  }
  clock.advance(1_000);
  let received = 0;
  for (let n = 0; n < 3_000; n += 1) received += harness.reader(`seat-${n}`).frames.length;
  assert.equal(harness.reader('seat-0').audience, 3_000);
  assert.ok(received <= 3_000 * 6, `${received} deliveries`);
});

test('PRESENCE-9: nobody of the audience can show anything, and who goes is counted no more', () => {
  const { harness, clock, watching } = table();
  harness.join('otto', 'spectator');
  harness.connect('sofa', 'otto');
  harness.say('sofa', { data: 'look at me', activity: { name: 'shouting' } });
  clock.advance(2_000);
  assert.deepEqual([Object.keys(watching.people), watching.audience], [['mira', 'ada'], 1]);
  harness.cut('sofa');
  clock.advance(5_000);
  assert.equal(watching.audience, 0);
});

test('PRESENCE-9: who goes from the audience to the players, or back, is listed and counted as that', () => {
  const { harness, clock, watching } = table();
  harness.join('otto', 'spectator');
  harness.connect('sofa', 'otto');
  clock.advance(2_000);
  harness.join('otto', 'player');
  clock.advance(2_000);
  assert.deepEqual([watching.statuses['otto'], watching.audience], ['online', 0]);
  harness.join('otto', 'spectator');
  clock.advance(2_000);
  assert.deepEqual([watching.statuses['otto'], watching.audience], [undefined, 1]);
});

const row = (connection: string, rttMs: number) => ({
  connection: connection as ConnectionId,
  rttMs,
  lastHeardMs: 1,
  unsentBytes: 0,
});

test('PRESENCE-10: how connections are is told to those who run the session, and to nobody else', () => {
  const { harness, clock, watching } = table();
  const phone = harness.connect('phone', 'ada');
  harness.presence.details([row('phone', 40), row('desk', 2)]);
  assert.deepEqual(watching.details, { ada: [row('phone', 40)], mira: [row('desk', 2)] });
  clock.advance(1_000);
  assert.deepEqual(phone.details, {});
  const tablet = harness.connect('tablet', 'mira');
  assert.deepEqual(tablet.details['ada'], [row('phone', 40)]);
});

test('PRESENCE-10: with another role a person is told more, or no more', () => {
  const { harness, clock } = table();
  const phone = harness.connect('phone', 'ada');
  harness.presence.details([row('phone', 40)]);
  clock.advance(1_000);
  harness.join('ada', 'gm');
  clock.advance(100);
  assert.deepEqual(phone.details['ada'], [row('phone', 40)]);
  harness.join('ada', 'player');
  clock.advance(100);
  harness.presence.details([row('phone', 90)]);
  assert.deepEqual(phone.details, {});
});

test('PRESENCE-10: connections that are over are taken from the list', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.connect('laptop', 'ada');
  harness.presence.details([row('phone', 40), row('laptop', 50)]);
  harness.cut('phone');
  clock.advance(5_000);
  harness.presence.details([]);
  assert.deepEqual(watching.details['ada'], [row('laptop', 50)]);
});

test('PRESENCE-12: a connection that is silent for long counts as lost until it is heard', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  const silent = () => harness.presence.lost('phone' as ConnectionId, true);
  silent();
  clock.advance(2_000);
  harness.presence.heard('phone' as ConnectionId);
  clock.advance(5_000);
  assert.equal(watching.statuses['ada'], 'online');
  silent();
  clock.advance(3_000);
  assert.equal(watching.statuses['ada'], 'disconnected');
});

test('PRESENCE-12: a connection that is heard after it counted as lost is here again, with all that it showed and all that it missed', () => {
  const { harness, clock, watching } = table();
  const phone = harness.connect('phone', 'ada');
  const connection = 'phone' as ConnectionId;
  harness.presence.said(connection, { t: 'presence', data: 'at the map' });
  harness.presence.lost(connection, true);
  clock.advance(10_000);
  assert.equal(watching.statuses['ada'], 'disconnected');
  harness.join('otto', 'player');
  harness.presence.heard(connection);
  clock.advance(100);
  assert.equal(watching.statuses['ada'], 'online');
  assert.equal(watching.people['ada']?.data, 'at the map');
  assert.deepEqual(phone.statuses, watching.statuses);
  harness.cut('phone');
  clock.advance(10_000);
  assert.equal(watching.statuses['ada'], 'disconnected');
});

test('PRESENCE-12: a connection that counted as lost and whose transport is gone then does not come back', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  harness.presence.lost('phone' as ConnectionId, true);
  clock.advance(10_000);
  harness.cut('phone');
  harness.presence.heard('phone' as ConnectionId);
  clock.advance(10_000);
  assert.equal(watching.statuses['ada'], 'disconnected');
});

test('PRESENCE-13: after a crash those whose place is kept have the grace time to come back; all others are disconnected', () => {
  const start = { people: { mira: 'gm', ada: 'player', otto: 'player' }, kept: { phone: 'ada', laptop: 'otto' } };
  const harness = new PresenceHarness({}, start);
  const watching = harness.connect('desk', 'mira');
  assert.deepEqual(watching.statuses, { mira: 'online', ada: 'online', otto: 'online' });
  harness.clock.advance(1_000);
  harness.connect('phone', 'ada');
  harness.clock.advance(2_050);
  assert.deepEqual(watching.statuses, { mira: 'online', ada: 'online', otto: 'disconnected' });
});

test('PRESENCE-13: who is lost by the log is shown so at once', () => {
  const { harness, clock, watching } = table({ graceMs: 60_000 });
  harness.connect('phone', 'ada');
  harness.cut('phone');
  clock.advance(1_000);
  harness.join('ada', 'player', { away: true });
  clock.advance(0);
  assert.equal(watching.statuses['ada'], 'disconnected');
});

test('PRESENCE-15: by policy changes into and out of idle, or every change of status, are given to the log, one a second', () => {
  for (const [record, expected] of [
    ['none', []],
    ['idle', [[['ada', 'idle']], [['ada', 'online']]]],
    ['status', [[['ada', 'online']], [['ada', 'idle']], [['ada', 'online']], [['ada', 'disconnected']]]],
  ] as const) {
    const { harness, clock } = table({ record, idleAfterMs: 60_000 });
    harness.connect('phone', 'ada');
    harness.act('desk');
    for (let minute = 0; minute < 2; minute += 1) {
      clock.advance(59_000);
      harness.act('desk');
    }
    harness.act('phone');
    clock.advance(5_000);
    harness.cut('phone');
    clock.advance(5_000);
    assert.deepEqual(harness.recorded, expected, record);
  }
});

test('PRESENCE-16: a policy can keep presence to some roles', () => {
  const { harness, clock, watching } = table({ visibleTo: ['gm'] });
  const phone = harness.connect('phone', 'ada');
  harness.say('phone', { data: 1 });
  clock.advance(1_000);
  assert.deepEqual([phone.people, phone.frames.length, watching.people['ada']?.data], [{}, 1, 1]);
  harness.join('ada', 'gm');
  clock.advance(1_000);
  assert.equal(phone.statuses['mira'], 'online');
  harness.join('ada', 'player');
  clock.advance(1_000);
  const before = phone.frames.length;
  harness.say('desk', { data: 2 });
  clock.advance(1_000);
  assert.equal(phone.frames.length, before);
});

test('PRESENCE-13: when the last one is gone nothing is left to be done, so that the session can sleep', () => {
  const { harness, clock } = table();
  harness.connect('phone', 'ada');
  harness.say('phone', { activity: { name: 'typing', ttlMs: 30_000 } });
  harness.cut('phone');
  harness.cut('desk');
  assert.equal(harness.presence.isQuiet, false);
  clock.advance(5_000);
  assert.deepEqual([harness.presence.isQuiet, clock.timers], [true, 0]);
});

test('PRESENCE-13: when the last one has left for good nothing waits for the time when they would have been idle', () => {
  const { harness, clock } = table();
  harness.cut('desk');
  clock.advance(5_000);
  harness.join('otto', 'spectator');
  harness.connect('tablet', 'otto');
  clock.advance(2_000);
  harness.remove('otto');
  clock.advance(2_000);
  assert.deepEqual([harness.presence.isQuiet, clock.timers], [true, 0]);
});

test('PRESENCE-10: who runs the session no more is told nothing of connections from that very event on', () => {
  const { harness, clock, watching } = table();
  harness.connect('phone', 'ada');
  clock.advance(1_000);
  const before = watching.frames.length;
  harness.join('mira', 'player');
  harness.presence.details([{ connection: 'phone' as ConnectionId, rttMs: 20, lastHeardMs: 1, unsentBytes: 0 }]);
  clock.advance(1_000);
  const told = watching.frames.slice(before);
  assert.deepEqual(
    told.map(({ full, details }) => [full, details]),
    [[true, undefined]],
  );
});

test('PRESENCE-8: a session that ends leaves no timer behind', () => {
  const { harness, clock } = table();
  harness.connect('phone', 'ada');
  harness.say('phone', { activity: { name: 'typing' } });
  harness.presence.stop();
  assert.equal(clock.timers, 0);
  assert.equal(harness.presence.isQuiet, true);
});
