import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { seededRandom } from '../../bench/entities.ts';
import type { Entry } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { prepareServer } from '../live-server/scratch.ts';
import { Crew } from './crew.ts';
import { faultsBetween } from './faults.ts';
import { Journal } from './journal.ts';

const ROUNDS = Number(process.env['HOLDFAST_KILL_ROUNDS'] ?? 100);
const SEED = Number(process.env['HOLDFAST_KILL_SEED'] ?? Date.now() % 1_000_000_007);
const SESSIONS = 3;
const MEMBERS = 3;
/** Looks at the store for which a round that takes aim waits at most. */
const MOST_LOOKS = 10_000;
/** Clients and sessions are new after this many rounds, so that neither logs nor states grow without end. */
const ROUNDS_TOGETHER = 20;
/** Real time in which everyone must be back after a restart. */
const LONGEST_RETURN_MS = 20_000;
/** The kill comes this long after everyone is writing again, at most. */
const MOST_LOAD_MS = 50;
/** One round in this many also kills the server while it and its clients are coming back. */
const AGAIN_ONE_IN = 4;

/** One session, its clients, and what its log says so far. */
type Table = { readonly crew: Crew; readonly replay: LogReplay };
type Tally = { kills: number; withUnanswered: number; roundsWithBatch: number };

/** Kills the server at a random instant of the load and starts it again; sometimes kills it on its way up, too. */
async function crash(server: LiveServer, journal: Journal, random: () => number, tally: Tally): Promise<void> {
  const kills = random() < 1 / AGAIN_ONE_IN ? 2 : 1;
  const aimed = random() < 0.5;
  let hit = false;
  for (let kill = 1; kill <= kills; kill++) {
    await elapse(random() * MOST_LOAD_MS);
    if (aimed && kill === 1) await sightBatch(server);
    if (journal.unanswered > 0) tally.withUnanswered += 1;
    hit = (await server.kill()) > 0 || hit;
    tally.kills += 1;
    await server.start();
  }
  if (hit) tally.roundsWithBatch += 1;
}

/** Half of the rounds take aim: the next moment at which a batch is with the store. */
async function sightBatch(server: LiveServer): Promise<void> {
  for (let looks = 0; looks < MOST_LOOKS && server.inFlight === 0; looks++) await new Promise((resolve) => setImmediate(resolve));
}

/** The clock of a crash, not a wait for something to happen: the instant is drawn at random on purpose. */
function elapse(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A client that never comes back would wait for ever: says who, and where it stands. */
async function withinRound(round: number, tables: readonly Table[], work: Promise<unknown>): Promise<void> {
  const late = AbortSignal.timeout(LONGEST_RETURN_MS);
  await Promise.race([work, once(late, 'abort')]);
  if (!late.aborted) return;
  const stuck = tables.flatMap(({ crew }) => crew.members.filter(({ session }) => session.pending.length > 0));
  const lines = stuck.map(
    ({ name, session }) => `${name} at seq ${session.seq}: ${JSON.stringify(session.status)}, waits for ${JSON.stringify(session.pending)}`,
  );
  assert.fail(`in round ${round} not everything was answered:\n${lines.join('\n')}`);
}

/** Reads the log until everyone has seen all that it shows. Its head also moves when the window of a connection that a kill left behind ends. */
async function catchUp(server: LiveServer, { crew, replay }: Table): Promise<void> {
  do {
    const seen = Math.max(...crew.members.map(({ session }) => session.seq));
    replay.follow(await server.readLog(crew.sessionId, replay.seq));
    assert.ok(replay.seq >= seen, `someone was shown seq ${seen}, and the log ends at ${replay.seq}`);
    await crew.reach(replay.shown);
  } while (crew.members.some(({ session }) => session.seq > replay.seq));
}

/** Everyone's view, the log's own replay and the journal must agree. */
async function compare(server: LiveServer, { crew, replay }: Table, journal: Journal): Promise<void> {
  await catchUp(server, { crew, replay });
  const logged = JSON.stringify(replay.state);
  for (const { name, session } of crew.members) {
    assert.ok(session.seq >= replay.shown, `${name} stands at seq ${session.seq}, the log shows something at ${replay.shown}`);
    assert.equal(JSON.stringify(session.state), logged, `${name} sees what the log says`);
    assert.equal(session.state.counts[session.self.id], session.state.entries.filter((entry) => entry.by === session.self.id).length);
  }
  const records = journal.records.filter((record) => record.session === crew.sessionId);
  assert.deepEqual(faultsBetween(records, replay.state['entries'] as Entry[]), []);
}

/** Everyone's last word on a session: a replay from nothing must come to the same as the one that followed along. */
async function replayOnceMore(server: LiveServer, { crew, replay }: Table): Promise<void> {
  const whole = new LogReplay();
  whole.follow(await server.readLog(crew.sessionId, 0));
  assert.equal(JSON.stringify(whole.state), JSON.stringify(replay.state));
  const keys = whole.commands.filter(({ command }) => command === 'append').map(({ key }) => key);
  assert.equal(new Set(keys).size, keys.length, 'no command number appears twice');
}

test('KILL-1: kill -9 under load loses no acknowledged command and runs none twice', { timeout: 600_000 }, async (t) => {
  t.diagnostic(`seed ${SEED} (HOLDFAST_KILL_SEED)`);
  const random = seededRandom(SEED);
  const journal = new Journal();
  const tally: Tally = { kills: 0, withUnanswered: 0, roundsWithBatch: 0 };
  const server = await prepareServer(t);
  await server.start();
  let tables: Table[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % ROUNDS_TOGETHER === 0) {
      for (const table of tables) await replayOnceMore(server, table);
      tables = await Promise.all(
        Array.from({ length: SESSIONS }, async () => ({ crew: await Crew.join(t, server, MEMBERS, journal), replay: new LogReplay() })),
      );
    }
    for (const { crew } of tables) crew.startWriting();
    await crash(server, journal, random, tally);
    await withinRound(round, tables, Promise.all(tables.map(({ crew }) => crew.finishWriting())));
    for (const table of tables) await compare(server, table, journal);
  }
  for (const table of tables) await replayOnceMore(server, table);
  t.diagnostic(
    `${tally.kills} kills in ${ROUNDS} rounds over ${journal.records.length} commands: ${tally.withUnanswered} with unanswered commands; ${tally.roundsWithBatch} rounds with a batch in flight`,
  );
  assert.ok(tally.roundsWithBatch * 2 >= ROUNDS, 'at least half of the rounds must hit a batch in flight');
});
