import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SessionId } from '../protocol/ids.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { HeadKeeper } from './head-keeper.ts';
import { decodeHeadRecord, encodeHeadRecord, MAX_RECORDED_HEADS, NO_HEAD_RECORD } from './head-record.ts';
import type { OpenedEngine, StoreSettings } from './open-engine.ts';
import type { StoreInfo } from './store.ts';

const a = 'a' as SessionId;

function append({ engine }: OpenedEngine, from: number, to: number): void {
  let head = { seq: 0, hash: '' };
  if (from > 1) head = { seq: from - 1, hash: engine.read(a, 0, from - 1).events.at(-1)?.hash ?? '' };
  for (let seq = from; seq <= to; seq += 1) {
    const [result] = engine.append([seq === 1 ? creation('a') : following('a', head, ['x'])]);
    assert.ok(result?.outcome === 'ok');
    head = result;
  }
}

function close({ engine, release }: OpenedEngine): void {
  engine.close();
  release();
}

/** What the next start says of a copy of these files. */
function restart(dir: string, names: readonly string[], settings: Partial<StoreSettings> = {}): StoreInfo & { dir: string } {
  const copy = temporaryDirectory();
  for (const name of names) copyFileSync(join(dir, name), join(copy, name));
  const opened = openEngineInProcess(copy, settings);
  close(opened);
  return { ...opened.info, dir: copy };
}

const WITHOUT_LOG = ['holdfast.db', 'head-record'];
const EVERYTHING = [...WITHOUT_LOG, 'holdfast.db-wal'];

describe('the head record', () => {
  it('LOG-5: names a log that went backwards, again at every start until an operator accepts it', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    append(opened, 1, 3);
    opened.engine.settle();
    append(opened, 4, 9);
    opened.engine.record();
    const regressions = [{ session: 'a', recordedSeq: 9, foundSeq: 3 }];
    const lost = restart(dir, WITHOUT_LOG);
    assert.deepEqual([lost.regressions, lost.details['missingRows']], [regressions, 6]);
    const again = openEngineInProcess(lost.dir);
    assert.deepEqual([again.info.regressions, again.info.details['missingRows']], [regressions, 6]);
    append(again, 4, 12);
    again.engine.record();
    close(again);
    assert.deepEqual(restart(lost.dir, WITHOUT_LOG).regressions, regressions);
    assert.deepEqual(restart(lost.dir, WITHOUT_LOG, { readOnly: true }).regressions, regressions);
    const accepted = restart(lost.dir, WITHOUT_LOG, { acceptRegressions: true });
    assert.deepEqual([accepted.regressions, accepted.details['missingRows']], [[], 0]);
    assert.deepEqual(restart(accepted.dir, WITHOUT_LOG).regressions, []);
    close(opened);
  });

  it('LOG-5: names a session that is gone altogether', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    opened.engine.settle();
    append(opened, 1, 2);
    opened.engine.record();
    assert.deepEqual(restart(dir, WITHOUT_LOG).regressions, [{ session: 'a', recordedSeq: 2, foundSeq: 0 }]);
    close(opened);
  });

  it('LOG-6: is no alarm after a crash, even when it is older than the log', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    append(opened, 1, 3);
    opened.engine.record();
    append(opened, 4, 6);
    const info = restart(dir, EVERYTHING);
    assert.deepEqual([info.regressions, info.details['missingRows'], info.details['headRecord']], [[], 0, 'read']);
    close(opened);
  });

  it('LOG-6: is no alarm when a power loss at `normal` takes what was never synced', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir, { durability: 'normal' });
    append(opened, 1, 3);
    opened.engine.settle();
    append(opened, 4, 6);
    opened.engine.record();
    assert.deepEqual(restart(dir, WITHOUT_LOG, { durability: 'normal' }).regressions, []);
    const recorded = decodeHeadRecord(readFileSync(join(dir, 'head-record'), 'utf8'));
    assert.equal(recorded?.heads.get(a), 3);
    close(opened);
  });

  it('LOG-6: says nothing when it is missing, empty or damaged in any byte', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    append(opened, 1, 3);
    opened.engine.record();
    close(opened);
    const text = readFileSync(join(dir, 'head-record'));
    for (let byte = 0; byte < text.length - 1; byte += 1) {
      const changed = Buffer.from(text);
      changed.writeUInt8(changed.readUInt8(byte) ^ (1 << (byte % 8)), byte);
      assert.equal(decodeHeadRecord(changed.toString('utf8')), undefined, `byte ${byte}`);
      assert.equal(decodeHeadRecord(text.subarray(0, byte).toString('utf8')), undefined, `${byte} bytes`);
    }
    writeFileSync(join(dir, 'head-record'), 'nonsense');
    const unreadable = restart(dir, WITHOUT_LOG);
    assert.deepEqual([unreadable.details['headRecord'], unreadable.regressions], ['unreadable', []]);
    rmSync(join(dir, 'head-record'));
    assert.deepEqual(restart(dir, ['holdfast.db']).details['headRecord'], 'missing');
  });

  it('LOG-6: is no alarm after sessions were removed or pruned, whichever record a crash or a power loss leaves', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    const { engine } = opened;
    append(opened, 1, 3);
    engine.append([{ ...creation('b'), side: [{ kind: 'snapshot', seq: 1, data: '{}' }] }]);
    engine.append([creation('newest')]);
    engine.record();
    const before = readFileSync(join(dir, 'head-record'));
    engine.remove(['a', 'newest'].map((id) => ({ session: id as SessionId, options: {} })));
    assert.deepEqual(engine.rearrange('pruning', ({ remover }) => remover.prune('b' as SessionId, 2)).outcome, 'ok');
    const quiet = (info: StoreInfo): void => assert.deepEqual([info.regressions, info.details['missingRows']], [[], 0]);
    quiet(restart(dir, EVERYTHING));
    while (opened.tidying.step() !== undefined);
    quiet(restart(dir, EVERYTHING));
    engine.record();
    const recorded = decodeHeadRecord(readFileSync(join(dir, 'head-record'), 'utf8'));
    assert.deepEqual([...(recorded?.heads.keys() ?? [])], ['b']);
    quiet(restart(dir, EVERYTHING));
    // A disk that lost the newer record lost what came after it too: that it was written is noted last.
    assert.deepEqual(
      engine.ask('looking', ({ remover }) => remover.removed()),
      [],
    );
    writeFileSync(join(dir, 'head-record'), before);
    assert.equal(restart(dir, EVERYTHING).regressions.length, 2, 'nothing vouches for a record that old');
    close(opened);
  });

  it('LOG-5: a loss is still seen after sessions were removed, and names none of those', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    append(opened, 1, 3);
    opened.engine.append([creation('gone')]);
    opened.engine.settle();
    opened.engine.remove([{ session: 'gone' as SessionId, options: {} }]);
    opened.engine.record();
    opened.engine.settle();
    append(opened, 4, 9);
    opened.engine.record();
    assert.deepEqual(restart(dir, WITHOUT_LOG).regressions, [{ session: 'a', recordedSeq: 9, foundSeq: 3 }]);
    close(opened);
  });

  it('LOG-5: a regression that was reported is forgotten with its session', () => {
    const dir = temporaryDirectory();
    const opened = openEngineInProcess(dir);
    append(opened, 1, 3);
    opened.engine.settle();
    append(opened, 4, 5);
    opened.engine.record();
    const lost = restart(dir, WITHOUT_LOG);
    assert.equal(lost.regressions.length, 1);
    const again = openEngineInProcess(lost.dir);
    again.engine.remove([{ session: a, options: {} }]);
    again.engine.record();
    assert.deepEqual(restart(lost.dir, EVERYTHING).regressions, []);
    close(again);
    close(opened);
  });

  it('LOG-6: is read as it was written', () => {
    const seq = fc.nat();
    const session = fc.string().map((text) => text as SessionId);
    const known = { noNullPrototype: true };
    const regressions = fc.array(fc.record({ session, recordedSeq: seq, foundSeq: seq }, known));
    const heads = fc.array(fc.tuple(session, seq)).map((list) => new Map(list));
    const record = fc.record({ eventRow: seq, heads, regressions, missingRows: seq }, known);
    fc.assert(fc.property(record, (written) => assert.deepEqual(decodeHeadRecord(encodeHeadRecord(written)), written)));
  });

  it('LOG-6: stays small however many sessions change, and keeps the latest', () => {
    const keeper = new HeadKeeper(NO_HEAD_RECORD);
    for (let round = 0; round < 3; round += 1) {
      for (let session = 0; session < 2000; session += 1) keeper.note(`${round} ${session}` as SessionId, 1);
      keeper.synced();
    }
    const heads = keeper.take()?.heads;
    assert.equal(heads?.size, MAX_RECORDED_HEADS);
    assert.ok(heads?.has('2 0' as SessionId) && heads.has('2 1999' as SessionId));
    assert.equal(keeper.take(), undefined);
  });
});
