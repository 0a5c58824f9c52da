import type { SessionId } from '../protocol/ids.ts';
import { noServerBudgets, type BudgetCounts, type BudgetReport, type ServerBudgets, type SessionHealth } from './budget-report.ts';
import type { Store } from '../store/store.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { Residence } from './residence.ts';
import type { SessionsOptions } from './sessions-options.ts';

/** How a session is, without looking any closer. */
export type SessionUse = { readonly awake: boolean; readonly health: SessionHealth; readonly memoryBytes: number };

/** What the sessions of a server use, and what they may. */
export class Budgets {
  /** What all of them have used since the start; undefined where no budgets are kept. */
  readonly shared: ServerBudgets | undefined;
  /** Why nothing new of this type (undefined: not known yet) is begun now. */
  readonly mayBegin: NonNullable<SessionsOptions['mayBegin']>;
  readonly #store: Pick<Store, 'get'>;
  readonly #residence: () => Pick<Residence, 'awake' | 'find' | 'quarantines' | 'makeRoom'>;

  constructor(
    { budgets, mayBegin, store }: Pick<SessionsOptions, 'budgets' | 'mayBegin' | 'store'>,
    residence: () => Pick<Residence, 'awake' | 'find' | 'quarantines' | 'makeRoom'>,
  ) {
    this.shared = budgets === false ? undefined : noServerBudgets();
    this.mayBegin = mayBegin ?? (() => undefined);
    this.#store = store;
    this.#residence = residence;
  }

  /** Why nobody new comes into a session now, by its type. */
  async mayJoin(session: SessionId): Promise<Refusal | undefined> {
    const row = await this.#store.get(session).catch(() => undefined);
    return row === undefined ? refuse('unavailable') : this.mayBegin(row.type);
  }

  /** What an awake session uses, and what it may; undefined for one that sleeps, and where no budgets are kept. */
  async of(session: SessionId): Promise<BudgetReport | undefined> {
    return this.#residence().find(session)?.budget?.fullReport();
  }

  /** How a session is, for listings: its memory as of the last look. */
  use(session: SessionId): SessionUse {
    const found = this.#residence().find(session);
    const isQuarantined = this.#residence().quarantines.find(session) !== undefined;
    const { health = 'ok', memoryBytes = 0 } = found?.budget ?? {};
    return { awake: found !== undefined, health: isQuarantined ? 'quarantined' : health, memoryBytes };
  }

  /** Lets so many of the least used sessions leave memory, where nobody needs them; those of the types to `keep` last. */
  makeRoom(count: number, keep: readonly string[]): void {
    this.#residence().makeRoom(count, keep);
  }

  /** What all sessions have used since the start, and how those that are awake are. Undefined where no budgets are kept. */
  counts(): BudgetCounts | undefined {
    if (this.shared === undefined) return undefined;
    const awake = { ok: 0, degraded: 0, throttled: 0 };
    let heldBytes = 0;
    for (const { budget } of this.#residence().awake()) {
      awake[budget?.health ?? 'ok'] += 1;
      heldBytes += budget?.memoryBytes ?? 0;
    }
    const { totals, crossings, refused } = this.shared;
    return { totals: { ...totals }, crossings: new Map(crossings), refused, awake, memoryBytes: heldBytes };
  }
}
