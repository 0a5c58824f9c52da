import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { SessionId } from '../protocol/ids.ts';
import { openEngineInProcess } from '../testing/engine-in-process-adapter.ts';
import { creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';

describe('upkeep between commits', () => {
  it('STORE-20: the log is moved in small parts and starts anew, however much is written', () => {
    const dir = temporaryDirectory();
    const { engine, release } = openEngineInProcess(dir);
    const text = 'x'.repeat(4_000);
    let head: { seq: number; hash: string } = { seq: 0, hash: '' };
    let longest = 0;
    for (let seq = 1; seq <= 1_200; seq += 1) {
      // One commit of its own is more than what is looked for at once.
      const texts = seq === 300 ? ['y'.repeat(400_000)] : [text];
      const [result] = engine.append([seq === 1 ? creation('a') : following('a', head, texts)]);
      assert.ok(result?.outcome === 'ok');
      head = result;
      engine.upkeep();
      longest = Math.max(longest, statSync(join(dir, 'holdfast.db-wal')).size);
    }
    assert.ok(longest < 5_000_000, `the log had ${longest} bytes`);
    assert.ok(statSync(join(dir, 'holdfast.db')).size > 1_200 * text.length - longest, 'what it held is in the database file');
    const { events, more } = engine.read('a' as SessionId, 1_150, 1_200);
    assert.deepEqual([events.length, more], [50, false]);
    engine.close();
    release();
  });
});
