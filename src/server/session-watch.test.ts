import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import type { CatalogueQuery, CatalogueRow } from '../store/store.ts';
import { matchesFilter, type SessionFilter } from './session-json.ts';
import { SessionWatch, type WatchedSessions } from './session-watch.ts';

const ADA: Identity = { id: 'ada' as ParticipantId, name: 'Ada', claims: {} };

/** A catalogue in memory that tells its watcher of every change. */
class Catalogue implements WatchedSessions {
  readonly rows = new Map<SessionId, CatalogueRow>();
  /** Campaigns that everyone is a member of. */
  readonly campaigns = new Set<string>();
  watchers = new Set<(row: CatalogueRow) => void>();
  #rev = 0;
  #removedRev = 0;

  put(name: string, changes: Partial<CatalogueRow> = {}): CatalogueRow {
    const row = { ...BLANK, session: name.padEnd(22, '-') as SessionId, name, ...changes, rev: (this.#rev += 1) };
    this.rows.set(row.session, row);
    for (const watcher of this.watchers) watcher(row);
    return row;
  }

  list(query: CatalogueQuery): Promise<readonly CatalogueRow[]> {
    const rows = [...this.rows.values()].filter((row) => matchesFilter(row, query));
    const visible = rows.filter((row) => (query.listed === undefined || row.listed === query.listed) && row.rev > (query.afterRev ?? 0));
    return Promise.resolve(visible.slice(0, query.limit));
  }

  /** Removes a session from the store, of which no watcher is told. */
  remove(row: CatalogueRow): void {
    this.rows.delete(row.session);
    this.#rev += 1;
    this.#removedRev = this.#rev;
  }

  removedRev(): Promise<number> {
    return Promise.resolve(this.#removedRev);
  }

  roleOf(campaign: SessionId) {
    return Promise.resolve({ ok: true as const, role: this.campaigns.has(campaign) ? 'player' : null, isOwner: false, rights: [] });
  }

  watchCatalogue(watcher: (row: CatalogueRow) => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }
}

const BLANK = {
  type: 'tabletop',
  definitionVersion: 1,
  status: 'active',
  owner: 'bob',
  ownerName: 'Bob',
  campaign: null,
  access: 'open',
  listed: true,
  seats: 0,
  maxSeats: null,
  createdAt: 0,
  nextDueAt: null,
  cleanupAt: null,
  listing: null,
  logId: 'L',
  epoch: 1,
  headSeq: 1,
  updatedAt: 0,
} as Omit<CatalogueRow, 'session' | 'name' | 'rev'>;

function watch(catalogue: Catalogue, filter: SessionFilter = {}, afterRev?: number) {
  const watching = new SessionWatch(catalogue, filter, ADA, afterRev);
  const next = async () =>
    (await watching.next()).map(
      ({ event, data }) => `${event} ${'sessions' in data ? data.sessions.map((each) => each.name).join(',') : data.id.replace(/-+$/, '')}`,
    );
  return { watching, next };
}

test('SERVER-11: a watcher first gets the whole list, then every change once', async () => {
  const catalogue = new Catalogue();
  catalogue.put('one');
  const { next } = watch(catalogue);
  assert.deepEqual(await next(), ['reset one']);
  catalogue.put('two');
  assert.deepEqual(await next(), ['change two']);
});

test('SERVER-11: who resumes from before a session was removed gets the whole list again', async () => {
  const catalogue = new Catalogue();
  const gone = catalogue.put('gone');
  const { rev } = catalogue.put('one');
  catalogue.remove(gone);
  assert.deepEqual(await watch(catalogue, {}, rev).next(), ['reset one']);
  const [reset] = await watch(catalogue, {}, rev).watching.next();
  catalogue.put('one', { seats: 1 });
  assert.deepEqual(await watch(catalogue, {}, reset?.rev).next(), ['change one'], 'once is enough');
  const two = catalogue.put('two');
  catalogue.put('three');
  assert.deepEqual(await watch(catalogue, {}, two.rev).next(), ['change three']);
});

test('SERVER-11: an empty list is told too, so that a page knows that it is empty', async () => {
  assert.deepEqual(await watch(new Catalogue()).next(), ['reset ']);
});

test('SERVER-11: what no longer fits the filter is removed; what never did is not mentioned', async () => {
  const catalogue = new Catalogue();
  catalogue.put('one');
  const { next } = watch(catalogue, { status: 'active' });
  await next();
  catalogue.put('other', { status: 'ended' });
  catalogue.put('one', { status: 'ended' });
  assert.deepEqual(await next(), ['remove one']);
});

test('SERVER-11: a session that becomes unlisted is removed, and one that never was listed stays unknown', async () => {
  const catalogue = new Catalogue();
  catalogue.put('one');
  const { next } = watch(catalogue);
  await next();
  catalogue.put('hidden', { listed: false, owner: ADA.id });
  catalogue.put('one', { listed: false });
  assert.deepEqual(await next(), ['remove one']);
});

test('SERVER-11: sessions of a campaign are in the list of that campaign alone, also as they change', async () => {
  const catalogue = new Catalogue();
  catalogue.campaigns.add('road');
  const all = new SessionWatch(catalogue, {}, ADA);
  const ofRoad = new SessionWatch(catalogue, { campaign: 'road' }, ADA);
  await all.next();
  await ofRoad.next();
  catalogue.put('evening', { campaign: 'road', access: 'members' });
  catalogue.put('market', {});
  assert.deepEqual(
    (await all.next()).map(({ data }) => 'name' in data && data.name),
    ['market'],
  );
  assert.deepEqual(
    (await ofRoad.next()).map(({ data }) => 'name' in data && data.name),
    ['evening'],
  );
});

test('SERVER-11: what is unlisted stays unknown to the members of its campaign, too', async () => {
  const catalogue = new Catalogue();
  catalogue.campaigns.add('road');
  const { next } = watch(catalogue, { campaign: 'road' });
  await next();
  catalogue.put('secret', { campaign: 'road', access: 'members', listed: false });
  catalogue.put('plot', { campaign: 'road', access: 'open', listed: false });
  catalogue.put('evening', { campaign: 'road', access: 'members' });
  assert.deepEqual(await next(), ['change evening']);
  catalogue.put('evening', { campaign: 'road', access: 'members', listed: false });
  assert.deepEqual(await next(), ['remove evening']);
});

test('SERVER-11: an owner who asks for the own sessions sees the unlisted ones', async () => {
  const catalogue = new Catalogue();
  catalogue.put('mine', { listed: false, owner: ADA.id });
  const { next } = watch(catalogue, { owner: ADA.id });
  assert.deepEqual(await next(), ['reset mine']);
});

test('SERVER-11: a watcher that comes back with a rev gets only what changed since, removals included', async () => {
  const catalogue = new Catalogue();
  catalogue.put('one');
  const { rev } = catalogue.put('two');
  catalogue.put('two', { status: 'ended' });
  catalogue.put('three');
  const { next } = watch(catalogue, { status: 'active' }, rev);
  assert.deepEqual(await next(), ['remove two', 'change three']);
  catalogue.put('one', { status: 'ended' });
  assert.deepEqual(await next(), ['remove one']);
});

test('SERVER-11: when a session was hidden meanwhile, coming back gives the whole list, and its id stays unsaid', async () => {
  const catalogue = new Catalogue();
  const { rev } = catalogue.put('one');
  catalogue.put('two');
  catalogue.put('one', { listed: false });
  const { next } = watch(catalogue, {}, rev);
  assert.deepEqual(await next(), ['reset two']);
});

test('SERVER-11: a slow watcher gets the newest of each session, and what waits for it is bounded', async () => {
  const catalogue = new Catalogue();
  const { next } = watch(catalogue);
  await next();
  for (let n = 0; n < 50; n += 1) catalogue.put('one', { seats: n });
  assert.deepEqual(await next(), ['change one']);
  for (let n = 0; n < 1_500; n += 1) catalogue.put(`s${n}`);
  const [message, ...rest] = await next();
  assert.match(message ?? '', /^reset s|^reset one/);
  assert.deepEqual(rest.length <= 500, true);
});

test('SERVER-11: a change that comes while the list is read is neither lost nor told twice', async () => {
  const catalogue = new Catalogue();
  const { watching, next } = watch(catalogue);
  const first = next();
  catalogue.put('during');
  const told = [...(await first)];
  catalogue.put('after');
  while (!told.some((line) => line.includes('after'))) told.push(...(await next()));
  assert.equal(told.filter((line) => line.includes('during')).length, 1, told.join('; '));
  watching.close();
  assert.equal(catalogue.watchers.size, 0);
});

test('SERVER-11: what changes after the list was read and before it is told is told after it', async () => {
  const catalogue = new Catalogue();
  catalogue.put('one');
  const read = catalogue.list.bind(catalogue);
  catalogue.list = async (query) => {
    const rows = await read(query);
    catalogue.list = read;
    catalogue.put('two');
    catalogue.put('one', { seats: 3 });
    return rows;
  };
  const { next } = watch(catalogue);
  assert.deepEqual(await next(), ['reset one']);
  assert.deepEqual(await next(), ['change two', 'change one']);
});
