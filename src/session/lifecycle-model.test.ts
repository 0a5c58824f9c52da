import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import type { SessionStatus } from '../definition/command-context.ts';
import { defineSession } from '../definition/define-session.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { lifecycleFaults } from './lifecycle-consistency.ts';
import { LIFECYCLE, LIFECYCLE_EVENTS, type LifecycleEvent } from './lifecycle-table.ts';
import { replay } from './recovery.ts';
import { emptyTree } from './tree.ts';

type Name = 'mira' | 'jon' | 'ann';
type Sender = Name | 'system';

/** Mira owns the session and is its GM; without one it pauses. */
const world = defineSession('world', {
  version: 1,
  initial: () => ({ count: 0, rang: 0, joins: 0, over: false }),
  policies: { access: 'open', start: 'lobby', whenGmLeaves: 'pause' },
  onJoin: (state) => void (state.joins += 1),
  isComplete: (state) => state.over,
  commands: (command) => ({
    count: command(z.object({}), (state) => void (state.count += 1)),
    set: command(z.object({ afterMs: z.number() }), (_state, { afterMs }, ctx) => void ctx.schedule(afterMs, 'ring')),
    ring: command(z.object({}), (state) => void (state.rang += 1), { roles: ['system'] }),
    win: command(z.object({}), (_state, _args, ctx) => ctx.end('won')),
    finish: command(z.object({}), (state) => void (state.over = true)),
  }),
});

/** What the session should be. */
class Model {
  status: SessionStatus = 'lobby';
  before: SessionStatus | undefined;
  pausedBy: Sender | undefined;
  /** Who takes part, and whether they are away. */
  readonly people = new Map<Name, { away: boolean }>();
  readonly connected = new Set<Name>();
  gm: 'here' | 'gone' | undefined;
  ranMs = 0;
  timers: number[] = [];
  count = 0;
  rang = 0;
  joins = 0;

  get isOver(): boolean {
    return this.status === 'ended' || this.status === 'archived';
  }

  pass(ms: number): void {
    if (this.status !== 'active') return;
    this.ranMs += ms;
    this.rang += this.timers.filter((due) => due <= this.ranMs).length;
    this.timers = this.timers.filter((due) => due > this.ranMs);
  }

  /** The code of the refusal, or nothing. */
  move(event: LifecycleEvent, by: Sender): string | undefined {
    const isHosts = event === 'warn' || event === 'abandon' || event === 'archive';
    if (by !== 'system' && (isHosts || by !== 'mira')) return 'forbidden';
    const to = LIFECYCLE[this.status][event];
    if (to === 'illegal' || (event === 'abandon' && this.connected.size > 0)) return 'illegal-transition';
    if (to !== 'stays') this.#enter(to === 'before' ? (this.before ?? 'active') : to, by, event);
    this.mark();
    return undefined;
  }

  #enter(to: SessionStatus, by: Sender, event: LifecycleEvent): void {
    this.before = to === 'abandoned' ? this.status : undefined;
    if (event === 'pause') this.pausedBy = by;
    else if (to !== 'abandoned' && to !== 'paused') this.pausedBy = undefined;
    this.status = to;
    if (to !== 'ended') return;
    this.timers = [];
    this.connected.clear();
  }

  play(name: string, by: Sender, afterMs = 0): string | undefined {
    if (by !== 'system' && !this.people.has(by)) return 'forbidden';
    if (this.isOver) return 'ended';
    if (this.status !== 'active') return 'not-active';
    if (name === 'count') this.count += 1;
    else if (name === 'set') this.timers.push(this.ranMs + afterMs);
    else this.#enter('ended', by, 'end');
    return undefined;
  }

  connect(name: Name): boolean {
    const known = this.people.get(name);
    if (known === undefined && this.isOver) return false;
    this.connected.add(name);
    if (known?.away === false) return true;
    if (known === undefined) this.joins += 1;
    this.people.set(name, { away: false });
    this.mark();
    if (this.status === 'abandoned') this.move('reactivate', 'system');
    return true;
  }

  lose(names: readonly Name[]): void {
    for (const name of names) {
      this.connected.delete(name);
      if (this.people.has(name)) this.people.set(name, { away: true });
    }
    if (names.length > 0) this.mark();
  }

  leave(name: Name): void {
    this.people.delete(name);
    this.connected.delete(name);
    this.mark();
  }

  /** Notes whether the last GM is gone, and pauses then. */
  mark(): void {
    if (this.isOver) return;
    if (this.status !== 'active') this.gm = undefined;
    else if (this.people.get('mira')?.away === false) this.gm = 'here';
    else if (this.gm !== undefined) this.gm = 'gone';
    if (this.gm === 'gone') this.move('pause', 'system');
  }
}

/** The real thing, which can be killed. */
class Real {
  readonly #inner = new MemoryStore();
  held = new HeldStore(this.#inner);
  harness: SessionHarness = this.#harness();
  session = '' as SessionId;
  readonly connections = new Map<Name, HarnessConnection>();

  #harness(): SessionHarness {
    return new SessionHarness({ definitions: [world], store: this.held, rhythm: { maxDelayMs: 0 }, sleepAfterMs: 10_000 });
  }

  async start(): Promise<this> {
    await this.harness.start();
    this.session = await this.harness.create('world');
    return this;
  }

  begin(as: Sender, command: string, args: JsonValue) {
    return this.harness.sessions.run(this.session, { as: as === 'system' ? as : person(as), command, args });
  }

  async run(as: Sender, command: string, args: JsonValue): Promise<string | undefined> {
    const running = this.begin(as, command, args);
    await this.settle();
    const outcome = await running;
    return outcome.ok ? undefined : outcome.code;
  }

  async settle(): Promise<void> {
    for (let round = 0; round < 3; round += 1) await this.harness.settle();
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      this.harness.clock.advance(Math.min(left, 1_000));
      await this.harness.settle();
    }
  }

  /** The process is gone, and another one begins after `downMs`. */
  async replace(downMs: number): Promise<void> {
    const elapsed = this.harness.clock.monotonic();
    this.held = new HeldStore(this.#inner);
    this.harness = this.#harness();
    this.connections.clear();
    this.harness.clock.sleep(elapsed + downMs);
    await this.harness.start();
    await this.settle();
    // Whoever uses it wakes it.
    await this.run('system', '@nothing', null);
    await this.settle();
  }

  async check(model: Model): Promise<void> {
    const reading = this.harness.sessions.read(this.session, 'system');
    await this.settle();
    const read = await reading;
    assert.ok(read.ok);
    const { count, rang, joins } = read.state;
    assert.deepEqual(
      { status: read.meta['status'], by: read.meta['pausedBy'], count, rang, joins },
      { status: model.status, by: model.pausedBy, count: model.count, rang: model.rang, joins: model.joins },
    );
    const row = await this.#inner.get(this.session);
    assert.ok(row !== undefined);
    assert.equal(row.status, model.status);
    assert.equal(row.nextDueAt === null, model.status !== 'active' || model.timers.length === 0);
    const tree = emptyTree();
    const log = await this.#inner.read(this.session, 0, row.headSeq);
    assert.deepEqual(replay(tree, 0, log), { seq: row.headSeq, damage: undefined });
    assert.equal(JSON.stringify({ meta: tree.meta, state: tree.state }), JSON.stringify({ meta: read.meta, state: read.state }));
    assert.deepEqual(lifecycleFaults(tree), []);
    const [history] = await this.#inner.history({ session: this.session });
    const { seq: _seq, ...record } = tree.internal.history;
    assert.equal(history?.data, JSON.stringify(record));
    if (model.isOver) assert.equal(record.playedMs, model.ranMs);
    const wrong = this.harness.events.filter(({ kind }) => kind === 'inconsistent' || kind === 'handler-failed');
    assert.deepEqual(wrong, []);
  }
}

type Step = fc.AsyncCommand<Model, Real>;

function step(told: string, run: (model: Model, real: Real) => Promise<void>, check: (model: Model) => boolean = () => true): Step {
  return {
    check,
    toString: () => told,
    async run(model, real) {
      await run(model, real);
      await real.check(model);
    },
  };
}

const move = (event: LifecycleEvent, by: Sender): Step =>
  step(`${by} ${event}`, async (model, real) => {
    const code = await real.run(by, `@${event}`, event === 'pause' ? { reason: 'tea' } : null);
    assert.equal(code, model.move(event, by));
  });

const play = (name: 'count' | 'win' | 'finish', by: Sender): Step =>
  step(`${by} ${name}`, async (model, real) => assert.equal(await real.run(by, name, {}), model.play(name, by)));

const set = (afterMs: number): Step =>
  step(`timer ${afterMs}`, async (model, real) =>
    assert.equal(await real.run('system', 'set', { afterMs }), model.play('set', 'system', afterMs)),
  );

const connect = (name: Name): Step =>
  step(
    `${name} connects`,
    async (model, real) => {
      const connection = real.harness.knock(real.session, person(name));
      await real.settle();
      assert.equal(connection.welcome !== undefined, model.connect(name));
      if (model.connected.has(name)) real.connections.set(name, connection);
    },
    (model) => !model.connected.has(name),
  );

const leave = (name: Name): Step =>
  step(
    `${name} leaves`,
    async (model, real) => {
      assert.equal(await real.run(name, '@leave', null), undefined);
      await real.settle();
      model.leave(name);
    },
    (model) => model.people.has(name),
  );

const lose = (name: Name): Step =>
  step(
    `${name} is lost`,
    async (model, real) => {
      const connection = real.connections.get(name);
      assert.ok(connection !== undefined);
      real.harness.sessions.detach(real.session, connection.id);
      await real.pass(30_000);
      model.pass(30_000);
      model.lose([name]);
      await real.pass(1_000);
      model.pass(1_000);
    },
    (model) => model.connected.has(name),
  );

const pass = (ms: number): Step =>
  step(`${ms} ms pass`, async (model, real) => {
    await real.pass(ms);
    model.pass(ms);
  });

/** The process is killed while the store writes what an act came to; afterwards nobody comes back in time. */
const kill = (event: LifecycleEvent, fate: 'ok' | 'lost', downMs: number): Step =>
  step(`killed at ${event}, which is ${fate}, for ${downMs} ms`, async (model, real) => {
    real.held.hold();
    void real.begin('system', `@${event}`, null);
    await real.settle();
    const isWritten = real.held.waiting > 0;
    if (isWritten) await real.held.next(fate);
    await real.harness.store.get(real.session);
    if (!isWritten) assert.notEqual(model.move(event, 'system'), undefined);
    else if (fate === 'ok') assert.equal(model.move(event, 'system'), undefined);
    const there = [...model.connected];
    await real.replace(downMs);
    model.pass(downMs);
    await real.pass(30_000);
    model.pass(30_000);
    model.lose(there);
    await real.pass(1_000);
    model.pass(1_000);
  });

const event = fc.constantFrom(...LIFECYCLE_EVENTS);
const name = fc.constantFrom('mira', 'jon', 'ann');
const sender = fc.constantFrom('system', 'system', 'mira', 'jon');
const seconds = fc.integer({ min: 1, max: 40 }).map((count) => count * 1_000);

test('LIFECYCLE-21: whatever happens to a session, killed and woken at any step, it is what its table says and its log holds', async () => {
  const steps = [
    fc.tuple(event, sender).map(([what, by]) => move(what, by)),
    fc.tuple(fc.constantFrom('start', 'pause', 'resume'), fc.constantFrom('system', 'mira')).map(([what, by]) => move(what, by)),
    sender.map((by) => play('count', by)),
    fc.tuple(fc.constantFrom('count', 'count', 'win', 'finish'), sender).map(([what, by]) => play(what, by)),
    seconds.map((ms) => set(ms + 7)),
    name.map(connect),
    name.map(leave),
    name.map(lose),
    seconds.map(pass),
    fc.tuple(event, fc.constantFrom('ok', 'lost'), seconds).map(([what, fate, downMs]) => kill(what, fate, downMs)),
  ];
  await fc.assert(
    fc.asyncProperty(fc.commands(steps, { maxCommands: 30, size: 'max' }), fc.integer({ max: 4, min: 0 }), async (commands, chance) => {
      const [model, real] = [new Model(), await new Real().start()];
      // Most of a life is not spent in the lobby.
      if (chance > 0) await move('start', 'system').run(model, real);
      await fc.asyncModelRun(() => ({ model, real }), commands);
    }),
    { numRuns: 50 },
  );
});
