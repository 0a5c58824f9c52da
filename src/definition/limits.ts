import { DEFAULT_BUDGET, type Budget, type GivenBudget } from './budget.ts';

/** Bounds of one session. */
export type Limits = {
  /** Seats: how many participants there may be at once (null: no bound). A session can be created with fewer. */
  readonly maxParticipants: number | null;
  /** Changes of state that one command may make. */
  readonly maxOpsPerCommand: number;
  /** UTF-8 bytes of one event: arguments, changes, messages and result together. */
  readonly maxEventBytes: number;
  /** A snapshot is stored after this many events at the latest, so that waking replays no more. */
  readonly snapshotEveryEvents: number;
  /** Where few events come, one is stored after this time, in ms, as soon as there is something new. */
  readonly snapshotEveryMs: number;
  /** Commands in a row, within a minute, whose handler throws: then the session is paused. */
  readonly handlerFailures: number;
  /** Timers that a session may have at once. */
  readonly maxTimers: number;
  /** What it may use of the server, and what happens to one that uses more. */
  readonly budget: Budget;
};

/** Limits as a definition gives them: what is left out of a budget has its default. */
export type GivenLimits = Partial<Omit<Limits, 'budget'>> & { readonly budget?: GivenBudget };

export const DEFAULT_LIMITS: Limits = {
  maxParticipants: 100,
  maxOpsPerCommand: 10_000,
  maxEventBytes: 262_144,
  snapshotEveryEvents: 5_000,
  snapshotEveryMs: 600_000,
  handlerFailures: 100,
  maxTimers: 1_000,
  budget: DEFAULT_BUDGET,
};
