/** What a session may use of the server it runs on. */
export type BudgetName =
  /** The longest run of one handler within the last minute, in ms. */
  | 'handlerMs'
  /** Time of the main thread that the session takes, in ms a second. */
  | 'cpuMsPerS'
  /** Events a second. */
  | 'eventsPerS'
  /** Bytes of commands that come in, a second. */
  | 'bytesInPerS'
  /** Bytes that go out, to all its connections together, a second. */
  | 'bytesOutPerS'
  /** Heap that it holds: state, newest events, what is kept for joiners, queues. */
  | 'memoryBytes'
  /** Its stored log. */
  | 'logBytes'
  /** Participants, the audience included. */
  | 'participants';

/**
 * What happens to a session above a hard limit:
 * - `throttle`: its game commands are refused with `rate-limited` until it is below again. For what falls by itself.
 * - `refuse`: they are refused with `over-budget`; those of the host are not, so that it can make room.
 * - `pause`: it is paused by the system, with the reason. After a resume it is paused again when it goes on growing.
 * - `quarantine`: it leaves memory, and an operator decides.
 */
export type BudgetAction = 'throttle' | 'refuse' | 'pause' | 'quarantine';

/** Above `soft` the host is told, once; above `hard` something is done. null: no limit. */
export type BudgetLimit = { readonly soft: number | null; readonly hard: number | null; readonly onHard: BudgetAction };

/** What one session may use. What is a second is a mean of about the last ten. */
export type Budget = Readonly<Record<BudgetName, BudgetLimit>>;

/** A budget as it is given: what is left out has its default. */
export type GivenBudget = { readonly [Name in BudgetName]?: Partial<BudgetLimit> };

const MIB = 1024 * 1024;

/** Far above what games need: so that a session that runs wild is stopped before the others notice. */
export const DEFAULT_BUDGET: Budget = {
  handlerMs: { soft: 100, hard: null, onHard: 'throttle' },
  cpuMsPerS: { soft: 200, hard: 600, onHard: 'throttle' },
  eventsPerS: { soft: 2_000, hard: 10_000, onHard: 'throttle' },
  bytesInPerS: { soft: MIB, hard: 8 * MIB, onHard: 'throttle' },
  bytesOutPerS: { soft: 32 * MIB, hard: 256 * MIB, onHard: 'throttle' },
  memoryBytes: { soft: 128 * MIB, hard: 512 * MIB, onHard: 'pause' },
  logBytes: { soft: 1024 * MIB, hard: 16_384 * MIB, onHard: 'pause' },
  participants: { soft: 5_000, hard: null, onHard: 'refuse' },
};

export const BUDGET_NAMES = Object.keys(DEFAULT_BUDGET) as readonly BudgetName[];
export const BUDGET_ACTIONS: readonly BudgetAction[] = ['throttle', 'refuse', 'pause', 'quarantine'];

/** The actions that a budget can have: what does not fall by itself cannot be waited for, and newcomers can only be refused. */
export function budgetActions(name: BudgetName): readonly BudgetAction[] {
  if (name === 'participants') return ['refuse'];
  return name === 'memoryBytes' || name === 'logBytes' ? BUDGET_ACTIONS.filter((action) => action !== 'throttle') : BUDGET_ACTIONS;
}

/** A budget with what was not given. Whatever stands in place of one counts as nothing. */
export function budgetOf(given: GivenBudget): Budget {
  return Object.fromEntries(BUDGET_NAMES.map((name) => [name, { ...DEFAULT_BUDGET[name], ...Object(given[name]) }])) as Budget;
}
