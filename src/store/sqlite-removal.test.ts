import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SessionId } from '../protocol/ids.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { creation, FIELDS, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import type { OpenedEngine } from './open-engine.ts';
import type { SqliteEngine } from './sqlite-engine.ts';
import type { WipeStep } from './tidying.ts';
import type { AppendEntry, SideWrite } from './store.ts';

type Heads = Map<SessionId, { seq: number; hash: string }>;

function append(engine: SqliteEngine, heads: Heads, session: SessionId, text: string, rest: Partial<AppendEntry> = {}): void {
  const head = heads.get(session);
  const events = [{ header: '[]', content: text }];
  const entry = head === undefined ? { ...creation(session), ...rest, events } : following(session, head, [], { ...rest, events });
  const [result] = engine.append([entry]);
  assert.ok(result?.outcome === 'ok', JSON.stringify(result));
  heads.set(session, result);
}

function remove(engine: SqliteEngine, ...sessions: SessionId[]): void {
  const results = engine.remove(sessions.map((session) => ({ session, options: {} })));
  assert.deepEqual(
    results.map(({ outcome }) => outcome),
    sessions.map(() => 'ok'),
  );
}

function sweep(engine: SqliteEngine): void {
  while (engine.rearrange('sweeping', ({ remover }) => remover.sweep()));
}

function wipe({ engine, tidying }: OpenedEngine): void {
  sweep(engine);
  let step: WipeStep = tidying.wipe();
  while (typeof step !== 'string') step = tidying.wipe(step);
  assert.equal(step, 'done');
}

function close({ engine, release }: OpenedEngine): void {
  engine.close();
  release();
}

/** Files of a data directory that hold any of these texts. */
function filesWith(dir: string, texts: readonly string[]): string[] {
  const names = readdirSync(dir).filter((name) => name !== 'reserve');
  return names.filter((name) => {
    const bytes = readFileSync(join(dir, name));
    return texts.some((text) => bytes.includes(text));
  });
}

/** What a kill -9 at this moment leaves behind. */
function leftBehind(dir: string): string {
  const copy = temporaryDirectory();
  for (const name of ['holdfast.db', 'holdfast.db-wal', 'head-record']) copyFileSync(join(dir, name), join(copy, name));
  return copy;
}

function countRows(dir: string): Record<string, number> {
  const db = new DatabaseSync(join(dir, 'holdfast.db'), { readOnly: true });
  const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'meta'").all();
  const rows = tables.map(({ name }): [string, number] => [
    String(name),
    Number(db.prepare(`SELECT count(*) AS n FROM ${String(name)}`).get()?.['n']),
  ]);
  db.close();
  // Of the index of names only what it says of sessions counts: it keeps some rows for itself.
  const own = new Set(['names', 'names_config', 'names_data', 'names_idx']);
  return Object.fromEntries(rows.filter(([name, count]) => count > 0 && !own.has(name)));
}

const SIDE: SideWrite[] = [
  { kind: 'invite', hash: 'h', invite: 'one' },
  { kind: 'act', seq: 1, at: 1, who: 'ann', subject: null, what: 'create' },
];

describe('traces of deleted content', () => {
  it('STORE-32: a known text of a removed session is in no file after a wipe', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    const { engine } = opened;
    const heads: Heads = new Map();
    const doomed = 'doomed' as SessionId;
    const text = 'the princess is in another castle';
    append(engine, heads, doomed, text, { row: { ...FIELDS, name: text }, side: [{ kind: 'snapshot', seq: 1, data: text.repeat(1000) }] });
    append(engine, heads, 'kept' as SessionId, 'something else');
    engine.settle();
    append(engine, heads, doomed, text.repeat(3), { side: [{ kind: 'snapshot', seq: 2, data: text }] });
    assert.deepEqual(filesWith(dir, [text]).toSorted(), ['holdfast.db', 'holdfast.db-wal']);
    remove(engine, doomed);
    wipe(opened);
    assert.deepEqual(filesWith(dir, [text]), []);
    close(opened);
    assert.deepEqual(filesWith(dir, [text]), []);
  });

  it('STORE-32: nor is an erased content, nor what was pruned, nor a snapshot that was replaced', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    const { engine } = opened;
    const heads: Heads = new Map();
    const a = 'a' as SessionId;
    const texts = Array.from({ length: 8 }, (_, n) => `known text number ${n}`);
    for (const [n, text] of texts.entries()) {
      append(engine, heads, a, `${text} of an event`, { side: [{ kind: 'snapshot', seq: n + 1, data: `${text} of a snapshot` }] });
    }
    assert.equal(engine.rearrange('pruning', ({ remover }) => remover.prune(a, 3)).outcome, 'ok');
    const step = engine.rearrange('erasing', ({ remover }) => remover.beginErasing(a, [3, 4]));
    assert.ok(step.next !== undefined);
    engine.rearrange('erasing', ({ remover }) => step.next && remover.erase(a, [3, 4], step.next));
    wipe(opened);
    const gone = texts.slice(0, 4).concat(texts.slice(0, -1).map((text) => `${text} of a snapshot`));
    assert.deepEqual(filesWith(dir, gone), []);
    assert.deepEqual(
      engine.read(a, 2, 9).events.map(({ content }) => content),
      [undefined, undefined, ...texts.slice(4).map((text) => `${text} of an event`)],
    );
    close(opened);
  });

  it('STORE-32: whatever was written and removed in whatever order, nothing of the removed is left, and all of the others', () => {
    const step = fc.record({
      session: fc.nat({ max: 7 }),
      size: fc.oneof({ weight: 9, arbitrary: fc.nat({ max: 500 }) }, { weight: 1, arbitrary: fc.nat({ max: 9000 }) }),
      kind: fc.constantFrom('event', 'event', 'event', 'snapshot', 'row', 'settle', 'remove'),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 60, maxLength: 160, size: 'max' }), (steps) => {
        const dir = temporaryDirectory();
        const opened = openEngineInProcess(dir, { durability: 'normal' });
        const { engine } = opened;
        const heads: Heads = new Map();
        const gone: string[] = [];
        let born = 0;
        const names = new Map<number, SessionId>();
        for (const { session, size, kind } of steps) {
          const name = names.get(session) ?? (`session ${(born += 1)}.` as SessionId);
          names.set(session, name);
          const text = `${name} `.repeat(1 + size / name.length);
          const seq = (heads.get(name)?.seq ?? 0) + 1;
          if (kind === 'settle') engine.settle();
          else if (kind !== 'remove') {
            const row = { ...FIELDS, name: text.slice(0, size % 200) };
            append(engine, heads, name, text, {
              ...(kind === 'event' && seq > 1 ? {} : { row }),
              side: kind === 'snapshot' ? [{ kind, seq, data: text }] : [],
            });
          } else if (heads.has(name)) {
            remove(engine, name);
            sweep(engine);
            gone.push(name);
            names.delete(session);
          }
        }
        wipe(opened);
        // Ids alone stay for a moment: they tell the head record what was removed.
        engine.record();
        wipe(opened);
        assert.deepEqual(filesWith(dir, gone), []);
        for (const name of names.values()) {
          const head = heads.get(name);
          if (head === undefined) continue;
          assert.equal(engine.read(name, head.seq - 1, head.seq).events[0]?.hash, head.hash);
        }
        close(opened);
      }),
      { numRuns: 40 },
    );
  });

  it('STORE-32: a wipe gives way to another reader and says so', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    const heads: Heads = new Map();
    append(opened.engine, heads, 'a' as SessionId, 'text');
    const reader = new DatabaseSync(join(dir, 'holdfast.db'), { readOnly: true });
    reader.exec('BEGIN; SELECT * FROM sessions');
    remove(opened.engine, 'a' as SessionId);
    assert.equal(opened.tidying.wipe(), 'busy');
    reader.close();
    wipe(opened);
    close(opened);
  });
});

describe('removing sessions', () => {
  it('STORE-33: a kill after any step leaves a removal that is completed after the next start', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    const heads: Heads = new Map();
    const text = 'what nobody may find';
    for (let n = 0; n < 600; n += 1) append(opened.engine, heads, 'a' as SessionId, text, n === 0 ? { side: SIDE } : {});
    append(opened.engine, heads, 'b' as SessionId, 'kept');
    opened.engine.record();
    remove(opened.engine, 'a' as SessionId);
    const copies = [leftBehind(dir)];
    while (opened.tidying.step() !== undefined) copies.push(leftBehind(dir));
    close(opened);
    assert.ok(copies.length > 5, `${copies.length} steps`);
    for (const copy of copies) {
      const again = openEngineInProcess(copy);
      assert.deepEqual([again.info.regressions, again.info.details['missingRows']], [[], 0]);
      assert.equal(again.engine.get('a' as SessionId), undefined);
      while (again.tidying.step() !== undefined);
      close(again);
      assert.deepEqual(filesWith(copy, [text]), []);
      assert.deepEqual(countRows(copy), { sessions: 1, names_docsize: 1, heads: 1, events: 1, places: 1 });
    }
  });

  it('STORE-36: a kill while a session is taken in leaves nothing of it', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    const heads: Heads = new Map();
    const text = 'from somewhere else';
    append(opened.engine, heads, 'a' as SessionId, text);
    append(opened.engine, heads, 'a' as SessionId, text);
    const { events } = opened.engine.read('a' as SessionId, 0, 9);
    remove(opened.engine, 'a' as SessionId);
    wipe(opened);
    const base = { seq: 0, hash: GENESIS_HASH };
    const begun = opened.engine.change('taking in', ({ adopter }) => adopter.begin(base));
    const copies = [leftBehind(dir)];
    const added = opened.engine.addForeign(begun, events);
    assert.ok(typeof added !== 'number');
    copies.push(leftBehind(dir));
    assert.deepEqual(filesWith(copies[1] ?? '', [text]).length, 1);
    for (const copy of copies) {
      const again = openEngineInProcess(copy);
      again.engine.record();
      while (again.tidying.step() !== undefined);
      close(again);
      assert.deepEqual(filesWith(copy, [text]), []);
      assert.deepEqual(countRows(copy), { events: 1, places: 1 });
    }
    close(opened);
  });

  it('STORE-33: after a thousand sessions that came and went, no row is left of them', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir, { durability: 'normal' });
    const heads: Heads = new Map();
    for (let n = 0; n < 1000; n += 1) {
      const session = `s${n}` as SessionId;
      append(opened.engine, heads, session, 'one', { side: SIDE });
      append(opened.engine, heads, session, 'two', { side: [{ kind: 'snapshot', seq: 2, data: '{}' }] });
      if (n >= 3) remove(opened.engine, `s${n - 3}` as SessionId);
      if (n % 7 === 0) opened.tidying.step();
    }
    remove(opened.engine, ...[997, 998, 999].map((n) => `s${n}` as SessionId));
    opened.engine.record();
    while (opened.tidying.step() !== undefined);
    close(opened);
    // The last row of the events stays, empty: the head record counts on it.
    assert.deepEqual(countRows(dir), { events: 1, places: 1 });
  });
});
