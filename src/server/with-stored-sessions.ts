import type { SessionDefinition } from '../definition/session-definition.ts';
import { Sessions } from '../session/sessions.ts';
import type { Store } from '../store/store.ts';
import { archivesOf } from './archives-of.ts';
import { OperatorActs } from './operator-acts.ts';
import { systemClock } from './system-clock-adapter.ts';
import { createSystemRandom } from './system-random-adapter.ts';

/** The sessions of a stopped server, and the log of what is done to them. */
export type StoredSessions = { readonly sessions: Sessions; readonly acts: OperatorActs };

/**
 * Opens the files of a stopped server for one act of its operator, and closes them again. Rejects with a `StoreError` while
 * a server holds them. Sessions whose definition is not given can be read by their log, not woken.
 */
export async function withStoredSessions<T>(
  store: Store,
  definitions: readonly SessionDefinition[],
  use: (stored: StoredSessions) => Promise<T>,
): Promise<T> {
  const info = await store.open();
  const nobody = { deliver: () => undefined };
  const sessions = new Sessions({
    store,
    definitions,
    clock: systemClock,
    random: createSystemRandom(),
    output: nobody,
    durability: info.durability,
    archives: archivesOf(store, info),
  });
  try {
    await sessions.start();
    return await use({ sessions, acts: new OperatorActs({ sessions: () => sessions, clock: systemClock }) });
  } finally {
    await sessions.stop();
    await store.close();
  }
}
