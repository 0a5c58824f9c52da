import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AckFrame } from '../protocol/frames.ts';
import { PresenceReader } from './presence-reader.ts';
import { commandOf, kindOf, positionOf, reaches, tableOf, tailOf, TransportHarness, welcomeOf } from './transport-harness.ts';
import type { TransportPeer, TransportUnderTest } from './transport-peer.ts';

/** What every transport must do. `create` makes a fresh one for each test; run it in a test file of the implementation. */
export function transportContract(name: string, create: () => TransportUnderTest): void {
  describe(`${name} keeps the contract of a transport`, { timeout: 60_000 }, () => {
    loggingIn(create);
    ordering(create);
    resending(create);
    closing(create);
    bounding(create);
    living(create);
    presence(create);
    renewing(create);
  });
}

type Create = () => TransportUnderTest;

/** Events of 60 kB each: more than the sockets of a machine hold by themselves. */
const ROUNDS = 300;

/** The body of a test with a server of its own. */
function using(create: Create, test: (harness: TransportHarness) => Promise<void>): (t: TestContext) => Promise<void> {
  return async (t) => {
    const harness = await new TransportHarness(create(), t.signal).start();
    try {
      await test(harness);
    } finally {
      await harness.stop();
    }
  };
}

function acksOf(peer: TransportPeer): AckFrame[] {
  return peer.frames.filter((frame): frame is AckFrame => kindOf(frame) === 'ack');
}

/** Waits for the answer to command `n`. */
async function ackOf(harness: TransportHarness, peer: TransportPeer, n: number): Promise<AckFrame> {
  const find = () => acksOf(peer).find((ack) => ack.n === n);
  await harness.until(`ack ${n}`, () => find() !== undefined);
  return find() ?? assert.fail('no ack');
}

async function codeOf(harness: TransportHarness, peer: TransportPeer): Promise<string | undefined> {
  await harness.until('the end of the connection', () => peer.ended !== undefined);
  return peer.ended;
}

function loggingIn(create: Create): void {
  it(
    'CONN-24: a login brings welcome, snapshot and tail, and binds the connection to identity and session',
    using(create, async (harness) => {
      const peer = await harness.join('ada');
      assert.deepEqual(peer.frames.slice(0, 3).map(kindOf), ['welcome', 'snapshot', 'tail']);
      const { connection, participant } = welcomeOf(peer);
      const known = harness.server.connections.get(connection);
      assert.deepEqual([known?.status.state, known?.transport], ['live', create().name]);
      assert.deepEqual(
        harness.server.connections.ofIdentity(participant.id).map(({ id }) => id),
        [connection],
      );
      assert.deepEqual(
        harness.server.connections.ofSession(harness.session).map(({ id }) => id),
        [connection],
      );
    }),
  );

  it(
    'CONN-24: a wrong credential, an unknown session and another version are refused with their codes',
    using(create, async (harness) => {
      assert.equal(await codeOf(harness, await harness.dial('ada', {}, 'wrong')), 'unauthenticated');
      assert.equal(await codeOf(harness, await harness.dial('ada', { session: 'N'.repeat(22) as typeof harness.session })), 'not-found');
      assert.equal(await codeOf(harness, await harness.dial('ada', { version: 99 })), 'unsupported-version');
      assert.deepEqual(harness.server.connections.all(), []);
    }),
  );
}

function ordering(create: Create): void {
  it(
    'CONN-24: commands sent at once run in order, and everyone sees every seq once, in order',
    using(create, async (harness) => {
      const [ada, otto] = [await harness.join('ada'), await harness.join('otto')];
      const from = tailOf(otto)?.seq ?? 0;
      ada.send(...Array.from({ length: 20 }, (_, index) => commandOf(index + 1, 'roll', { sides: 6 }, 1)));
      const { seq } = await ackOf(harness, ada, 20);
      assert.deepEqual(
        acksOf(ada).map(({ n }) => n),
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      await harness.until('the last seq', () => otto.frames.some((frame) => reaches(frame) === seq));
      const live = otto.frames.flatMap((frame) => ('t' in frame ? [] : [frame]));
      let reached = from;
      for (const frame of live) {
        assert.equal(frame[0], reached + 1);
        reached = reaches(frame) ?? reached;
      }
      assert.equal(reached, seq);
    }),
  );

  it(
    'CONN-24: an answer comes after the frame that it rests on',
    using(create, async (harness) => {
      const ada = await harness.join('ada');
      for (let n = 1; n <= 5; n += 1) ada.send(commandOf(n, 'roll', {}, 1));
      await ackOf(harness, ada, 5);
      for (const ack of acksOf(ada)) {
        const before = ada.frames.slice(0, ada.frames.indexOf(ack));
        assert.ok(
          before.some((frame) => (reaches(frame) ?? 0) >= ack.seq),
          `ack ${ack.n} came before seq ${ack.seq}`,
        );
      }
    }),
  );

  it(
    'CONN-24: what one commit releases is one write to each connection',
    using(create, async (harness) => {
      const { sessions, connections } = harness.server;
      const peers = await Promise.all([harness.join('ada'), harness.join('otto'), harness.join('mira')]);
      // Who is here is told apart from commits: nothing of it may be on its way any more.
      await harness.until('everyone to know who is here', () => peers.every((peer) => peopleHere(peer).size === 3));
      const before = { commits: sessions.counts().commits, writes: connections.counts().writesTotal };
      const runs = Array.from({ length: 30 }, () => sessions.run(harness.session, { as: 'system', command: 'rest', args: {} }));
      await harness.while(Promise.all(runs));
      const commits = sessions.counts().commits - before.commits;
      assert.ok(commits < 30, 'nothing was batched');
      assert.equal(connections.counts().writesTotal - before.writes, 3 * commits);
    }),
  );
}

function resending(create: Create): void {
  it(
    'CONN-24: a command sent again, on the same connection or the next, runs once and gets its first answer',
    using(create, async (harness) => {
      const first = await harness.join('ada');
      first.send(commandOf(1, 'roll', { sides: 1_000_000 }, 1));
      const ack = await ackOf(harness, first, 1);
      first.send(commandOf(1, 'roll', { sides: 1_000_000 }, 1));
      await harness.until('a second ack', () => acksOf(first).length === 2);
      assert.deepEqual(acksOf(first), [ack, ack]);
      const { instance } = welcomeOf(first);
      const position = positionOf(first);
      first.drop();
      const second = await harness.join('ada', { instance, position, table: tableOf(first), lowest: 1 });
      assert.deepEqual(second.frames.slice(0, 2).map(kindOf), ['welcome', 'tail']);
      second.send(commandOf(1, 'roll', { sides: 1_000_000 }, 1));
      assert.deepEqual(await ackOf(harness, second, 1), ack);
      const read = await harness.while(harness.server.sessions.read(harness.session, 'system'));
      assert.equal(read.ok && (read.state['rolls'] as unknown[]).length, 1);
    }),
  );
}

function renewing(create: Create): void {
  const MONTHS_MS = 60 * 24 * 3_600_000;

  it(
    'IDENTITY-6: a connection ends with its credential',
    using(create, async (harness) => {
      const peer = await harness.join('ada');
      assert.ok((welcomeOf(peer).expiresAt ?? 0) > harness.clock.now());
      harness.clock.sleep(MONTHS_MS);
      harness.clock.advance(1_000);
      assert.equal(await codeOf(harness, peer), 'expired');
      assert.deepEqual(kindOf(peer.frames.at(-1) ?? assert.fail('no frame')), 'error');
    }),
  );

  it(
    'IDENTITY-5: a new credential of the same person is taken, another’s is not',
    using(create, async (harness) => {
      const peer = await harness.join('ada');
      const { expiresAt } = welcomeOf(peer);
      peer.send({ t: 'renew', token: await harness.token('ada') });
      await harness.until('the answer', () => peer.frames.some((frame) => kindOf(frame) === 'renewed'));
      assert.deepEqual(
        peer.frames.find((frame) => kindOf(frame) === 'renewed'),
        { t: 'renewed', expiresAt },
      );
      peer.send({ t: 'renew', token: await harness.token('otto') });
      assert.equal(await codeOf(harness, peer), 'unauthenticated');
    }),
  );
}

function closing(create: Create): void {
  it(
    'CONN-24: a close tells its code, after a frame that says why',
    using(create, async (harness) => {
      const peer = await harness.join('ada');
      harness.server.connections.evict(welcomeOf(peer).connection, 'forbidden', 'You were removed.');
      assert.equal(await codeOf(harness, peer), 'forbidden');
      assert.deepEqual(peer.frames.at(-1), { t: 'error', code: 'forbidden', message: 'You were removed.' });
    }),
  );

  it(
    'CONN-24: who leaves is told so; the others stay',
    using(create, async (harness) => {
      const [ada, otto] = [await harness.join('ada'), await harness.join('otto')];
      otto.send(commandOf(1, '@leave', null));
      assert.equal(await codeOf(harness, otto), 'left');
      ada.send(commandOf(1, 'roll'));
      await ackOf(harness, ada, 1);
    }),
  );

  it(
    'CONN-24: a server that stops tells everyone to come back',
    using(create, async (harness) => {
      const peers = [await harness.join('ada'), await harness.join('otto')];
      await harness.while(harness.server.stop());
      for (const peer of peers) assert.equal(await codeOf(harness, peer), 'shutting-down');
    }),
  );
}

function bounding(create: Create): void {
  it(
    'CONN-24: a frame that cannot be read, or is too large, ends its connection and no other',
    using(create, async (harness) => {
      const [bad, large, good] = [await harness.join('ada'), await harness.join('ada'), await harness.join('otto')];
      bad.send('{"t":"command","n":1}');
      assert.equal(await codeOf(harness, bad), 'bad-frame');
      large.send(JSON.stringify(commandOf(1, 'hide', { key: 'k', text: 'x'.repeat(70_000) })));
      assert.equal(await codeOf(harness, large), 'too-large');
      good.send(commandOf(1, 'roll'));
      await ackOf(harness, good, 1);
    }),
  );

  it(
    'CONN-24: a reader that stops costs a bounded amount, and then catches up or is closed as too slow; the others get everything',
    using(create, async (harness) => {
      const { sessions } = harness.server;
      const [slow, fast] = [await harness.join('ada'), await harness.join('ada')];
      slow.pause();
      const text = 'x'.repeat(60_000);
      let seq = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const args = { key: 'plan', text: `${round} ${text}` };
        const ran = await harness.while(sessions.run(harness.session, { as: 'system', command: 'hide', args }));
        seq = ran.ok ? ran.seq : assert.fail(ran.message);
        await harness.until('the fast reader', () => fast.frames.some((frame) => reaches(frame) === seq));
      }
      slow.resume();
      const isThere = () => slow.frames.some((frame) => (reaches(frame) ?? 0) >= seq);
      await harness.until('the slow reader', () => slow.ended !== undefined || isThere());
      assert.ok(slow.ended === 'too-slow' || isThere(), slow.ended ?? 'open');
      assert.ok(slow.frames.length < ROUNDS, 'everything was kept for it');
      assert.equal(fast.ended, undefined);
    }),
  );
}

function living(create: Create): void {
  it(
    'CONN-24: a ping is answered with its mark',
    using(create, async (harness) => {
      const peer = await harness.join('ada');
      peer.send({ t: 'ping', at: 4_711 });
      await harness.until('a pong', () => peer.frames.some((frame) => 't' in frame && frame.t === 'pong' && frame.at === 4_711));
    }),
  );

  it(
    'CONN-24: who gives no sign of life for two and a half heartbeats is closed as timed out; who pings stays',
    using(create, async (harness) => {
      const [silent, talking] = [await harness.join('ada'), await harness.join('otto')];
      const isThere = () => ['live', 'suspect'].includes(harness.server.connections.get(welcomeOf(silent).connection)?.status.state ?? '');
      // What reads answers a transport's own pings by itself.
      silent.pause();
      for (let second = 1; second <= 45 && isThere(); second += 1) {
        talking.send({ t: 'ping', at: second });
        await harness.until('a pong', () => talking.frames.some((frame) => 't' in frame && frame.t === 'pong' && frame.at === second));
        harness.clock.advance(1_000);
        await harness.turn();
      }
      silent.resume();
      assert.equal(await codeOf(harness, silent), 'timed-out');
      assert.equal(talking.ended, undefined);
    }),
  );

  it(
    'CONN-24: a peer that is gone without a word is noticed without waiting; the others go on',
    using(create, async (harness) => {
      const [gone, here] = [await harness.join('ada'), await harness.join('otto')];
      const { connection } = welcomeOf(gone);
      gone.drop();
      await harness.until('the loss', () => harness.server.connections.get(connection)?.status.state !== 'live');
      here.send(commandOf(1, 'roll'));
      await ackOf(harness, here, 1);
    }),
  );
}

function presence(create: Create): void {
  const presenceOf = (peer: TransportPeer) => {
    const reader = new PresenceReader();
    for (const frame of peer.frames) if ('t' in frame && frame.t === 'presence') reader.take(frame);
    return reader;
  };

  it(
    'PRESENCE-17: who is here, what they do and how their connections are reach everyone they are for, in frames of their own',
    using(create, async (harness) => {
      const [ada, otto] = [await harness.join('ada'), await harness.join('otto')];
      const until = async (what: string, holds: () => boolean) => {
        for (let passed = 0; !holds() && passed < 10_000; passed += 50) {
          harness.clock.advance(50);
          await harness.turn();
        }
        assert.ok(holds(), what);
      };
      await until('everyone', () => Object.keys(presenceOf(ada).people).length === 2 && Object.keys(presenceOf(otto).people).length === 2);
      otto.send({ t: 'ping', at: 1, rtt: 42 }, { t: 'presence', activity: { name: 'rolling' }, data: { mark: 'a cursor' } });
      const idOf = (peer: TransportPeer) => welcomeOf(peer).participant.id;
      await until('the cursor', () => presenceOf(ada).people[idOf(otto)]?.activity?.name === 'rolling');
      await until('the round trip', () => presenceOf(ada).details[idOf(otto)]?.[0]?.rttMs === 42);
      assert.deepEqual(presenceOf(otto).details, {});
      otto.drop();
      await until('the loss', () => presenceOf(ada).people[idOf(otto)]?.status === 'disconnected');
      const others = ada.frames.filter((frame) => !('t' in frame) || frame.t !== 'presence');
      assert.doesNotMatch(JSON.stringify(others), /a cursor|rolling|"idle"/);
    }),
  );
}

/** Whom a peer was told of as being here. */
function peopleHere({ frames }: TransportPeer): Set<string> {
  return new Set(frames.flatMap((frame) => ('t' in frame && frame.t === 'presence' ? Object.keys(frame.people ?? {}) : [])));
}
