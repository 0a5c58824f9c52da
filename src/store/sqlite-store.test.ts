import { storeContract } from '../testing/store-contract.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';
import type { SqliteStoreOptions } from './sqlite-store.ts';

for (const durability of ['full', 'normal'] as const) {
  storeContract(`SqliteStore at ${durability}`, {
    async create() {
      const options: SqliteStoreOptions = { dir: temporaryDirectory(), durability };
      let store = sqliteStore(options);
      const first = store;
      await store.open();
      const reopen = async (): Promise<typeof store> => {
        await store.close();
        store = sqliteStore(options);
        await store.open();
        return store;
      };
      return { store: first, reopen, cleanup: () => store.close() };
    },
  });
}
