import type { StoreCounters } from './store-removal.ts';

/** Which counters hold a stored session of this status, besides that of those created. */
export function countersOf(status: string): readonly (keyof StoreCounters)[] {
  if (status === 'archived') return ['archived'];
  return status === 'ended' ? ['live', 'ended'] : ['live'];
}
