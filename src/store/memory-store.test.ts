import { storeContract } from '../testing/store-contract.ts';
import { MemoryStore } from './memory-store.ts';

storeContract('MemoryStore', {
  async create() {
    const store = new MemoryStore();
    await store.open();
    const reopen = async (): Promise<MemoryStore> => {
      await store.close();
      await store.open();
      return store;
    };
    return { store, reopen, cleanup: () => store.close() };
  },
});
