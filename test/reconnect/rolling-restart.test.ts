import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createClient, type Session } from 'holdfast/client';
import { FaultProxy } from 'holdfast/testing';
import type { SessionId } from '../../src/protocol/ids.ts';
import { faultsBetween } from '../kill/faults.ts';
import { Journal } from '../kill/journal.ts';
import { cleanUp } from '../live-server/clean-up.ts';
import { hastyClock } from '../live-server/hasty-clock.ts';
import type { Entry, ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { prepareServer, scratchDir } from '../live-server/scratch.ts';
import { overEach } from './carriers.ts';
import { until } from './until.ts';

const MEMBERS = 6;
const ON_THE_WAY = 4;
const RESTARTS = 6;
const HASTE = 10;

type Member = {
  readonly session: Session<typeof ledger>;
  readonly heard: string[];
  readonly attendance: string[];
  readonly missed: unknown[];
};

async function joinThrough(t: TestContext, port: number, name: string, id: SessionId, transports: 'websocket' | 'sse'): Promise<Member> {
  const client = createClient({ url: `http://127.0.0.1:${port}`, token: name, clock: hastyClock(HASTE), transports });
  cleanUp(t, () => client.close());
  const session = await client.join<typeof ledger>(id);
  const member: Member = { session, heard: [], attendance: [], missed: [] };
  session.on('appended', ({ id: entry }) => member.heard.push(entry));
  session.on('participant', ({ kind }) => member.attendance.push(kind));
  session.on('missed', (range) => member.missed.push(range));
  return member;
}

async function write({ session }: Member, journal: Journal, label: string, going: () => boolean): Promise<void> {
  for (let n = 1; going(); n += 1) {
    const id = `${label}-${n}`;
    await journal.keep(session.id, id, () => session.commands.append({ id }));
  }
}

test(
  'RETURN-13: rolling restarts under load lose nothing and double nothing, and nobody is seen to leave',
  overEach(async (t, carrier) => {
    assert.ok(carrier !== 'memory');
    const dir = join(await scratchDir(t), 'data');
    const servers: [LiveServer, LiveServer] = [await prepareServer(t, dir), await prepareServer(t, dir)];
    let [current, next] = servers;
    await current.start();
    const proxy = await FaultProxy.start({
      get port() {
        return current.port;
      },
    });
    cleanUp(t, () => proxy.stop());
    const id = await current.createSession();
    const members: Member[] = [];
    for (let number = 0; number < MEMBERS; number += 1) members.push(await joinThrough(t, proxy.port, `member${number}`, id, carrier));
    for (const { attendance } of members) attendance.length = 0;

    const journal = new Journal();
    let going = true;
    const writers = members.flatMap((member, number) =>
      Array.from({ length: ON_THE_WAY }, (_, hand) => write(member, journal, `${number}-${hand}`, () => going)),
    );
    const acked = (): number => journal.records.filter(({ outcome }) => outcome === 'acked').length;
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      const before = acked();
      await until(
        () => acked() > before + 100,
        'they write again',
        () => members.map(({ session }) => session.status),
      );
      assert.ok(journal.unanswered > 0);
      await current.drain();
      await next.start();
      [current, next] = [next, current];
    }
    going = false;
    await Promise.all(writers);

    const log = new LogReplay();
    log.follow(await current.readLog(id, 0));
    assert.deepEqual(faultsBetween(journal.records, log.state['entries'] as Entry[]), []);
    const said = log.commands.filter(({ command }) => command === 'append');
    assert.equal(new Set(said.map(({ key }) => key)).size, said.length, 'no command number appears twice');
    const logged = JSON.stringify(log.state);
    for (const { session, heard, attendance, missed } of members) {
      await until(() => JSON.stringify(session.state) === logged, 'everyone sees what the log says');
      assert.deepEqual([attendance, new Set(heard).size], [[], heard.length]);
      if (missed.length === 0)
        assert.deepEqual(
          heard,
          (log.state['entries'] as Entry[]).map((entry) => entry.id),
        );
    }
    assert.equal(log.commands.filter(({ command }) => command === '@lost').length, 0);
    t.diagnostic(`${journal.records.length} commands over ${RESTARTS} restarts; ${proxy.total} connections of ${MEMBERS} clients`);
  }, 'one server process after the other'),
);
