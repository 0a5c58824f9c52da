import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PassingStore } from '../testing/passing-store.ts';
import { appendOne, creation } from '../testing/store-entries.ts';
import { MemoryStore } from './memory-store.ts';
import type { SessionId } from '../protocol/ids.ts';
import { exportLines } from './session-file.ts';
import type { LogRead } from './store.ts';

/** Its logs are gone while they are read, in one way or the other. */
class VanishingStore extends PassingStore {
  gone: LogRead | undefined;

  override async read(...args: Parameters<PassingStore['read']>): ReturnType<PassingStore['read']> {
    return this.gone ?? super.read(...args);
  }
}

for (const gone of [{ events: [] }, { events: [], prunedTo: 1 }] satisfies LogRead[])
  test('STORE-36: what is removed or pruned while it is exported ends the export with an error', async () => {
    const store = new VanishingStore(new MemoryStore());
    await store.open();
    await appendOne(store, creation('a'));
    const lines = await exportLines(store, 'a' as SessionId);
    store.gone = gone;
    const taken = async (): Promise<void> => {
      for await (const _line of lines ?? []);
    };
    await assert.rejects(taken(), /was pruned or removed while it was exported/);
  });
