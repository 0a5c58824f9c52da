import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AckFrame, ServerFrame } from '../protocol/frames.ts';
import { readClientFrame } from '../protocol/codec.ts';
import type { InstanceId, Tag } from '../protocol/ids.ts';
import { ClientHarness, firstFrames, positionAt, snapshot, tail, welcome } from '../testing/client-harness.ts';
import { settle } from '../testing/settle-adapter.ts';

const ack = (n: number, seq: number): AckFrame => ({ t: 'ack', n, seq });

test('CLIENT-5: commands are numbered 1, 2, 3, and name the lowest one without an answer and what their sender had seen', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const first = session.commands.roll({ sides: 6 });
  void session.commands.rest();
  harness.connection.say([11], ack(1, 11));
  await first;
  void session.commands.moveToken({ id: 'marlin', x: 1, y: 2 });
  assert.deepEqual(harness.connection.commands, [
    { t: 'command', n: 1, low: 1, name: 'roll', args: { sides: 6 }, basis: 10 },
    { t: 'command', n: 2, low: 1, name: 'rest', args: {}, basis: 10 },
    { t: 'command', n: 3, low: 2, name: 'moveToken', args: { id: 'marlin', x: 1, y: 2 }, basis: 11 },
  ]);
});

test('CLIENT-5: at most 32 commands are unanswered at a time; the others follow in order', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  for (let n = 1; n <= 40; n += 1) void session.commands.roll({});
  assert.equal(harness.connection.commands.length, 32);
  harness.connection.say([11, 1], ack(1, 11), ack(2, 12));
  assert.deepEqual(
    harness.connection.commands.slice(32).map(({ n, low }) => [n, low]),
    [
      [33, 2],
      [34, 3],
    ],
  );
});

test('CLIENT-6: a returning client names instance, position and lowest number, and sends what is unanswered again', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const rolls = [1, 2, 3].map((sides) => session.commands.roll({ sides }));
  harness.connection.say([11, [['title'], 'one']], ack(1, 11));
  harness.connection.drop();
  void session.commands.rest();
  const connection = await harness.comeBack([welcome({ settled: 2 }), tail(12)]);
  assert.deepEqual(connection.hello, {
    t: 'hello',
    version: 1,
    session: session.id,
    token: 'token-1',
    connection: 'connection-1',
    reconnect: 'token-1',
    instance: 'instance-1',
    lowest: 2,
    position: positionAt(11),
    table: [1, 1],
    accept: ['deflate'],
  });
  assert.deepEqual(
    connection.commands.map(({ n, low, name }) => [n, low, name]),
    [
      [2, 2, 'roll'],
      [3, 2, 'roll'],
      [4, 2, 'rest'],
    ],
  );
  connection.say({ ...ack(2, 12), result: 5 }, [13], ack(3, 13));
  assert.deepEqual(await Promise.all(rolls), [undefined, 5, undefined]);
});

test('CLIENT-6: an answer that was lost with the connection comes again, after the tail', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const rolled = session.commands.roll({});
  harness.connection.drop();
  const connection = await harness.comeBack([welcome({ settled: 1 }), tail(11, { events: [11, [['title'], 'rolled']] })]);
  assert.equal(session.pending.length, 1);
  assert.deepEqual(
    connection.commands.map(({ n }) => n),
    [1],
  );
  connection.say({ ...ack(1, 11), result: 6 });
  assert.equal(await rolled, 6);
  assert.equal(session.state.title, 'rolled');
});

test('CLIENT-6: the paths that a returning client has are not sent again', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.say([11, [['title'], 'one']]);
  harness.connection.drop();
  const connection = await harness.comeBack([
    welcome(),
    tail(12, { events: [12, [0, 'while away']], paths: [1, 1, ['tokens', 'marlin', 'x']] }),
  ]);
  connection.say([13, [0, 'two', 7]]);
  assert.deepEqual([session.state.title, session.state.tokens['marlin']?.x], ['two', 7]);
  connection.drop();
  assert.deepEqual((await harness.comeBack([welcome(), tail(13)])).hello?.table, [1, 2]);
});

test('CLIENT-6: an answer that comes twice settles nothing twice', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const rolled = session.commands.roll({});
  harness.connection.say([11], { ...ack(1, 11), result: 1 }, { ...ack(1, 11), result: 2 });
  harness.connection.say({ t: 'reject', n: 1, seq: 11, code: 'rejected', message: 'no' }, ack(7, 11));
  assert.equal(await rolled, 1);
  assert.equal(session.status.state, 'live');
});

test('CLIENT-7: unknown instance: sent commands reject with the outcome unknown, the others are kept under new numbers', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const sent = session.commands.roll({});
  harness.connection.drop();
  const kept = session.commands.rest();
  const rejected = assert.rejects(sent, (error: Error & { code: string; details: unknown }) => {
    assert.deepEqual([error.code, error.details], ['unknown-instance', { outcome: 'unknown' }]);
    return /not known/.test(error.message);
  });
  const refused = await harness.comeBack([{ t: 'error', code: 'unknown-instance', message: 'Who?' }]);
  assert.equal(refused.commands.length, 0);
  await rejected;
  const connection = await harness.comeBack([welcome({ instance: 'instance-2' as InstanceId }), snapshot(20), tail(20)]);
  assert.deepEqual([connection.hello?.instance, connection.hello?.position], [undefined, undefined]);
  assert.deepEqual(
    connection.commands.map(({ n, low, name }) => [n, low, name]),
    [[1, 1, 'rest']],
  );
  connection.say([21], ack(1, 21));
  await kept;
});

test('CLIENT-22: pending holds a command until its effect is in the state, and is the same array while nothing changes', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  void session.commands.moveToken({ id: 'marlin', x: 3, y: 4 });
  const { pending } = session;
  assert.deepEqual(pending, [{ n: 1, name: 'moveToken', args: { id: 'marlin', x: 3, y: 4 } }]);
  harness.connection.say([11, [['title'], 'x']], [12, [['tokens', 'marlin', 'x'], 3]]);
  assert.equal(session.pending, pending);
  harness.connection.say(ack(1, 12));
  assert.deepEqual(session.pending, []);
});

test('CLIENT-22: while waiting, the status says how many commands are kept', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  void session.commands.roll({});
  const kept: number[] = [];
  session.on('status', (status) => status.state === 'waiting' && kept.push(status.kept));
  harness.connection.drop();
  void session.commands.roll({});
  void session.commands.roll({});
  assert.deepEqual(kept, [1, 2, 3]);
});

test('CLIENT-25: arguments that cannot be sent are refused at once', async () => {
  const harness = new ClientHarness();
  const joined = await harness.join();
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const bad: [unknown, string][] = [
    [loop, 'invalid-arguments'],
    [10n, 'invalid-arguments'],
    [() => 1, 'invalid-arguments'],
    [{ n: 2 ** 60 }, 'invalid-arguments'],
    [{ text: 'half \ud83d' }, 'invalid-arguments'],
    [JSON.parse('{"constructor": 1}'), 'invalid-arguments'],
    [{ a: [{ 'say "hi"': 1 }] }, 'invalid-arguments'],
    [{ 'C:\\': 1 }, 'invalid-arguments'],
    [{ 'line\n': 1 }, 'invalid-arguments'],
    [{ 'half \ud83d': 1 }, 'invalid-arguments'],
    [Array.from({ length: 5_000 }, () => 1), 'invalid-arguments'],
    [{ text: 'x'.repeat(65_100) }, 'too-large'],
    [{ text: 'é'.repeat(33_000) }, 'too-large'],
  ];
  const roll = joined.commands.roll as (args: unknown) => Promise<unknown>;
  for (const [args, code] of bad) await assert.rejects(roll(args), { code });
  assert.deepEqual(harness.connection.commands, []);
  assert.deepEqual(joined.pending, []);
});

test('CLIENT-25: what is wrong with a key is said', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const roll = session.commands.roll as (args: unknown) => Promise<unknown>;
  await assert.rejects(
    roll({ 'say "hi"': 1 }),
    /The arguments of roll cannot be sent: .*the key "say \\"hi\\"" is reserved or needs an escape/,
  );
});

test('CLIENT-25: what can just be sent is what the server just takes', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const roll = session.commands.roll as (args: unknown) => Promise<unknown>;
  const list = (length: number) => Array.from({ length }, () => 1);
  const nested = (levels: number): unknown => (levels === 0 ? 'innermost' : [nested(levels - 1)]);
  for (const args of [{ text: 'x'.repeat(65_000) }, { text: 'é'.repeat(32_000) }, list(4_088), { [`é 😀 'key'`]: nested(30) }]) {
    void roll(args);
    const sent = JSON.stringify(harness.connection.commands.at(-1));
    assert.ok(readClientFrame(sent, { first: false }).ok, sent.slice(0, 100));
  }
  assert.equal(harness.connection.commands.length, 4);
  for (const args of [list(4_089), nested(32)]) await assert.rejects(roll(args), { code: 'invalid-arguments' });
});

test('CLIENT-25: no arguments that are let through end the connection', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  const roll = session.commands.roll as (args: unknown) => Promise<unknown>;
  const unit = fc.constantFrom('a', 'é', '😀', '\ud83d', '"', '\\', '\n', '\u0000', '\u2028');
  const text = fc.oneof(fc.string({ unit, maxLength: 3 }), fc.constantFrom('__proto__', 'constructor'));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, text, fc.double(), fc.boolean(), fc.array(tie('value')), fc.dictionary(text, tie('value'))),
  }));
  await fc.assert(
    fc.asyncProperty(value, async (args) => {
      const before = harness.connection.commands.length;
      const answer = roll(args).then(
        () => 'ran',
        (error: { code: string }) => error.code,
      );
      const [sent] = harness.connection.commands.slice(before);
      if (sent === undefined) return assert.equal(await answer, 'invalid-arguments');
      assert.ok(readClientFrame(JSON.stringify(sent), { first: false }).ok);
      harness.connection.say(ack(sent.n, session.seq));
    }),
    { numRuns: 1_000 },
  );
});

test('CLIENT-25: later changes to the caller’s object do not matter', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  const args = { id: 'marlin', x: 1, y: 2 };
  void session.commands.moveToken(args);
  args.x = 99;
  const connection = await harness.comeBack([welcome(), tail(10)]);
  assert.deepEqual(connection.commands[0]?.args, { id: 'marlin', x: 1, y: 2 });
});

/** A server that runs each number once, in order, and remembers its answers. */
class CountingServer {
  readonly ran: number[] = [];
  seq = 10;

  frames(n: number): ServerFrame[] {
    if (n <= this.ran.length) return [{ t: 'ack', n, seq: 10 + n, result: n }];
    assert.equal(n, this.ran.length + 1, 'numbers come in order');
    this.ran.push(n);
    this.seq += 1;
    return [[this.seq, [['title'], `after ${n}`]], { t: 'ack', n, seq: this.seq, result: n }];
  }
}

test('CLIENT-6: whatever is cut where, each command runs once, each promise settles once, and in order', async () => {
  const step = fc.constantFrom('send', 'serve', 'serve', 'cut');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const harness = new ClientHarness();
      const session = await harness.join(firstFrames());
      const server = new CountingServer();
      const settled: number[] = [];
      let [sent, served] = [0, 0];
      const serve = () => {
        const command = harness.connection.commands[served];
        if (command === undefined) return;
        served += 1;
        harness.connection.say(...server.frames(command.n));
      };
      const cut = async () => {
        // The server may have run one more, whose answer is lost.
        const lost = harness.connection.commands[served];
        if (lost !== undefined) server.frames(lost.n);
        harness.connection.drop();
        served = 0;
        await harness.comeBack([welcome(), tail(server.seq)]);
      };
      for (const what of steps) {
        if (what === 'send') {
          sent += 1;
          void session.commands.roll({}).then((n) => settled.push(n));
        } else if (what === 'serve') serve();
        else await cut();
      }
      while (harness.connection.commands.length > served) serve();
      await settle();
      const expected = Array.from({ length: sent }, (_, index) => index + 1);
      assert.deepEqual([server.ran, settled], [expected, expected]);
      assert.equal(session.pending.length, 0);
    }),
    { numRuns: 50 },
  );
});

test('CLIENT-6: the position has the tag of the event it names: that of the owner which was announced last', async () => {
  const harness = new ClientHarness();
  const session = await harness.join();
  harness.connection.drop();
  const announced = welcome({ tag: 'tag-2' as Tag });
  const second = await harness.comeBack([announced, tail(11)]);
  assert.deepEqual(second.hello?.position, positionAt(10));
  second.say([12, [['title'], 'live']]);
  second.drop();
  const third = await harness.comeBack([{ t: 'resumed', reconnect: 'token-3' }, tail(13)]);
  assert.deepEqual(third.hello?.position, positionAt(12, { tag: 'tag-2' }));
  third.drop();
  const fourth = await harness.comeBack([announced, tail(13)]);
  assert.deepEqual(fourth.hello?.position, positionAt(13, { tag: 'tag-2' }));
  assert.equal(session.state.title, 'live');
});
