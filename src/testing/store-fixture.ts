import type { Store } from '../store/store.ts';

/** One store under test. */
export type StoreFixture = {
  /** Open and empty. */
  readonly store: Store;
  /** Closes the store and opens what it left behind, as a restart does. Absent where nothing is left behind. */
  readonly reopen?: () => Promise<Store>;
  /** Lets go of everything; called once, with the store open or not. */
  readonly cleanup: () => Promise<void>;
};

export type Create = () => Promise<StoreFixture>;

/** The body of a test of one store. */
export function using(create: Create, test: (store: Store, fixture: StoreFixture) => Promise<void>): () => Promise<void> {
  return async () => {
    const fixture = await create();
    try {
      await test(fixture.store, fixture);
    } finally {
      await fixture.cleanup();
    }
  };
}
