import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { SessionId } from '../../src/protocol/ids.ts';
import { everySession, verifyStored } from '../../src/server/stored-recovery.ts';
import { readStoredSession } from '../../src/server/stored-sessions.ts';
import { createSystemRandom } from '../../src/server/system-random-adapter.ts';
import { systemClock } from '../../src/server/system-clock-adapter.ts';
import { Sessions } from '../../src/session/sessions.ts';
import { verifyDatabase } from '../../src/store/restore-adapter.ts';
import { readSessionFile } from '../../src/store/session-file-adapter.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import type { StoredEvent } from '../../src/store/store.ts';
import type { Entry } from '../live-server/ledger.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import { definitionsAt } from './definitions.ts';
import type { Expected } from './expected.ts';

const ALL = Number.MAX_SAFE_INTEGER;

/** What a data directory was found to hold, and all that is wrong with it in words. */
export type Checked = {
  readonly wrong: readonly string[];
  readonly heads: ReadonlyMap<string, { readonly seq: number; readonly hash: string }>;
};

type Opened = { readonly store: SqliteStore; readonly sessions: Sessions };

/** Serves a directory as it was left by a power cut, and holds it against what was told before. Changes it. */
export async function checkDirectory(dir: string, expected: Expected): Promise<Checked> {
  const wrong: string[] = [];
  const heads = new Map<string, { seq: number; hash: string }>();
  const store = new SqliteStore({ dir, durability: expected.durability });
  try {
    const { durability, regressions, details } = await store.open();
    for (const { session, recordedSeq, foundSeq } of regressions)
      wrong.push(`${session} is said to have gone back from seq ${recordedSeq} to seq ${foundSeq}`);
    if (details['missingRows'] !== 0) wrong.push(`${String(details['missingRows'])} rows are said to be missing`);
    const random = createSystemRandom();
    const sessions = new Sessions({
      store,
      definitions: definitionsAt(2),
      clock: systemClock,
      random,
      output: { deliver: () => undefined },
      durability,
    });
    await sessions.start();
    const rows: string[] = [];
    for await (const { session } of everySession(store)) rows.push(session);
    for (const session of rows) wrong.push(...(await faultsOf({ store, sessions }, session as SessionId, expected, { dir, heads })));
    for (const session of expected.removed)
      if (expected.durability === 'full' && rows.includes(session)) wrong.push(`${session} was removed and is back`);
    for (const [session, { seq }] of expected.heads)
      if (!rows.includes(session) && !expected.removing.has(session)) wrong.push(`${session} is gone, and was told up to seq ${seq}`);
    await sessions.stop();
    await store.close();
    for (const { session, seq, reason } of verifyDatabase(join(dir, 'holdfast.db')).damaged)
      wrong.push(`${session} is damaged at ${seq}: ${reason}`);
    for (const path of expected.backups) if (!existsSync(join(dir, 'backups', basename(path)))) wrong.push(`${path} is gone`);
    wrong.push(...faultsOfBackups(join(dir, 'backups')));
  } catch (error) {
    wrong.push(error instanceof Error ? `it cannot be served: ${error.stack ?? error.message}` : String(error));
    await store.close().catch(() => undefined);
  }
  return { wrong, heads };
}

type Place = { readonly dir: string; readonly heads: Map<string, { seq: number; hash: string }> };

async function faultsOf({ store, sessions }: Opened, session: SessionId, expected: Expected, { dir, heads }: Place): Promise<string[]> {
  const before = await store.read(session, (await store.beginning(session))?.seq ?? 0, ALL);
  const last = before.events.at(-1);
  if (last !== undefined) heads.set(session, { seq: last.seq, hash: last.hash });
  const wrong = faultsOfLog(session, before.events, expected);
  const row = await store.get(session);
  const begins = (await store.beginning(session))?.seq ?? 0;
  if (row?.type === 'keepsake' && begins > 0 && !(await hasArchive(join(dir, 'archive'), session)))
    wrong.push(`the log of ${session} was pruned, and there is no archive of it`);

  const woken = await sessions.read(session, 'system');
  const stored = await readStoredSession(store, session);
  const verified = await verifyStored(store, definitionsAt(2), session);
  if (verified?.verdict !== 'sound') wrong.push(`${session} is ${verified?.verdict}: ${verified?.damage?.reason ?? ''}`);
  if (!woken.ok) wrong.push(`${session} cannot be read: ${woken.code} ${woken.message}`);
  else if (JSON.stringify(woken.state) !== JSON.stringify(stored?.state))
    wrong.push(`${session} wakes to something else than its log gives`);
  if (begins === 0) wrong.push(...(await faultsOfReplay({ store, sessions }, session, row?.type ?? '', expected)));
  return wrong;
}

/** What was told of a log must be in it; nothing else than what was told may stand there. */
function faultsOfLog(session: SessionId, events: readonly StoredEvent[], expected: Expected): string[] {
  const wrong: string[] = [];
  for (const { seq, hash } of events) {
    const known = expected.hashes.get(`${session} ${seq}`);
    if (known !== undefined && known !== hash) wrong.push(`${session} holds another event at seq ${seq}`);
  }
  const told = expected.heads.get(session);
  const last = events.at(-1)?.seq ?? 0;
  if (told === undefined || events.length === 0) return wrong;
  if (last < told.seq) wrong.push(`${session} ends at seq ${last}, and was told up to seq ${told.seq}`);
  else if (events.some(({ seq, hash }) => seq === told.seq && hash !== told.hash))
    wrong.push(`${session} holds another event at seq ${told.seq}`);
  return wrong;
}

async function faultsOfReplay({ store, sessions }: Opened, session: SessionId, type: string, expected: Expected): Promise<string[]> {
  const wrong: string[] = [];
  const replay = new LogReplay();
  replay.follow(await store.read(session, 0, ALL));
  const commands = replay.commands.map(({ command }) => command);
  if (type === 'score' && commands.filter((command) => command === '@migrate').length > 1) wrong.push(`${session} was migrated twice`);
  if (type !== 'ledger') return wrong;
  const entries = replay.state['entries'] as Entry[];
  const drawn = new Map(entries.map(({ id, draw }) => [id, draw]));
  if (drawn.size < entries.length) wrong.push(`a command of ${session} ran twice`);
  for (const { session: its, id, draw } of expected.acked.values())
    if (its === session && drawn.get(id) !== draw) wrong.push(`${id} was acknowledged and is ${drawn.has(id) ? 'another' : 'lost'}`);
  const went = await sessions.run(session, { as: 'system', command: 'append', args: { id: 'afterwards' } });
  if (!went.ok) wrong.push(`${session} takes no command: ${went.code}`);
  return wrong;
}

/** A backup has its name once it is whole. */
function faultsOfBackups(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const whole = readdirSync(directory).filter((name) => name.endsWith('.db'));
  return whole.flatMap((name) => {
    try {
      return verifyDatabase(join(directory, name)).damaged.map(({ session, seq }) => `${name}: ${session} is damaged at seq ${seq}`);
    } catch (error) {
      return [`${name}: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

async function hasArchive(directory: string, session: SessionId): Promise<boolean> {
  const folder = join(directory, session.slice(0, 2));
  if (!existsSync(folder)) return false;
  for (const name of readdirSync(folder).filter((each) => each.startsWith(session) && each.endsWith('.gz'))) {
    if (
      await readSessionFile(join(folder, name)).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}
