import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from 'holdfast/client';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import { inScope, type Scope } from '../live-server/clean-up.ts';
import type { ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { prepareServer, scratchDir } from '../live-server/scratch.ts';
import { addressOf, Company, type Transport } from '../reconnect/rolling-restart-company.ts';
import { until } from '../reconnect/until.ts';

/** Commands acknowledged by each owner before the next one comes. */
const BETWEEN = 40;
/** The server is stopped this long after everyone writes again, at most. */
const MOST_LOAD_MS = 40;
/** A stop within a transaction keeps the next server out, which is as it should be: then it is stopped again. */
const MOST_STOPS = 20;
/** A server that has been thawed writes what it knows of others within a second; no join waits longer. */
const LATE_JOIN_MS = 3_000;
const MIXED: readonly Transport[] = ['websocket', 'sse', 'websocket', 'sse'];

export type FrozenCounts = Record<(typeof COUNTED)[number] | 'stops within a transaction', number>;
export const COUNTED = [
  'takeovers',
  'commands on their way at a thaw',
  'reads from a server that was taken over',
  'joins tried there',
] as const;

/** What a server says of a session. */
type Seen = { readonly ok: false } | { readonly ok: true; readonly position: { readonly seq: number }; readonly state: JsonObject };

/**
 * Servers on one data directory: each is stopped where it stands, the next one takes over, and then the old one goes on, with
 * its clients. The lock that would keep the next one out is taken away.
 */
export class FrozenRounds {
  readonly #dir: string;
  readonly #servers: [LiveServer, LiveServer];
  /** In one session everyone writes, whoever owns it; one is known to the old owner alone when it thaws, */
  readonly #busy: Company;
  readonly #quiet: Company;
  /** and in one only those write who come to the next owner, while the old one has it in memory as it was. */
  readonly #still: SessionId;
  /** Those who came to the next owner, in each round others. */
  readonly #fresh: Company[] = [];
  readonly #counts: FrozenCounts = {
    'takeovers': 0,
    'commands on their way at a thaw': 0,
    'reads from a server that was taken over': 0,
    'joins tried there': 0,
    'stops within a transaction': 0,
  };

  private constructor(dir: string, servers: [LiveServer, LiveServer], companies: readonly [Company, Company], still: SessionId) {
    this.#still = still;
    this.#dir = dir;
    this.#servers = servers;
    [this.#busy, this.#quiet] = companies;
  }

  static async begin(scope: Scope, dir?: string): Promise<FrozenRounds> {
    const data = dir ?? join(await scratchDir(scope), 'data');
    const options = { main: new URL('./owner-server.ts', import.meta.url), standby: true };
    const servers: [LiveServer, LiveServer] = [await prepareServer(scope, data, options), await prepareServer(scope, data, options)];
    const [first] = servers;
    await first.start();
    const { port } = await addressOf(scope, () => servers[0]);
    const busy = await Company.join(scope, port, { id: await first.createSession(), transports: MIXED });
    const quiet = await Company.join(scope, port, { id: await first.createSession(), transports: MIXED });
    return new FrozenRounds(data, servers, [busy, quiet], await first.createSession());
  }

  get counts(): FrozenCounts {
    return { ...this.#counts };
  }

  /** One change of owners, under load. Rejects with what is wrong. */
  async round(random: () => number): Promise<void> {
    const companies = [this.#busy, this.#quiet];
    for (const company of companies) company.startWriting();
    await Promise.all(companies.map((company) => company.writes(BETWEEN)));
    const [old] = this.#servers;
    await old.ask({ ask: 'seen', session: this.#still });
    await this.#takeOver(random);
    const [next] = this.#servers;
    await inScope(async (scope) => {
      const fresh = await this.#freshPeople(scope, next);
      await this.#thaw(old);
      for (const company of companies) await company.writes(BETWEEN);
      await Promise.all([...companies, ...fresh].map((company) => company.finishWriting()));
    });
    await this.#compare(next);
  }

  /** People who come to the next owner, and write. */
  async #freshPeople(scope: Scope, { port }: LiveServer): Promise<Company[]> {
    const name = `fresh${this.#counts.takeovers}of`;
    const fresh = [
      await Company.join(scope, port, { id: this.#busy.sessionId, transports: ['websocket'], name }),
      await Company.join(scope, port, { id: this.#still, transports: ['sse'], name }),
    ];
    this.#fresh.push(...fresh);
    for (const company of fresh) company.startWriting();
    await Promise.all(fresh.map((company) => company.writes(BETWEEN)));
    return fresh;
  }

  async #compare(next: LiveServer): Promise<void> {
    const others = this.#fresh.filter(({ sessionId }) => sessionId === this.#busy.sessionId);
    await this.#busy.compare(await next.readLog(this.#busy.sessionId, 0), others);
    await this.#quiet.compare(await next.readLog(this.#quiet.sessionId, 0));
  }

  /** Stops the present owner at a random instant, and starts the next one on the same data. */
  async #takeOver(random: () => number): Promise<void> {
    for (let stops = 1; ; stops += 1) {
      const [old, next] = this.#servers;
      await new Promise((resolve) => setTimeout(resolve, random() * MOST_LOAD_MS));
      old.freeze();
      rmSync(join(this.#dir, 'server.lock'));
      this.#servers.reverse();
      try {
        await next.start();
        this.#counts.takeovers += 1;
        return;
      } catch (error) {
        // It was stopped within a transaction: nobody else can write until that is over.
        assert.match(String(error), /locked|busy|another process/);
        assert.ok(stops < MOST_STOPS, 'each time within a transaction');
        this.#counts['stops within a transaction'] += 1;
        this.#servers.reverse();
        old.thaw();
      }
    }
  }

  /** The old owner goes on: all that it says until it ends must be so, and it ends. */
  async #thaw(old: LiveServer): Promise<void> {
    this.#counts['commands on their way at a thaw'] += this.#busy.unanswered + this.#quiet.unanswered;
    const ended = old.ended();
    const printed = old.output.length;
    const late = this.#joinLate(old);
    // Asked while it stands, it hears of this first.
    const sessions = [this.#still, this.#busy.sessionId, this.#quiet.sessionId];
    const reads = sessions.map((session) => this.#read(old, session));
    old.thaw();
    const { code, signal } = await within(ended, 'the old owner ends by itself');
    assert.deepEqual([code, signal], [1, null]);
    assert.match(old.output.slice(printed), /has been taken over by process \d+ .* it has to end/);
    await Promise.all([...reads, late]);
  }

  /** What it says of a session is what the log said at that seq. */
  async #read(old: LiveServer, session: SessionId): Promise<void> {
    const seen = await old.ask<Seen>({ ask: 'seen', session }).catch(() => undefined);
    if (seen?.ok !== true) return;
    this.#counts['reads from a server that was taken over'] += 1;
    const log = new LogReplay();
    const { events } = await this.#servers[0].readLog(session, 0);
    log.follow({ events: events.filter(({ seq }) => seq <= seen.position.seq) });
    assert.equal(JSON.stringify(seen.state), JSON.stringify(log.state), `what was said of seq ${seen.position.seq}`);
  }

  /** Who is told there that they take part, does. */
  async #joinLate(old: LiveServer): Promise<void> {
    this.#counts['joins tried there'] += 1;
    const name = `late${this.#counts.takeovers}`;
    const client = createClient({ url: old.url, token: name });
    try {
      await client.join<typeof ledger>(this.#busy.sessionId, { timeoutMs: LATE_JOIN_MS });
    } catch {
      return;
    } finally {
      client.close();
    }
    const log = new LogReplay();
    log.follow(await this.#servers[0].readLog(this.#busy.sessionId, 0));
    assert.ok(
      log.commands.some(({ command, who }) => command === '@join' && who === name),
      `${name} was let in`,
    );
  }
}

async function within<T>(work: Promise<T>, what: string): Promise<T> {
  let value: { readonly of: T } | undefined;
  void work.then((of) => (value = { of }));
  await until(() => value !== undefined, what);
  return value?.of ?? assert.fail(what);
}
