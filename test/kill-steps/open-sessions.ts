import { makeSnapshot } from '../../src/session/make-snapshot.ts';
import { Sessions } from '../../src/session/sessions.ts';
import { createSystemRandom } from '../../src/server/system-random-adapter.ts';
import { systemClock } from '../../src/server/system-clock-adapter.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { scoreOne, scoreTwo } from './score.ts';

export type Opened = { readonly store: SqliteStore; readonly sessions: Sessions; readonly close: () => Promise<void> };

type How = {
  /** Of the score. Default 2. */
  readonly version?: 1 | 2;
  /** Large snapshots are made. Default false: a look at what is stored should not add to it. */
  readonly large?: boolean;
  readonly databaseModule?: URL;
};

/** The sessions of a data directory, as a server has them. */
export async function openSessions(dir: string, { version = 2, large = false, databaseModule }: How = {}): Promise<Opened> {
  const store = new SqliteStore({ dir }, databaseModule);
  const { durability } = await store.open();
  const sessions = new Sessions({
    store,
    definitions: [tinyTabletop, version === 1 ? scoreOne : scoreTwo],
    clock: systemClock,
    random: createSystemRandom(),
    output: { deliver: () => undefined },
    durability,
    makeSnapshot: async (order) => (large ? makeSnapshot(store, systemClock, order) : undefined),
  });
  await sessions.start();
  const close = async (): Promise<void> => {
    await sessions.stop();
    await store.close();
  };
  return { store, sessions, close };
}

/** Opens the sessions of a directory for as long as something is done with them, however that ends. */
export async function withSessions<T>(dir: string, work: (opened: Opened) => Promise<T>, how: How = {}): Promise<T> {
  const opened = await openSessions(dir, how);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}
