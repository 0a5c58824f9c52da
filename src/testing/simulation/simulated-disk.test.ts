import { SeededBytes } from '../seeded-bytes.ts';
import { storeContract } from '../store-contract.ts';
import { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedStore, type StoreHost } from './simulated-store.ts';

/** A program for which everything is done at once, and that nothing ends. */
const AT_ONCE: StoreHost = {
  name: 'one',
  isGone: false,
  soon: (_what, happen) => queueMicrotask(happen),
  reach: () => undefined,
  arrive: () => undefined,
  claimed: () => undefined,
};

storeContract('SimulatedStore', {
  async create() {
    const disk = new SimulatedDisk({ durability: 'full', random: new SeededBytes(1), tell: () => undefined });
    const store = new SimulatedStore(disk, AT_ONCE);
    await store.open();
    const reopen = async (): Promise<SimulatedStore> => {
      await store.close();
      const again = new SimulatedStore(disk, AT_ONCE);
      await again.open();
      return again;
    };
    return { store, reopen, cleanup: () => store.close() };
  },
});
