import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SessionId } from '../protocol/ids.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { creation, event, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { decodeChunk, eraseContents } from './event-chunk.ts';
import { SqliteReader } from './sqlite-reader.ts';
import type { LogSlice } from './sqlite-reader.ts';
import type { StoredEvent } from './store.ts';

const a = 'a' as SessionId;
/** Rows of session `a`: seq 1, 2 to 4, 5 to 6, each followed by one of session `b`. */
const ROWS = [['one'], ['two', 'three', 'four'], ['five', 'six']];
const LAST = 6;

/** A directory with a small log, part of it placed and part of it not, and two snapshots of it. */
function smallLog(): { dir: string; whole: readonly StoredEvent[] } {
  const dir = temporaryDirectory();
  const { engine, release } = openEngineInProcess(dir);
  const heads = new Map<string, { seq: number; hash: string }>();
  for (const names of ROWS) {
    for (const session of ['a', 'b']) {
      const head = heads.get(session);
      const entry = head === undefined ? { ...creation(session), events: names.map(event) } : following(session, head, names);
      const side = head === undefined ? [] : [{ kind: 'snapshot', seq: head.seq + 1, data: `{"at":${head.seq + 1}}` } as const];
      const [result] = engine.append([{ ...entry, side }]);
      assert.ok(result?.outcome === 'ok');
      heads.set(session, result);
    }
    if (names.length > 1) engine.settle();
  }
  const { events } = engine.read(a, 0, LAST);
  engine.close();
  release();
  return { dir, whole: events };
}

/** The log of a copy in memory, of which `change` has been made. */
function readChanged(dir: string, change: (db: DatabaseSync) => void, after = 0): LogSlice {
  const db = new DatabaseSync(join(dir, 'holdfast.db'));
  try {
    db.exec('BEGIN');
    change(db);
    return new SqliteReader(db).read(a, after, 99);
  } finally {
    db.exec('ROLLBACK');
    db.close();
  }
}

/** What was read is the beginning of the log, and what is not there is reported at its first seq. */
function assertHonest({ events, damage }: LogSlice, whole: readonly StoredEvent[], note: string): void {
  assert.deepEqual(events, whole.slice(0, events.length), note);
  if (damage === undefined) assert.equal(events.length, whole.length, note);
  else assert.equal(damage.seq, events.length + 1, note);
}

function rowsOf(dir: string, session: string): { id: number; data: Buffer; seq: number }[] {
  const db = new DatabaseSync(join(dir, 'holdfast.db'), { readOnly: true });
  const sql = 'SELECT id, data, first_seq FROM events WHERE session = (SELECT number FROM sessions WHERE session = ?) ORDER BY id';
  const rows = db.prepare(sql).all(session);
  db.close();
  return rows.map(({ id, data, first_seq }) => ({ id: Number(id), data: Buffer.from(data as Uint8Array), seq: Number(first_seq) }));
}

function flipped(data: Uint8Array, byte: number, bit: number): Buffer {
  const changed = Buffer.from(data);
  changed.writeUInt8(changed.readUInt8(byte) ^ (1 << bit), byte);
  return changed;
}

describe('reading a damaged log', () => {
  it('LOG-2: any flipped bit of an event row is found, and the good events before it are read', () => {
    const { dir, whole } = smallLog();
    for (const row of rowsOf(dir, 'a')) {
      for (let byte = 0; byte < row.data.length; byte += 1) {
        const changed = flipped(row.data, byte, byte % 8);
        const slice = readChanged(dir, (db) => db.prepare('UPDATE events SET data = ? WHERE id = ?').run(changed, row.id));
        assertHonest(slice, whole, `byte ${byte} of row ${row.id}`);
        assert.ok(slice.damage !== undefined, `byte ${byte} of row ${row.id} is seen`);
        const before = row.seq - 1 + (byte === 0 ? 0 : decodeChunk(row.data.subarray(0, byte)).frames.length);
        assert.equal(slice.events.length, before, `all before byte ${byte} of row ${row.id}`);
      }
    }
  });

  it('LOG-2: a changed, missing, cut or swapped row is found', () => {
    const { dir, whole } = smallLog();
    const [first, second, third] = rowsOf(dir, 'a');
    const [foreign] = rowsOf(dir, 'b');
    assert.ok(first && second && third && foreign);
    const cases: [name: string, seq: number, sql: string, ...values: (number | Buffer)[]][] = [
      ['missing', 2, 'DELETE FROM events WHERE id = ?', second.id],
      ['last missing', 5, 'DELETE FROM events WHERE id = ?', third.id],
      ['cut', 4, 'UPDATE events SET data = ? WHERE id = ?', second.data.subarray(0, -1), second.id],
      ['cut between events', 3, 'UPDATE events SET data = ? WHERE id = ?', second.data.subarray(0, second.data.length / 3), second.id],
      ['empty', 2, 'UPDATE events SET data = ? WHERE id = ?', Buffer.alloc(0), second.id],
      ['a number', 2, 'UPDATE events SET data = 5 WHERE id = ?', second.id],
      ['another seq', 2, 'UPDATE events SET first_seq = 3 WHERE id = ?', second.id],
      ['a huge seq', 2, 'UPDATE events SET first_seq = 9223372036854775807 WHERE id = ?', second.id],
      ['another session', 2, 'UPDATE events SET session = session + 1 WHERE id = ?', second.id],
      ['another session’s row', 1, 'UPDATE events SET data = ? WHERE id = ?', second.data, first.id],
      ['a place that points elsewhere', 2, 'UPDATE places SET event = event + 1 WHERE event = ?', second.id],
      ['a missing place', 5, 'DELETE FROM places WHERE event = ?', third.id],
      ['another head hash', 6, 'UPDATE heads SET hash = zeroblob(32) WHERE number = 1'],
      ['a head further on', 7, 'UPDATE heads SET seq = 8 WHERE number = 1'],
    ];
    for (const [name, seq, sql, ...values] of cases) {
      const slice = readChanged(dir, (db) => db.prepare(sql).run(...values));
      assert.deepEqual([slice.events, slice.damage?.seq], [whole.slice(0, seq - 1), seq], name);
    }
    const swapped = readChanged(dir, (db) => {
      const put = db.prepare('UPDATE events SET data = ? WHERE id = ?');
      put.run(third.data, second.id);
      put.run(second.data, third.id);
    });
    assert.deepEqual(swapped.damage?.seq, 2);
  });

  it('LOG-2: whoever reads on behind an event that is damaged is told its seq', () => {
    const { dir } = smallLog();
    const [, second] = rowsOf(dir, 'a');
    const slice = readChanged(dir, (db) => db.prepare('DELETE FROM events WHERE id = ?').run(second?.id ?? 0), 3);
    assert.deepEqual([slice.events, slice.damage?.seq, slice.more], [[], 3, false]);
  });

  it('LOG-2: a head behind its events is found', () => {
    const { dir, whole } = smallLog();
    const slice = readChanged(dir, (db) => db.exec('UPDATE heads SET seq = 5 WHERE number = 1'));
    assert.deepEqual([slice.events, slice.damage?.seq], [whole.slice(0, 4), 5]);
  });

  it('LOG-2: a row that strayed into another session does not hide what belongs there', () => {
    const { dir, whole } = smallLog();
    const slice = readChanged(dir, (db) => {
      db.exec("UPDATE meta SET value = 0 WHERE key = 'placed'; DELETE FROM places");
      db.exec('UPDATE events SET session = 1 WHERE session = 2');
    });
    assert.deepEqual([slice.events, slice.damage], [whole, undefined]);
  });

  it('LOG-2: any flipped bit of the database file is found or without effect', () => {
    const { dir, whole } = smallLog();
    const file = readFileSync(join(dir, 'holdfast.db'));
    const copy = temporaryDirectory();
    const flip = fc.record({ byte: fc.nat({ max: file.length - 1 }), bit: fc.nat({ max: 7 }) });
    fc.assert(
      fc.property(flip, ({ byte, bit }) => {
        writeFileSync(join(copy, 'holdfast.db'), flipped(file, byte, bit));
        const slice = readOrNothing(copy);
        if (slice !== undefined) assertHonest(slice, whole, `byte ${byte} bit ${bit}`);
      }),
      { numRuns: 500 },
    );
  });

  it('LOG-3: a damaged snapshot is passed over for an older one', () => {
    const { dir } = smallLog();
    const db = new DatabaseSync(join(dir, 'holdfast.db'));
    const rows = db.prepare('SELECT id, seq, hash, checksum, data FROM snapshots WHERE session = 1 ORDER BY seq DESC').all();
    assert.deepEqual(
      rows.map(({ seq }) => seq),
      [5, 2],
    );
    const read = (): number | undefined => new SqliteReader(db).readSnapshot(a, 99)?.seq;
    assert.equal(read(), 5);
    for (const column of ['data', 'hash', 'checksum']) {
      const bytes = rows[0]?.[column] as Uint8Array;
      for (let byte = 0; byte < bytes.length; byte += 1) {
        db.exec('BEGIN');
        db.prepare(`UPDATE snapshots SET ${column} = ? WHERE seq = 5`).run(flipped(bytes, byte, byte % 8));
        assert.equal(read(), 2, `${column} byte ${byte}`);
        db.exec('ROLLBACK');
      }
    }
    for (const change of ['seq = 4', "data = 'text'", 'hash = NULL']) {
      db.exec(`BEGIN; UPDATE OR IGNORE snapshots SET ${change} WHERE seq = 5 AND session = 1`);
      assert.equal(read(), change.startsWith('hash') ? 5 : 2, change);
      db.exec('ROLLBACK');
    }
    db.close();
  });

  it('LOG-3: a snapshot that does not agree with the log is passed over', () => {
    const { dir } = smallLog();
    const db = new DatabaseSync(join(dir, 'holdfast.db'));
    db.exec('UPDATE heads SET seq = 4 WHERE number = 1');
    assert.equal(new SqliteReader(db).readSnapshot(a, 99)?.seq, 2);
    db.close();
  });

  it('STORE-17: a damaged row of the catalogue leaves the others listed', () => {
    const { dir } = smallLog();
    const db = new DatabaseSync(join(dir, 'holdfast.db'));
    db.exec("UPDATE sessions SET listed = 7 WHERE session = 'a'");
    db.close();
    const { engine } = openEngineInProcess(dir, { readOnly: true });
    assert.deepEqual(
      engine.list({}).rows.map(({ session }) => session),
      ['b'],
    );
    assert.throws(() => engine.get(a), { name: 'StoreError', message: /column listed/ });
    engine.close();
  });

  it('LOG-4: an erased content is gone and the chain still verifies', () => {
    const { dir, whole } = smallLog();
    const [, second] = rowsOf(dir, 'a');
    assert.ok(second);
    const erased = eraseContents(second.data, (index) => index === 1)?.data;
    assert.ok(erased !== undefined && !erased.includes('three ✓'));
    const slice = readChanged(dir, (db) => db.prepare('UPDATE events SET data = ? WHERE id = ?').run(erased, second.id));
    assert.equal(slice.damage, undefined);
    assert.deepEqual(
      slice.events.map(({ content }) => content),
      whole.map(({ seq, content }) => (seq === 3 ? undefined : content)),
    );
    for (let byte = 0; byte < erased.length; byte += 1) {
      const changed = readChanged(dir, (db) =>
        db.prepare('UPDATE events SET data = ? WHERE id = ?').run(flipped(erased, byte, 3), second.id),
      );
      assert.ok(changed.damage !== undefined, `byte ${byte}`);
    }
  });
});

/** Undefined where the file as a whole is refused, or the session is not found in it. */
function readOrNothing(dir: string): LogSlice | undefined {
  try {
    const { engine } = openEngineInProcess(dir, { readOnly: true });
    try {
      return engine.get(a) === undefined ? undefined : engine.read(a, 0, 99);
    } finally {
      engine.close();
    }
  } catch (error) {
    assert.equal(error instanceof Error && error.name, 'StoreError');
    return undefined;
  }
}

describe('a write-ahead log that lost its end', () => {
  it('LOG-5: any flipped bit in it is without effect or is reported as a log that went backwards', () => {
    const dir = temporaryDirectory();
    const { engine, release } = openEngineInProcess(dir);
    let head: { seq: number; hash: string } = { seq: 0, hash: '' };
    for (let seq = 1; seq <= 12; seq += 1) {
      const [result] = engine.append([seq === 1 ? creation('a') : following('a', head, [`event ${seq}`])]);
      assert.ok(result?.outcome === 'ok');
      head = result;
    }
    engine.record();
    const wal = readFileSync(join(dir, 'holdfast.db-wal'));
    const copies = temporaryDirectory();
    let lost = 0;
    for (let sample = 0; sample < 60; sample += 1) {
      const copy = join(copies, String(sample));
      mkdirSync(copy);
      for (const name of ['holdfast.db', 'head-record']) copyFileSync(join(dir, name), join(copy, name));
      writeFileSync(join(copy, 'holdfast.db-wal'), flipped(wal, Math.floor((sample * wal.length) / 60), sample % 8));
      const opened = openEngineInProcess(copy);
      const { events, damage } = opened.engine.read(a, 0, 12);
      assert.equal(damage, undefined);
      const expected = events.length === 12 ? [] : [{ session: 'a', recordedSeq: 12, foundSeq: events.length }];
      assert.deepEqual(opened.info.regressions, expected, `sample ${sample}`);
      lost += expected.length;
      opened.engine.close();
      opened.release();
    }
    assert.ok(lost > 10, `${lost} of 60 lost something`);
    engine.close();
    release();
  });
});
