import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readFrame } from '../../src/client/read-frame.ts';
import { readClientFrame } from '../../src/protocol/codec.ts';
import { importSession, memoryStore, restore, verifyDatabase, type SessionId } from '../../src/server/index.ts';
import { scratchDir } from '../live-server/scratch.ts';
import { readJson, ROOT } from '../source-files.ts';
import { unpackData, type KeptData, type KeptSession } from './keep-data.ts';
import { QuestServer } from './quest-server.ts';
import { Replay } from './replay-transcript.ts';
import { readTranscript } from './transcript.ts';

const RELEASED = join(ROOT, 'test/released');
const VERSIONS = readdirSync(RELEASED).filter((name) => statSync(join(RELEASED, name)).isDirectory());
const STATUSES = ['abandoned', 'active', 'archived', 'ended', 'lobby', 'paused'];

test('PROVE-9: what this version writes and sends is kept', () => {
  const { version } = readJson('package.json') as { version: string };
  assert.ok(VERSIONS.includes(version), `run: node --conditions=holdfast-source scripts/keep-release.ts`);
  const bytes = readdirSync(join(RELEASED, version), { recursive: true, encoding: 'utf8' }).reduce(
    (sum, name) => sum + statSync(join(RELEASED, version, name)).size,
    0,
  );
  assert.ok(bytes < 300_000, `${bytes} bytes`);
});

/** A server of today over the data of a version, and what that version said of it. */
async function openKept(
  t: TestContext,
  version: string,
  from: 'data' | 'backup' = 'data',
): Promise<{ quests: QuestServer; kept: KeptData }> {
  const target = await scratchDir(t);
  unpackData(join(RELEASED, version), target);
  const kept = readJson(`test/released/${version}/data.json`) as KeptData;
  const dir = join(target, from === 'data' ? 'data' : 'restored');
  if (from === 'backup') restore({ from: join(target, 'backup.db'), dir });
  const quests = new QuestServer(dir, kept.at);
  await quests.start();
  t.after(() => quests.stop());
  return { quests, kept };
}

function named(kept: KeptData, status: string): KeptSession {
  return kept.sessions.find((session) => session.status === status) ?? assert.fail(`no session is ${status}`);
}

async function shown(quests: QuestServer, { session }: KeptSession): Promise<unknown> {
  const found = await quests.during(quests.server.sessions.read(session as SessionId, 'system'));
  return found.ok ? found.state : found.code;
}

for (const version of VERSIONS) {
  test(`PROVE-9: the database of ${version} verifies, and all its sessions are there as they were`, async (t) => {
    const target = await scratchDir(t);
    unpackData(join(RELEASED, version), target);
    const report = verifyDatabase(join(target, 'data/holdfast.db'));
    assert.deepEqual(report.damaged, []);
    const { quests, kept } = await openKept(t, version);
    assert.deepEqual(kept.sessions.map(({ status }) => status).toSorted(), STATUSES);
    for (const session of kept.sessions) {
      const row = await quests.during(quests.server.sessions.get(session.session as SessionId));
      assert.deepEqual([row?.name, row?.status], [session.name, session.status]);
      assert.equal(JSON.stringify(await shown(quests, session)), JSON.stringify(session.state), session.name);
    }
  });

  test(`PROVE-9: sessions of ${version} play on, each as its status allows`, async (t) => {
    const { quests, kept } = await openKept(t, version);
    const move = (who: string, session: string): Promise<{ code?: string }> =>
      quests.ask(who, 'POST', `/sessions/${session}/commands`, { name: 'move', args: { id: 'after', x: 1, y: 2 } });
    const [lobby, active, paused] = [named(kept, 'lobby'), named(kept, 'active'), named(kept, 'paused')];
    const abandoned = named(kept, 'abandoned');
    for (const session of [lobby, paused]) assert.equal((await move('ann', session.session)).code, 'not-active', session.name);
    for (const session of [named(kept, 'ended'), named(kept, 'archived')])
      assert.equal((await move('ann', session.session)).code, 'ended', session.name);
    await quests.act('mira', `/sessions/${lobby.session}/start`);
    await quests.act('mira', `/sessions/${paused.session}/resume`);
    await quests.during(
      quests.server.sessions.run(abandoned.session as SessionId, {
        as: 'system',
        command: '@reactivate',
        args: { reason: 'they are back' },
      }),
    );
    for (const session of [lobby, active, paused, abandoned]) {
      assert.equal((await move('ann', session.session)).code, undefined, session.name);
      assert.deepEqual(Object(Object(await shown(quests, session)).tokens).after, { x: 1, y: 2 });
    }
    assert.equal((await quests.ask('eve', 'POST', `/sessions/${active.session}/join`)).code, 'banned');
  });

  test(`PROVE-9: timers, invitations and members of ${version} go on`, async (t) => {
    const { quests, kept } = await openKept(t, version);
    const active = named(kept, 'active');
    await quests.act('otto', `/sessions/${active.session}/join`, { invite: kept.invite });
    await quests.act('bob', `/campaigns/${kept.campaign}/join`, { invite: kept.campaignInvite });
    const { people } = (await quests.ask('mira', 'GET', `/campaigns/${kept.campaign}/members`)).json;
    assert.deepEqual((people as { id: string }[]).map(({ id }) => id).toSorted(), ['ann', 'bob', 'mira']);
    await quests.wait(kept.bellAfterMs);
    while (Object(await shown(quests, active)).bell === 0) await quests.wait(1_000);
    assert.equal(Object(await shown(quests, active)).bell, 1);
  });

  test(`PROVE-9: a backup of ${version} is restored, and a session of it that was exported is taken in`, async (t) => {
    const { quests, kept } = await openKept(t, version, 'backup');
    for (const session of kept.sessions.filter(({ status }) => status !== 'archived'))
      assert.equal(JSON.stringify(await shown(quests, session)), JSON.stringify(session.state), session.name);
    const store = memoryStore();
    await store.open();
    const active = named(kept, 'active');
    const { session, headSeq } = await importSession(store, join(RELEASED, version, 'session.jsonl.gz'));
    assert.equal(session, active.session);
    assert.ok(headSeq >= active.headSeq);
    await store.close();
  });

  test(`PROVE-10: frames of ${version} are read`, () => {
    const frames = readJson(`test/released/${version}/frames.json`) as Record<'client' | 'server', Record<string, string>>;
    for (const [kind, text] of Object.entries(frames.client))
      assert.equal(readClientFrame(text, { first: kind === 'hello' }).ok, true, kind);
    for (const text of Object.values(frames.server)) assert.deepEqual(readFrame(text), JSON.parse(text));
  });

  for (const transport of ['websocket', 'sse'] as const) {
    test(`PROVE-10: whoever hears what ${version} said over ${transport}, and does the same, sees the same`, async () => {
      const path = join(RELEASED, version, `${transport}.jsonl`);
      assert.ok(existsSync(path));
      const { shows, showed } = await new Replay(transport).run(readTranscript(readFileSync(path, 'utf8')));
      assert.deepEqual(shows, showed);
    });
  }
}
