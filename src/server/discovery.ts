import type { SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import type { CatalogueQuery, CatalogueRow } from '../store/store.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import type { SessionFilter } from './session-json.ts';

/** What deciding over the sight of sessions needs. */
export type DiscoverySessions = Pick<HostedSessions, 'roleOf'>;

/**
 * Which sessions someone who takes no part in them may know of: listed ones that belong to no campaign or are open to
 * everyone, those of a campaign for its members, and for an owner who asks for the own ones all of these.
 */
export class Discovery {
  readonly #sessions: DiscoverySessions;
  readonly #caller: Identity;
  readonly #filter: SessionFilter;

  constructor(sessions: DiscoverySessions, caller: Identity, filter: SessionFilter) {
    this.#sessions = sessions;
    this.#caller = caller;
    this.#filter = filter;
  }

  /** What a listing must be narrowed to, besides the filter. */
  async narrowing(): Promise<Pick<CatalogueQuery, 'listed' | 'membersOnly'>> {
    const { owner, campaign } = this.#filter;
    if (owner === this.#caller.id) return {};
    const member = campaign !== undefined && (await this.#isMember(campaign));
    return member ? { listed: true } : { listed: true, membersOnly: false };
  }

  /** Whether a row belongs into the listing: those of a campaign only where the listing is of that campaign, so that nobody else's is asked. */
  async lists(row: CatalogueRow): Promise<boolean> {
    const { owner, campaign } = this.#filter;
    const isOwn = owner === this.#caller.id && row.owner === owner;
    if (!isOwn && row.campaign !== null && row.access !== 'open' && row.campaign !== campaign) return false;
    return this.maySee(row);
  }

  /** Whether one session that fits the filter may be shown now. */
  async maySee(row: CatalogueRow): Promise<boolean> {
    if (this.#filter.owner === this.#caller.id && row.owner === this.#caller.id) return true;
    if (!row.listed) return false;
    return row.campaign === null || row.access === 'open' || (await this.#isMember(row.campaign));
  }

  async #isMember(campaign: string): Promise<boolean> {
    const { campaigns, id } = this.#caller;
    if (campaigns !== undefined && Object.hasOwn(campaigns, campaign)) return true;
    const known = await this.#sessions.roleOf(campaign as SessionId, id);
    return known.ok && known.role !== null;
  }
}

/** Whether someone may know of one session, by its id. */
export function mayKnow(sessions: DiscoverySessions, caller: Identity, row: CatalogueRow): Promise<boolean> {
  return new Discovery(sessions, caller, { owner: caller.id }).maySee(row);
}
