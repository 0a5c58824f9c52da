import type { SessionDefinition } from '../../../definition/session-definition.ts';
import type { Durability } from '../../../protocol/frames.ts';
import type { SessionId } from '../../../protocol/ids.ts';
import type { LogRead } from '../../../store/store.ts';
import type { HistoryEntry } from '../history.ts';

/** A run that is over: all that the checks look at. */
export type FinishedRun = {
  readonly history: readonly HistoryEntry[];
  /** Every definition that was hosted at any time. One that shows other things to others than before has another version. */
  readonly definitions: readonly SessionDefinition[];
  readonly durability: Durability;
  /** What is on the platter at the end, read through the store's own verified read, from the first event on. */
  readonly logs: ReadonlyMap<SessionId, LogRead>;
};

/** A promise that was not kept. */
export type Violation = {
  /** As numbered in the list of promises: 1 to 15; 16: presence converges; 17: everyone is served again after the last fault. */
  readonly promise: number;
  /** The step of the schedule in which it was seen; 0: before the first one. */
  readonly step: number;
  /** One sentence. */
  readonly what: string;
};

/** What a check has looked at, by name: one that looked at nothing has shown nothing. */
export type Looked = Readonly<Record<string, number>>;

/** What one check found. */
export type Checked = { readonly violations: readonly Violation[]; readonly looked: Looked };
