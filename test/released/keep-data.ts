import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { exportSession, sqliteStore, type SessionId } from '../../src/server/index.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { QuestServer } from './quest-server.ts';

const DAY_MS = 24 * 3_600_000;
/** What a server makes for itself. */
const LEFT_OUT = /reserve|server\.|-shm$/;

/** A session as the version that wrote it saw it. */
export type KeptSession = {
  readonly session: string;
  readonly name: string;
  readonly status: string;
  readonly headSeq: number;
  /** Everything, as the authority has it. */
  readonly state: JsonObject;
};

/** What is in the data of a version. */
export type KeptData = {
  /** Wall-clock milliseconds at which it ended. */
  readonly at: number;
  readonly sessions: readonly KeptSession[];
  readonly campaign: string;
  /** Tokens of an invitation to the active session and of one to the campaign. */
  readonly invite: string;
  readonly campaignInvite: string;
  /** The active session, which is in the export, too. */
  readonly active: string;
  /** A timer of the active session is due so long after `at`. */
  readonly bellAfterMs: number;
};

const BELL_AFTER_MS = 3_600_000;

/** Plays sessions into every status, and keeps the data directory, a backup and an export below `target`. */
export async function keepData(target: string, scratch: string): Promise<void> {
  const dir = join(scratch, 'data');
  const quests = new QuestServer(dir);
  await quests.start();
  const played = await playAll(quests);
  const sessions = await lookAt(quests);
  const { clock } = quests;
  await quests.stop();
  mkdirSync(target, { recursive: true });
  const data: KeptData = { at: clock.now(), ...played, sessions };
  writeFileSync(join(target, 'data.json'), `${JSON.stringify(data, null, 1)}\n`);
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' }))
    if (statSync(join(dir, name)).isFile() && !LEFT_OUT.test(name)) pack(join(dir, name), join(target, 'data', `${name}.gz`));
  const store = sqliteStore({ dir });
  await store.open();
  await store.backup(join(scratch, 'backup.db'));
  await exportSession(store, played.active as SessionId, join(target, 'session.jsonl.gz'));
  await store.close();
  pack(join(scratch, 'backup.db'), join(target, 'backup.db.gz'));
}

async function playAll(quests: QuestServer): Promise<Omit<KeptData, 'at' | 'sessions'>> {
  await putAway(quests);
  await forget(quests);
  const campaign = idOf((await quests.act('mira', '/campaigns', { name: 'The long road' }))['campaign']);
  const campaignInvite = tokenOf(await quests.act('mira', `/campaigns/${campaign}/invites`, { role: 'player' }));
  await quests.act('ann', `/campaigns/${campaign}/join`, { invite: campaignInvite });
  await begin(quests, 'The lobby', {});
  const active = await begin(quests, 'Friday night', { campaign });
  await quests.act('mira', `/sessions/${active}/start`);
  await playQuest(quests, active);
  const invite = tokenOf(
    await quests.act('mira', `/sessions/${active}/invites`, {
      role: 'spectator',
      label: 'for the gallery',
      uses: 3,
    }),
  );
  await quests.play('mira', active, 'wind', { ms: BELL_AFTER_MS });
  const paused = await begin(quests, 'Rainy day', {});
  await quests.act('mira', `/sessions/${paused}/start`);
  await playQuest(quests, paused);
  await quests.act('mira', `/sessions/${paused}/pause`, { reason: 'rain' });
  const won = await begin(quests, 'Won', { campaign });
  await quests.act('mira', `/sessions/${won}/start`);
  await playQuest(quests, won);
  await quests.play('mira', won, 'win', {});
  return { campaign, invite, campaignInvite, active, bellAfterMs: BELL_AFTER_MS };
}

/** A session that ended long ago: its content stands in an archive. */
async function putAway(quests: QuestServer): Promise<void> {
  const session = await begin(quests, 'Put away', {});
  await quests.act('mira', `/sessions/${session}/start`);
  await playQuest(quests, session);
  await quests.act('mira', `/sessions/${session}/end`, { reason: 'enough' });
  await quests.wait(31 * DAY_MS);
  await sweep(quests);
}

/** A session that nobody plays any more: it is given up, and not ended yet. */
async function forget(quests: QuestServer): Promise<void> {
  const session = await begin(quests, 'Forgotten', {});
  await quests.act('mira', `/sessions/${session}/start`);
  for (const days of [6.5, 1.2]) {
    await quests.wait(days * DAY_MS);
    await sweep(quests);
  }
}

async function sweep(quests: QuestServer): Promise<void> {
  await quests.during(quests.server.sessions.sweeper.sweep());
}

async function begin(quests: QuestServer, name: string, more: object): Promise<string> {
  const session = idOf((await quests.act('mira', '/sessions', { type: 'quest', name, options: { title: name }, ...more }))['session']);
  await quests.act('mira', `/sessions/${session}/join`);
  await quests.act('ann', `/sessions/${session}/join`);
  return session;
}

/** Something of everything. */
async function playQuest(quests: QuestServer, session: string): Promise<void> {
  for (let n = 0; n < 12; n += 1) await quests.play('ann', session, 'move', { id: `token${n % 4}`, x: n, y: 0.5 - n });
  const rest = [
    ['ann', 'remove', { id: 'token3' }],
    ['ann', 'roll', { sides: 2 }],
    ['ann', 'roll', { sides: 2 }],
    ['mira', 'roll', { sides: 20 }],
    ['ann', 'note', { at: 0, text: 'zuletzt: Grüße 🐟' }],
    ['ann', 'note', { at: 0, text: 'an apple' }],
    ['ann', 'sort', {}],
    ['mira', 'hide', { key: 'trap', text: 'beneath the stairs' }],
    ['ann', 'draw', { card: 'the moon' }],
    ['mira', 'draw', { card: 'the sun' }],
    ['ann', 'say', { text: 'hello' }],
    ['ann', 'whisper', { text: 'psst' }],
  ] as const;
  for (const [who, name, args] of rest) await quests.play(who, session, name, args);
  await quests.act('mira', `/sessions/${session}/ban`, { participant: 'eve', reason: 'cheats' });
}

/** Every session as the server has it. */
async function lookAt({ server: { sessions }, during }: QuestServer): Promise<KeptSession[]> {
  const kept: KeptSession[] = [];
  for (const { session, name, status, type } of await during(sessions.list({ limit: 100 }))) {
    if (type !== 'quest') continue;
    const found = await during(sessions.read(session, 'system'));
    if (!found.ok) throw new Error(`${name} cannot be read: ${found.code}`);
    kept.push({ session, name, status, headSeq: found.position.seq, state: found.state });
  }
  return kept;
}

function idOf(row: unknown): string {
  const { id }: { id?: string } = Object(row);
  if (id === undefined) throw new Error('nothing was made');
  return id;
}

function tokenOf({ token }: { readonly token?: unknown }): string {
  if (typeof token !== 'string') throw new Error('there is no invitation');
  return token;
}

function pack(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, gzipSync(readFileSync(from), { level: 9 }));
}

/** Puts the kept files of a version into a new directory, as they were. */
export function unpackData(version: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  cpSync(version, target, { recursive: true });
  const data = join(target, 'data');
  const packed = readdirSync(data, { recursive: true, encoding: 'utf8' }).map((name) => join(data, name));
  for (const path of [...packed, join(target, 'backup.db.gz')]) {
    if (!existsSync(path) || !path.endsWith('.gz')) continue;
    writeFileSync(path.slice(0, -'.gz'.length), gunzipSync(readFileSync(path)));
    rmSync(path);
  }
}
