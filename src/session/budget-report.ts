import type { BudgetAction, BudgetName } from '../definition/budget.ts';
import type { BudgetLevel } from './budget-gauge.ts';

/** How a session is: `degraded` above a soft limit, `throttled` above a hard one. */
export type SessionHealth = 'ok' | 'degraded' | 'throttled' | 'quarantined';

/** How much of one budget is used. */
export type BudgetUse = {
  readonly budget: BudgetName;
  readonly value: number;
  readonly soft: number | null;
  readonly hard: number | null;
  readonly onHard: BudgetAction;
  readonly level: BudgetLevel;
};

/** What a session has used since it came into memory. */
export type BudgetTotals = {
  commands: number;
  events: number;
  /** Milliseconds of the main thread: in handlers, and in all. */
  handlerMs: number;
  cpuMs: number;
  bytesIn: number;
  bytesOut: number;
};

/** What a session that is awake uses, and what it may. */
export type BudgetReport = {
  readonly health: SessionHealth;
  /** The hard limits that it is above, in words; undefined where there are none. */
  readonly reason: string | undefined;
  readonly uses: readonly BudgetUse[];
  readonly totals: Readonly<BudgetTotals>;
};

/** What all sessions of a server have used since it began, and which limits were crossed. */
export type ServerBudgets = {
  readonly totals: BudgetTotals;
  /** Crossings upwards, by budget and level, as in `memoryBytes hard`. */
  readonly crossings: Map<string, number>;
  /** Commands that were refused for a budget. */
  refused: number;
};

/** The same with how the sessions are that are awake, and the heap bytes that they hold. */
export type BudgetCounts = ServerBudgets & {
  readonly awake: Readonly<Record<'ok' | 'degraded' | 'throttled', number>>;
  readonly memoryBytes: number;
};

export function noTotals(): BudgetTotals {
  return { commands: 0, events: 0, handlerMs: 0, cpuMs: 0, bytesIn: 0, bytesOut: 0 };
}

export function noServerBudgets(): ServerBudgets {
  return { totals: noTotals(), crossings: new Map(), refused: 0 };
}

const WORDS: Record<BudgetName, string> = {
  handlerMs: 'ms in one command',
  cpuMsPerS: 'ms of CPU a second',
  eventsPerS: 'events a second',
  bytesInPerS: 'bytes a second in',
  bytesOutPerS: 'bytes a second out',
  memoryBytes: 'bytes of memory',
  logBytes: 'bytes of log',
  participants: 'participants',
};

/** As in `at most 600 ms of CPU a second`: for everybody, since how much it is tells of what not everybody may see. */
export function limitText(budget: BudgetName, limit: number): string {
  return `at most ${limit} ${WORDS[budget]}`;
}

/** As in `612 ms of CPU a second, at most 600`. */
export function useText(budget: BudgetName, value: number, limit: number): string {
  return `${Math.round(value)} ${WORDS[budget]}, at most ${limit}`;
}
