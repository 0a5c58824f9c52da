import type { SessionDefinition } from '../definition/session-definition.ts';
import { Sessions } from '../session/sessions.ts';
import type { SweepReport } from '../session/sweeper.ts';
import type { Store } from '../store/store.ts';
import { systemClock } from './system-clock-adapter.ts';
import { createSystemRandom } from './system-random-adapter.ts';

export type { SweepDecision, SweepReport } from '../session/sweeper.ts';
export type { StoreCounters } from '../store/store-removal.ts';
export type { CleanupStep } from '../session/cleanup.ts';

/** What a sweep would do with what is stored. Writes nothing: the store may be open for reading only. */
export function previewSweep(store: Store, definitions: readonly SessionDefinition[]): Promise<SweepReport> {
  const nobody = { deliver: () => undefined };
  const random = createSystemRandom();
  const sessions = new Sessions({ store, definitions, clock: systemClock, random, output: nobody, durability: 'full' });
  return sessions.sweeper.sweep({ dryRun: true });
}
