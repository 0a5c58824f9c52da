import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { Direction } from 'holdfast/testing';
import { seededRandom } from '../../bench/entities.ts';
import { overEach, type Carrier } from './carriers.ts';
import { meetConnections, type Line, type LineConnection } from './line.ts';
import { Table, type TableOptions } from './table.ts';
import { until } from './until.ts';
import type { Watcher } from './watcher.ts';

const SEED = Number(process.env['HOLDFAST_RETURN_SEED'] ?? Date.now() % 1_000_000_007);
/** Places at which the conversation is cut, spread over all of it, for each direction. */
const PLACES = 40;
const MEMBERS = 4;
/** Things that go wrong with the network, one after the other. */
const TROUBLES = { 'without restarts': 40, 'with restarts': 24 };

/** Joins over that line, says three things, and checks that each was done once, whatever becomes of the connection. */
async function converse(table: Table, name: string, line: Line): Promise<void> {
  await table.turnToNewSession();
  const watcher = await table.join(name, { line });
  const { commands } = watcher.session;
  const draws = [await commands.say({ id: 'one' }), ...(await Promise.all([commands.say({ id: 'two' }), commands.say({ id: 'three' })]))];
  const log = await table.agree(watcher);
  watcher.checkAgainst(log);
  const expected = ['one', 'two', 'three'].map((id, index) => ({ id, draw: draws[index] }));
  assert.deepEqual(log.state['entries'], expected);
  assert.deepEqual(watcher.session.state.entries, expected);
  assert.deepEqual(watcher.complaints, []);
  await watcher.session.leave();
}

/** Where a conversation is cut: in its nth connection, after so many bytes. */
type Place = { readonly number: number; readonly byte: number };

/** A place anywhere in a conversation whose connections passed on so much, at that part (0 to 1) of the whole. */
function placeAt(lengths: readonly number[], part: number): Place {
  let byte = 1 + Math.floor(part * lengths.reduce((sum, length) => sum + length, 0));
  for (const [number, length] of lengths.entries()) {
    if (byte <= length) return { number, byte };
    byte -= length;
  }
  return { number: 0, byte };
}

for (const direction of ['toServer', 'toClient'] as const) {
  test(
    `RETURN-4: a connection that is cut at any byte ${direction === 'toServer' ? 'to the server' : 'to the client'} has every command done once`,
    overEach(async (t, carrier) => {
      t.diagnostic(`seed ${SEED} (HOLDFAST_RETURN_SEED)`);
      const random = seededRandom(SEED);
      const table = await Table.set(t, carrier);
      const whole: LineConnection[] = [];
      const first = await table.layLine();
      meetConnections(first, (connection) => whole.push(connection));
      await converse(table, 'whole', first);
      const lengths = whole.map((connection) => connection.passed(direction));
      let total = 0;
      for (let part = 0; part < PLACES; part += 1) {
        const place = placeAt(lengths, (part + random()) / PLACES);
        const again = 1 + Math.floor(random() * (lengths[0] ?? 0));
        const line = await table.layLine();
        meetConnections(line, (connection, number) => {
          if (number === place.number) connection.change({ cutAtByte: place.byte }, direction);
          // Every third time the way back is cut as well.
          else if (number === place.number + 1 && part % 3 === 0) connection.change({ cutAtByte: again }, direction);
        });
        await converse(table, `cut-at-${place.number}-${place.byte}`, line);
        total += line.total;
      }
      assert.ok(total > PLACES, 'connections were cut');
      t.diagnostic(`${lengths.join(' + ')} bytes ${direction}, cut at ${PLACES} places; ${total} connections`);
    }),
  );
}

/** Keeps speaking, three things at a time, until told to stop; every promise is kept. */
function speak(watcher: Watcher, said: string[]): { readonly stop: () => Promise<void> } {
  let speaking = true;
  const voice = async (voice: number): Promise<void> => {
    for (let n = 1; speaking; n += 1) {
      const id = `${watcher.name}-${voice}-${n}`;
      await watcher.session.commands.say({ id });
      said.push(id);
    }
  };
  const voices = [1, 2, 3].map(voice);
  return {
    stop: async () => {
      speaking = false;
      await Promise.all(voices);
    },
  };
}

/** One thing that goes wrong with one connection or all of them; the result puts it right. */
function makeTrouble(table: Table, random: () => number): () => void {
  const { connections } = table;
  const one = connections[Math.floor(random() * connections.length)];
  const direction: Direction = random() < 0.5 ? 'toServer' : 'toClient';
  const kind = Math.floor(random() * 6);
  if (kind === 0) table.cut();
  else if (kind === 1) one?.reset();
  else if (kind === 2) one?.cut();
  else if (kind === 3) one?.change({ swallowing: true }, random() < 0.5 ? direction : undefined);
  else if (kind === 4) one?.change({ cutAtByte: one.passed(direction) + Math.floor(random() * 2_000) }, direction);
  else {
    one?.change({ stalled: true }, direction);
    return () => one?.change({ stalled: false });
  }
  return () => undefined;
}

test(
  'RETURN-5: cuts, resets, stalls and half-open connections under load: everyone is shown a prefix of one log without gaps',
  overEach(async (t, carrier) => {
    await playInTrouble(t, carrier, { server: { heartbeatMs: 1_000 } }, 'without restarts');
  }),
);

test(
  'RETURN-5: the same with restarts of the server, and places that are given up almost at once',
  overEach(async (t, carrier) => {
    await playInTrouble(t, carrier, { server: { heartbeatMs: 1_000 }, policies: { reconnectWindowMs: 20 } }, 'with restarts');
  }),
);

async function playInTrouble(t: TestContext, carrier: Carrier, options: TableOptions, how: keyof typeof TROUBLES): Promise<void> {
  t.diagnostic(`seed ${SEED} (HOLDFAST_RETURN_SEED)`);
  const random = seededRandom(SEED);
  const table = await Table.set(t, carrier, { ...options, seed: SEED });
  const watchers = await Promise.all(Array.from({ length: MEMBERS }, (_, i) => table.join(`member${i}`)));
  const said: string[] = [];
  const voices = watchers.map((watcher) => speak(watcher, said));
  for (let trouble = 0; trouble < TROUBLES[how]; trouble += 1) {
    const { length } = said;
    const putRight = makeTrouble(table, random);
    if (how === 'with restarts' && trouble % 6 === 5) {
      await table.stop();
      await table.start();
    }
    await until(
      () => said.length >= length + 12,
      'someone gets through',
      () => watchers.map(({ session }) => session.connection),
    );
    putRight();
  }
  let silent = false;
  const stopped = Promise.all(voices.map(({ stop }) => stop())).then(() => (silent = true));
  const stands = (): unknown => watchers.map(({ name, session }) => [name, session.connection, session.seq, session.pending]);
  await until(() => silent, 'everything that was said is answered', stands);
  await stopped;
  const log = await table.agree(...watchers);
  for (const watcher of watchers) {
    assert.deepEqual(watcher.complaints, []);
    watcher.checkAgainst(log);
  }
  const entries = log.state['entries'] as { id: string }[];
  assert.deepEqual(entries.map(({ id }) => id).sort(), said.sort());
  t.diagnostic(`${said.length} said over ${table.lines.reduce((sum, { total }) => sum + total, 0)} connections`);
}
