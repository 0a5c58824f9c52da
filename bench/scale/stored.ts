import { performance } from 'node:perf_hooks';
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { sqliteStore, type SessionId } from 'holdfast/server';
import type { AppendEntry } from '../../src/store/store.ts';
import { GENESIS_HASH } from '../../src/protocol/event.ts';
import { percentile, report, short, startServer, dir } from './scenario.ts';
import { growing } from './growing.ts';

/** A server over very many stored sessions: start to serving, lists by every filter, and what those asleep cost. */
const ROWS = Number(process.env['ROWS'] ?? (short ? 100_000 : 1_000_000));
const WORDS = ['harbour', 'forest', 'mill', 'tower', 'river', 'oak', 'crypt', 'market', 'temple', 'mine'];

function entry(index: number): AppendEntry {
  const id = `session-${String(index).padStart(9, '0')}` as SessionId;
  const name = `${WORDS[index % 10] ?? ''} ${WORDS[Math.floor(index / 10) % 10] ?? ''} night ${index}`;
  const row = {
    type: growing.name,
    definitionVersion: 1,
    name,
    status: index % 7 === 0 ? 'ended' : 'active',
    owner: `person-${index % 50_000}`,
    ownerName: 'Ann',
    campaign: index % 3 === 0 ? `campaign-${index % 20_000}` : null,
    access: 'open',
    listed: true,
    seats: index % 6,
    maxSeats: 6,
    createdAt: 1_700_000_000_000 + index,
    nextDueAt: null,
    cleanupAt: null,
    listing: null,
  };
  const events = [{ header: `["${id}"]`, content: '{"salt":"x"}' }];
  return {
    session: id,
    epoch: 1,
    expectedSeq: 0,
    expectedHash: GENESIS_HASH,
    events,
    at: row.createdAt,
    row,
    logId: `log-${index}` as NonNullable<AppendEntry['logId']>,
  };
}

rmSync(dir, { recursive: true, force: true });
const store = sqliteStore({ dir, durability: 'normal' });
await store.open();
const filledAt = performance.now();
for (let from = 0; from < ROWS; from += 1_000)
  await store.append(Array.from({ length: Math.min(1_000, ROWS - from) }, (_, at) => entry(from + at)));
const fillMs = performance.now() - filledAt;
await store.close();

const began = performance.now();
const server = await startServer({ fresh: false });
const answer = await fetch(`${server.url}/healthz`);
const startMs = performance.now() - began;
const memory = process.memoryUsage().rss / 2 ** 20;
const measures: Record<string, number> = { rows: ROWS, fillMs, startMs, ok: Number(answer.ok), rssMb: memory };

const asked = {
  newest: {},
  status: { status: 'ended' },
  owner: { owner: 'person-123' },
  campaign: { campaign: 'campaign-9' },
  free: { seatsFree: true },
  rareText: { text: `night ${ROWS - 77}` },
  commonText: { text: 'harbour' },
  noText: { text: 'no such thing' },
  twoFilters: { status: 'ended', text: 'crypt' },
  page: { before: { createdAt: 1_700_000_000_000 + ROWS / 2, session: 'session' as SessionId } },
};
// Names are taken into their index while nothing else is asked.
const db = new DatabaseSync(`${dir}/holdfast.db`, { readOnly: true });
const waiting = (): number => Number(db.prepare('SELECT count(*) AS n FROM unindexed').get()?.['n']);
const waitedAt = performance.now();
measures['unindexedAtStart'] = waiting();
while (waiting() > 0 && performance.now() - waitedAt < 180_000) await new Promise((resolve) => setTimeout(resolve, 500));
measures['indexedAfterMs'] = performance.now() - waitedAt;
measures['unindexed'] = waiting();
db.close();

for (const [name, query] of Object.entries(asked)) {
  const took: number[] = [];
  for (let round = 0; round < 7; round += 1) {
    const at = performance.now();
    await server.sessions.list(query);
    took.push(performance.now() - at);
  }
  measures[`${name}P50`] = percentile(took, 0.5);
  measures[`${name}Max`] = Math.max(...took);
}
measures['rssAfterMb'] = process.memoryUsage().rss / 2 ** 20;
await server.stop();
report(measures);
