import assert from 'node:assert/strict';
import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { encodeHeader } from '../protocol/event-text.ts';
import type { LogId, ParticipantId, SessionId, Tag } from '../protocol/ids.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { creation, event, FIELDS, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import type { OpenedEngine } from './open-engine.ts';
import type { Rewind } from './store-recovery.ts';
import type { EventInput } from './store.ts';

const a = 'a' as SessionId;

function by(who: string, seq: number): EventInput {
  const facts = { logId: 'l' as LogId, epoch: 1, tag: 't' as Tag, at: 1, command: 'roll', instance: null, number: null, definition: 1 };
  const header = encodeHeader({ ...facts, seq, who: who as ParticipantId, kind: seq === 1 ? 'create' : 'command' });
  return { header, content: `{"salt":"${seq} of ${who}"}` };
}

/** Session `a` with the events 1, then 2 to 4 in one row, then 5. */
function fiveEvents({ engine }: OpenedEngine, events: readonly EventInput[] = ['1', '2', '3', '4', '5'].map(event)): void {
  let head = { seq: 0, hash: '' };
  for (const [from, to] of [
    [0, 1],
    [1, 4],
    [4, 5],
  ] as const) {
    const entry = from === 0 ? creation('a') : following('a', head, []);
    const [result] = engine.append([{ ...entry, events: events.slice(from, to) }]);
    assert.ok(result?.outcome === 'ok');
    head = result;
  }
}

function rewindTo({ engine }: OpenedEngine, to: number): Rewind {
  const [claim] = engine.claim([a]);
  assert.ok(claim !== undefined);
  const toHash = engine.read(a, 0, to).events.at(-1)?.hash ?? '';
  const facts = { session: a, epoch: claim.epoch, expectedSeq: claim.headSeq, to, toHash, logId: 'new' as LogId };
  return { ...facts, event: event('recovered'), at: 9, row: FIELDS, side: [] };
}

/** Opens the directory as it is on the disk now, as after a kill. */
function afterKill(dir: string): OpenedEngine {
  const copy = temporaryDirectory();
  for (const name of readdirSync(dir)) if (!/lock|server|reserve/.test(name)) copyFileSync(join(dir, name), join(copy, name));
  return openEngineInProcess(copy);
}

function close({ engine, release }: OpenedEngine): void {
  engine.close();
  release();
}

/** The bytes of the row that holds seq 2 to 4, with a flipped bit in the event of that seq. */
function damage(dir: string, seq: number): Buffer {
  const db = new DatabaseSync(join(dir, 'holdfast.db'));
  const row = db.prepare('SELECT id, data FROM events WHERE first_seq = 2').get() ?? {};
  const data = Buffer.from(row['data'] as Uint8Array);
  const at = data.indexOf(`"${seq} ✓"`);
  data[at + 1] = (data[at + 1] as number) ^ 1;
  db.prepare('UPDATE events SET data = ? WHERE id = ?').run(data, Number(row['id']));
  db.close();
  return data;
}

describe('a log that is taken back', () => {
  it('RECOVERY-2: a row with good and bad events is cut between them, and every byte of the bad ones is kept', () => {
    const dir = temporaryDirectory();
    const before = openEngineInProcess(dir);
    fiveEvents(before);
    before.engine.settle();
    close(before);
    const bytes = damage(dir, 3);
    const opened = openEngineInProcess(dir);
    const { engine } = opened;
    assert.deepEqual(engine.read(a, 0, 9).damage?.seq, 3);
    assert.deepEqual(
      engine.ask('looking', ({ rewinder }) => rewinder.remnants(a, 2).map(({ header }) => header)),
      ['["3"]', '["4"]', '["5"]'],
    );
    assert.equal(engine.rewind(rewindTo(opened, 2)).outcome, 'ok');
    const { events, damage: left } = engine.read(a, 0, 9);
    assert.deepEqual([events.map(({ header }) => header), left], [['["1"]', '["2"]', '["recovered"]'], undefined]);
    const [first, second] = engine.ask('reading', ({ rewinder }) => rewinder.setAside(a));
    const rest = Buffer.from(first?.data ?? []).subarray(1);
    assert.ok(rest.length > 100 && bytes.subarray(-rest.length).equals(rest));
    assert.deepEqual([first?.firstSeq, second?.firstSeq], [3, 5]);
    close(opened);
  });

  it('RECOVERY-2: a kill right after it is no false alarm at the next start, nor later', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    fiveEvents(opened);
    opened.engine.record();
    opened.engine.rewind(rewindTo(opened, 1));
    const killed = afterKill(dir);
    assert.deepEqual([killed.info.regressions, killed.info.details['missingRows']], [[], 0]);
    close(killed);
    opened.engine.record();
    close(opened);
    const later = openEngineInProcess(dir);
    assert.deepEqual(later.info.regressions, []);
    close(later);
  });

  it('RECOVERY-2: a loss after it is noticed as any other', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    fiveEvents(opened);
    opened.engine.rewind(rewindTo(opened, 1));
    opened.engine.settle();
    opened.engine.record();
    close(opened);
    const db = new DatabaseSync(join(dir, 'holdfast.db'));
    db.exec('UPDATE heads SET seq = 1');
    db.close();
    const later = openEngineInProcess(dir);
    assert.deepEqual(later.info.regressions, [{ session: 'a', recordedSeq: 2, foundSeq: 1 }]);
    close(later);
  });

  it('RECOVERY-2: a person’s content is erased from what was set aside, too', () => {
    const opened = openEngineInProcess(temporaryDirectory());
    const { engine } = opened;
    fiveEvents(
      opened,
      ['ann', 'ann', 'bob', 'ann', 'bob'].map((who, index) => by(who, index + 1)),
    );
    engine.rewind({ ...rewindTo(opened, 2), side: [{ kind: 'snapshot', seq: 3, data: '{}' }] });
    engine.change('erasing', ({ remover }) => remover.beginErasing(a, { who: 'ann' }));
    const kept = engine.ask('reading', ({ rewinder }) => rewinder.setAside(a)).map(({ data }) => Buffer.from(data).toString('latin1'));
    assert.equal(kept.join('').includes('of ann'), false);
    assert.ok(kept.join('').includes('3 of bob') && kept.join('').includes('5 of bob'));
    close(opened);
  });
});
