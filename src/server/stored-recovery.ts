import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Outcome } from '../session/outcome.ts';
import { recoverSession, type Recovery } from '../session/recovery-act.ts';
import { verifySession, type Verification } from '../session/verification.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import { systemClock } from './system-clock-adapter.ts';
import { createSystemRandom } from './system-random-adapter.ts';

export type { Recovery } from '../session/recovery-act.ts';
export { spoken } from '../session/recovery-report.ts';
export type { Verification } from '../session/verification.ts';

const PAGE = 500;

/** Checks a session in the files. Changes nothing. Undefined when there is no such session. */
export function verifyStored(
  store: Store,
  definitions: readonly SessionDefinition[],
  session: SessionId,
): Promise<Verification | undefined> {
  return verifySession({ store, clock: systemClock }, session, (type) => definitions.find(({ name }) => name === type));
}

/** What a recovery in the files would do. Changes nothing. */
export function planStoredRecovery(store: Store, session: SessionId, to: number): Promise<Outcome<{ recovery: Recovery }>> {
  const tools = { store, clock: systemClock, random: createSystemRandom() };
  return recoverSession(tools, session, { to, by: 'system', dryRun: true });
}

/** Every stored session, newest first, whatever it is. */
export async function* everySession(store: Pick<Store, 'list'>): AsyncGenerator<CatalogueRow> {
  let before: CatalogueRow | undefined;
  for (;;) {
    const rows: readonly CatalogueRow[] = await store.list({ limit: PAGE, before });
    yield* rows;
    before = rows.at(-1);
    if (rows.length < PAGE) return;
  }
}
