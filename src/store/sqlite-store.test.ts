import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeContract } from '../testing/store-contract.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { SqliteStoreOptions } from './sqlite-store.ts';

for (const durability of ['full', 'normal'] as const) {
  storeContract(`SqliteStore at ${durability}`, {
    async create() {
      const dir = await mkdtemp(join(tmpdir(), 'holdfast-store-'));
      const options: SqliteStoreOptions = { dir: join(dir, 'data'), durability };
      let store = sqliteStore(options);
      const first = store;
      await store.open();
      const reopen = async (): Promise<typeof store> => {
        await store.close();
        store = sqliteStore(options);
        await store.open();
        return store;
      };
      const cleanup = async (): Promise<void> => {
        await store.close();
        await rm(dir, { recursive: true });
      };
      return { store: first, reopen, cleanup };
    },
  });
}
