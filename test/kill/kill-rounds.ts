import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { JsonObject } from '../../src/protocol/json.ts';
import type { Scope } from '../live-server/clean-up.ts';
import type { Entry } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { prepareServer } from '../live-server/scratch.ts';
import { Crew, type Member } from './crew.ts';
import { Errands } from './errands.ts';
import { faultsBetween } from './faults.ts';
import { Journal } from './journal.ts';
import { TavernTable } from './tavern-table.ts';
import { Timers } from './timers.ts';

const LEDGERS = 2;
const MEMBERS = 3;
/** Looks at the store for which a round that takes aim waits at most. */
const MOST_LOOKS = 10_000;
/** Real time in which everyone must be back after a restart. */
const LONGEST_RETURN_MS = 30_000;
/** Of what the server printed, at the end of a failure. */
const MOST_OUTPUT = 4_000;
/** The kill comes this long after everyone is writing again, at most. */
const MOST_LOAD_MS = 50;
/** One round in so many also kills the server while it and its clients are coming back; and has an invitation, and a pause. */
const AGAIN_ONE_IN = 4;
const INVITES_ONE_IN = 2;
const PAUSES_ONE_IN = 3;
const TIMERS = 4;
const ERRANDS = 3;
/** With which a command may be refused: it came in a pause. */
const EXPECTED: ReadonlySet<string> = new Set(['not-active']);

/** One session, its clients, and what its log says so far. */
type Table = { readonly crew: Crew; readonly replay: LogReplay };

/** What was going on when the server was killed, counted. */
export type KillCounts = Record<(typeof COUNTED)[number], number>;
export const COUNTED = [
  'kills',
  'kills with commands unanswered',
  'rounds with a batch in flight',
  'kills on the way up',
  'commands acknowledged',
  'timers that came',
  'kills while timers waited',
  'newcomers by invitation',
  'pauses',
  'sessions ended and cleaned up',
] as const;

/** Rounds of load, kill -9 and return, of one server and its clients over real sockets. */
export class KillRounds {
  readonly #server: LiveServer;
  readonly #journal: Journal;
  readonly #tables: readonly Table[];
  readonly #tavern: TavernTable;
  readonly #errands: Errands;
  readonly #timers: Timers;
  readonly #counts = Object.fromEntries(COUNTED.map((name) => [name, 0])) as KillCounts;

  private constructor(server: LiveServer, journal: Journal, crews: readonly Crew[], tavern: TavernTable, timers: Timers) {
    this.#server = server;
    this.#journal = journal;
    this.#tables = [...crews, tavern.crew].map((crew) => ({ crew, replay: new LogReplay() }));
    this.#tavern = tavern;
    this.#timers = timers;
    this.#errands = new Errands(server);
  }

  static async begin(scope: Scope, dir?: string): Promise<KillRounds> {
    const server = await prepareServer(scope, dir, { main: new URL('./kill-server.ts', import.meta.url), standby: true });
    await server.start();
    const journal = new Journal();
    const crews: Crew[] = [];
    for (let n = 0; n < LEDGERS; n += 1) crews.push(await Crew.join(scope, server, MEMBERS, journal));
    const timed = crews[0]?.members[0] ?? assert.fail('nobody is there');
    return new KillRounds(server, journal, crews, await TavernTable.open(scope, server, journal), new Timers(timed.session));
  }

  get counts(): KillCounts {
    return {
      ...this.#counts,
      'commands acknowledged': this.#journal.records.filter(({ outcome }) => outcome === 'acked').length,
      'timers that came': this.#timers.count,
      'newcomers by invitation': this.#tavern.admissions,
      'pauses': this.#tavern.pauses,
      'sessions ended and cleaned up': this.#errands.ended,
    };
  }

  /** One round: everyone plays, the server is killed, all come back, and everything is compared. Rejects with what is wrong. */
  async round(random: () => number): Promise<void> {
    for (const { crew } of this.#tables) crew.startWriting();
    const others = this.#others(random);
    await this.#crash(random);
    others.set('errands', this.#errands.run(ERRANDS)).set('timers', this.#timers.allCome());
    for (const { crew } of this.#tables) others.set(`what was sent in ${crew.sessionId}`, crew.finishWriting());
    await this.#inTime(others);
    for (const table of this.#tables) await this.#compare(table);
    await this.#inTime(new Map([['who is here', this.#tavern.withoutGhosts()]]));
    assert.deepEqual(await this.#errands.faults(), []);
  }

  /** The last word on each session: a replay from nothing must come to the same as the one that followed along. */
  async end(): Promise<void> {
    for (const { crew, replay } of this.#tables) {
      const whole = new LogReplay();
      whole.follow(await this.#server.readLog(crew.sessionId, 0));
      assert.equal(JSON.stringify(whole.state), JSON.stringify(replay.state));
      const keys = whole.commands.filter(({ command, number }) => command === 'append' && number !== null).map(({ key }) => key);
      assert.equal(new Set(keys).size, keys.length, 'no command number appears twice');
    }
    assert.deepEqual(await this.#errands.leftovers(), []);
  }

  /** What goes on besides commands, until it is done. */
  #others(random: () => number): Map<string, Promise<unknown>> {
    this.#timers.set(TIMERS, 2 * MOST_LOAD_MS, random);
    this.#tavern.showPresence();
    const soon = (act: () => Promise<void>): Promise<void> => elapse(random() * MOST_LOAD_MS).then(act);
    const doings = new Map<string, Promise<unknown>>([['errands under load', soon(() => this.#errands.run(ERRANDS))]]);
    if (random() < 1 / INVITES_ONE_IN)
      doings.set(
        'invitations',
        soon(() => this.#tavern.invite()),
      );
    if (random() < 1 / PAUSES_ONE_IN)
      doings.set(
        'a pause',
        soon(() => this.#tavern.pauseAndResume()),
      );
    // Whoever waits for them hears of a failure; where a round has failed before, nobody does.
    for (const doing of doings.values()) doing.catch(() => undefined);
    return doings;
  }

  /** Kills the server at a random instant of the load and starts it again; sometimes kills it on its way up, too. */
  async #crash(random: () => number): Promise<void> {
    const kills = random() < 1 / AGAIN_ONE_IN ? 2 : 1;
    const isAimed = random() < 0.5;
    let hit = false;
    for (let kill = 1; kill <= kills; kill += 1) {
      await elapse(random() * MOST_LOAD_MS);
      if (isAimed && kill === 1) await this.#sightBatch();
      if (this.#journal.unanswered > 0) this.#counts['kills with commands unanswered'] += 1;
      if (this.#timers.waiting > 0) this.#counts['kills while timers waited'] += 1;
      if (kill > 1) this.#counts['kills on the way up'] += 1;
      hit = (await this.#server.kill()) > 0 || hit;
      this.#counts.kills += 1;
      await this.#server.start();
    }
    if (hit) this.#counts['rounds with a batch in flight'] += 1;
  }

  /** Half of the rounds take aim: the next moment at which a batch is with the store. */
  async #sightBatch(): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS && this.#server.inFlight === 0; looks += 1)
      await new Promise((resolve) => setImmediate(resolve));
  }

  /** Reads the log until everyone has seen all that it shows. Its head also moves when the window of a connection that a kill left behind ends. */
  async #catchUp({ crew, replay }: Table): Promise<void> {
    do {
      const seen = Math.max(...crew.members.map(({ session }) => session.seq));
      replay.follow(await this.#server.readLog(crew.sessionId, replay.seq));
      assert.ok(replay.seq >= seen, `someone was shown seq ${seen}, and the log ends at ${replay.seq}`);
      await this.#inTime(new Map([[`seq ${replay.shown} of ${crew.sessionId}`, crew.reach(replay.shown)]]));
    } while (crew.members.some(({ session }) => session.seq > replay.seq));
  }

  /** Everyone's view, the log's own replay and the journal must agree. */
  async #compare(table: Table): Promise<void> {
    await this.#catchUp(table);
    const { crew, replay } = table;
    for (const { name, role, session } of crew.members) {
      assert.ok(session.seq >= replay.shown, `${name} stands at seq ${session.seq}, the log shows something at ${replay.shown}`);
      assert.equal(JSON.stringify(session.state), JSON.stringify(sightOf(role, replay.state)), `${name} sees what the log says`);
    }
    const entries = this.#timers.others(replay.state['entries'] as Entry[]);
    const records = this.#journal.records.filter((record) => record.session === crew.sessionId);
    assert.deepEqual(faultsBetween(records, entries, EXPECTED), []);
    if (crew === this.#tavern.crew) assert.deepEqual(this.#tavern.faults(replay), []);
    if (crew === this.#tables[0]?.crew) assert.deepEqual(this.#timers.faults(replay.state['entries'] as Entry[]), []);
  }

  /** A client that never comes back would wait for ever: says who, and where it stands. */
  async #inTime(doings: ReadonlyMap<string, Promise<unknown>>): Promise<void> {
    const late = AbortSignal.timeout(LONGEST_RETURN_MS);
    const missing = new Set(doings.keys());
    const work = [...doings].map(([name, doing]) => doing.then(() => missing.delete(name)));
    await Promise.race([Promise.all(work), once(late, 'abort')]);
    if (!late.aborted) return;
    const lines = this.#tables.flatMap(({ crew }) => crew.members.map((member) => `${crew.sessionId} ${standing(member)}`));
    assert.fail(`not done: ${[...missing].join(', ')}\n${lines.join('\n')}\n${this.#server.output.slice(-MOST_OUTPUT)}`);
  }
}

/** What people of that role see of the state. */
function sightOf(role: string, state: JsonObject): JsonObject {
  const { secrets: _, ...rest } = state;
  return role === 'gm' ? state : rest;
}

function standing({ name, session }: Member): string {
  const pending = session.pending.map(({ name: command }) => command).join();
  return `${name} at seq ${session.seq}: ${JSON.stringify(session.status)}, ${JSON.stringify(session.connection)}, waits for [${pending}], sees ${JSON.stringify(session.presence)}`;
}

/** The clock of a crash, not a wait for something to happen: the instant is drawn at random on purpose. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
