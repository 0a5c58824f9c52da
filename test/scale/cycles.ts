import { queryObjects } from 'node:v8';
import type { ConnectionId, SessionId } from '../../src/protocol/ids.ts';
import { Session } from '../../src/session/session.ts';
import { Sessions } from '../../src/session/sessions.ts';
import type { Store } from '../../src/store/store.ts';
import { HeldStore } from '../../src/testing/held-store.ts';
import { SeededBytes } from '../../src/testing/seeded-bytes.ts';
import { person } from '../../src/testing/session-harness.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';

/** Sessions that live at the same time. */
const AT_ONCE = 20;
const PEOPLE = [person('mira'), person('jon')];

/** What must be the same after any number of cycles. */
export type Remains = {
  readonly timers: number;
  readonly awake: number;
  readonly connections: number;
  /** Objects in memory, after a collection. */
  readonly sessionObjects: number;
  readonly serverObjects: number;
  readonly stored: number;
  readonly created: number;
  readonly deleted: number;
};

/**
 * Lets sessions be created, played, ended and deleted, twenty at a time, in one process. A third of them crash midway: a
 * write is lost, or the whole server is gone without a word and another one takes over.
 */
export class Cycles {
  readonly store: HeldStore;
  #clock = new VirtualClock();
  #sessions: Sessions;
  #next = 0;
  #seed = 1;
  done = 0;
  crashes = 0;

  constructor(store: Store) {
    this.store = new HeldStore(store);
    this.#sessions = this.#newServer();
  }

  async start(): Promise<this> {
    await this.store.open();
    await this.#sessions.start();
    return this;
  }

  async stop(): Promise<void> {
    await this.#settle(this.#sessions.stop());
    await this.store.close();
  }

  async run(cycles: number): Promise<void> {
    for (const end = this.done + cycles; this.done < end; this.done += AT_ONCE) await this.#batch(this.done / AT_ONCE);
  }

  async remains(): Promise<Remains> {
    await this.#pass(60_000);
    const { awake, connections } = this.#sessions.counts();
    const { created, deleted } = await this.#settle(this.store.counters());
    return {
      timers: this.#clock.timers,
      awake,
      connections,
      sessionObjects: queryObjects(Session, { format: 'count' }),
      serverObjects: queryObjects(Sessions, { format: 'count' }),
      stored: (await this.#settle(this.store.list({}))).length,
      created,
      deleted,
    };
  }

  async #batch(batch: number): Promise<void> {
    const ids = await Promise.all(Array.from({ length: AT_ONCE }, () => this.#create()));
    for (const id of ids) this.#play(id);
    await this.#pass(10);
    if (batch % 3 === 2) await (batch % 2 === 0 ? this.#loseWrite(ids) : this.#loseServer());
    for (const id of ids) await this.#end(id);
    await this.#pass(15_000);
    for (const id of ids) await this.#settle(this.store.remove(id, { history: true }));
  }

  async #create(): Promise<SessionId> {
    const created = await this.#settle(this.#sessions.create({ type: 'tabletop', by: 'system', listed: false }));
    if (!created.ok) throw new Error(created.message);
    return created.row.session;
  }

  #play(session: SessionId): void {
    for (const identity of PEOPLE) {
      this.#next += 1;
      const connection = `connection-${this.#next}` as ConnectionId;
      this.#sessions.attach(session, { connection, identity });
      for (const n of [1, 2, 3]) this.#sessions.receive(session, connection, { t: 'command', n, low: 1, name: 'roll', args: {} });
    }
  }

  async #end(session: SessionId): Promise<void> {
    const ended = await this.#settle(this.#sessions.end(session, 'system'));
    if (!ended.ok) throw new Error(ended.message);
  }

  /** What is under way fails: every session of the batch drops its memory. */
  async #loseWrite(ids: readonly SessionId[]): Promise<void> {
    this.store.hold();
    const running = ids.map((id) => this.#sessions.run(id, { as: 'system', command: 'roll', args: {} }));
    await this.#pass(10);
    while (this.store.waiting > 0) {
      await this.store.next('lost');
      await this.#pass(10);
    }
    this.store.letGo();
    await this.#settle(Promise.all(running));
    this.crashes += ids.length;
  }

  /** Nothing is said to anybody: another server begins with what is stored. */
  async #loseServer(): Promise<void> {
    this.#clock = new VirtualClock({ startedAt: this.#clock.now() + 1_000 });
    this.#sessions = this.#newServer();
    await this.#settle(this.#sessions.start());
    this.crashes += AT_ONCE;
  }

  #newServer(): Sessions {
    this.#seed += 1;
    return new Sessions({
      store: this.store,
      definitions: [tinyTabletop],
      clock: this.#clock,
      random: new SeededBytes(this.#seed),
      output: { deliver: () => undefined },
      durability: 'memory',
      rhythm: { maxDelayMs: 0 },
    });
  }

  async #pass(ms: number): Promise<void> {
    for (let step = 0; step < 6; step += 1) {
      this.#clock.advance(ms / 6);
      await this.#settle(new Promise((resolve) => setImmediate(resolve)));
      await this.#settle(this.store.counters());
    }
  }

  /** The clock stands still but for what is due now. */
  async #settle<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const watched = work.finally(() => (isDone = true));
    watched.catch(() => undefined);
    while (!isDone) {
      this.#clock.advance(0);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return watched;
  }
}
