import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import type { CatalogueQuery, Store } from '../store/store.ts';
import { isCampaign } from './membership.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';

/** How many of each one person may have at a time. */
export type Quotas = {
  /** Sessions of theirs that have not ended. */
  readonly sessions: number;
  /** Campaigns of theirs. */
  readonly campaigns: number;
  /** Invitations of theirs to one session or campaign, those that are over not counted. */
  readonly invites: number;
  /** Lists and sessions that they watch. */
  readonly watches: number;
};

export const QUOTAS: Quotas = { sessions: 200, campaigns: 50, invites: 100, watches: 50 };
/** Anything above is no quota: Infinity says so. */
export const QUOTA_MOST = 1_000;
const MOST_ROWS = 1_000;
const LIVE = ['lobby', 'active', 'paused', 'abandoned'];

/** Keeps what one person creates within bounds, however many requests come at once. */
export class CreationQuota {
  readonly #store: Pick<Store, 'list'>;
  readonly #quotas: Quotas;
  /** Creations under way, by what they are and whose, in the order in which they came. */
  readonly #underWay = new Map<string, Set<Promise<void>>>();

  constructor(store: Pick<Store, 'list'>, quotas: Quotas) {
    this.#store = store;
    this.#quotas = quotas;
  }

  /** Creates, where the owner may have one more. */
  async within<T extends object>(owner: ParticipantId, type: string, create: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
    const what = isCampaign(type) ? 'campaigns' : 'sessions';
    const key = `${what} ${owner}`;
    const underWay = this.#underWay.get(key) ?? new Set();
    this.#underWay.set(key, underWay);
    const ahead = [...underWay];
    const { promise, resolve } = Promise.withResolvers<void>();
    underWay.add(promise);
    try {
      const refusal = await this.#wait(owner, what, () => ahead.filter((other) => underWay.has(other)));
      return refusal ?? (await create());
    } finally {
      underWay.delete(promise);
      if (underWay.size === 0) this.#underWay.delete(key);
      resolve();
    }
  }

  /** Those ahead may fail, or be counted already: where it matters it is decided when that is known. */
  async #wait(owner: ParticipantId, what: 'sessions' | 'campaigns', ahead: () => readonly Promise<void>[]): Promise<Refusal | undefined> {
    const most = this.#quotas[what];
    while (most !== Infinity && (await this.#count(owner, what, most)) + ahead().length >= most) {
      const others = ahead();
      if (others.length === 0)
        return refuse('quota-exceeded', `You have ${most} ${what}, as many as one person may have here; end some first.`);
      await Promise.race(others);
    }
    return undefined;
  }

  async #count(owner: ParticipantId, what: 'sessions' | 'campaigns', most: number): Promise<number> {
    const all = await this.#list({ owner }, what, most);
    if (all < most) return all;
    let live = 0;
    for (const status of LIVE) live += await this.#list({ owner, status }, what, most);
    return live;
  }

  async #list(query: CatalogueQuery, what: 'sessions' | 'campaigns', most: number): Promise<number> {
    if (what === 'campaigns') return (await this.#store.list({ ...query, type: CAMPAIGN_TYPE, limit: Math.max(1, most) })).length;
    // The campaigns among them are counted out, so there must be room for them.
    const rows = await this.#store.list({ ...query, limit: Math.max(1, Math.min(MOST_ROWS, most + this.#quotas.campaigns)) });
    return rows.filter(({ type }) => !isCampaign(type)).length;
  }
}
