import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import type { Outcome } from './outcome.ts';

/** What carrying a change of membership into sessions needs. */
export type PropagationHost = {
  /** The campaign's present word on someone; null: no member. */
  readonly roleIn: (campaign: SessionId, participant: ParticipantId) => Promise<Outcome<{ role: string | null }>>;
  /** Tells a session; it refuses where they take no part. */
  readonly apply: (session: SessionId, participant: ParticipantId, role: string | null) => Promise<unknown>;
};

const PAGE = 200;
/** Nobody acts there any more, and every login asks. */
const OVER: readonly string[] = ['ended', 'archived'];

/**
 * Carries what happens to a campaign's member into the live sessions of the campaign. A crash on the way costs nothing but
 * time: every login asks the campaign anyway.
 */
export class MemberPropagation {
  readonly #store: Pick<Store, 'list'>;
  readonly #host: PropagationHost;

  constructor(store: Pick<Store, 'list'>, host: PropagationHost) {
    this.#store = store;
    this.#host = host;
  }

  /** Resolves once every session that is not over has heard of it. */
  async carry(campaign: SessionId, participant: ParticipantId): Promise<void> {
    let before: Pick<CatalogueRow, 'createdAt' | 'session'> | undefined;
    for (;;) {
      const rows = await this.#store.list({ campaign, limit: PAGE, before });
      for (const { session, status } of rows) if (!OVER.includes(status)) await this.#tell(campaign, session, participant);
      before = rows.at(-1);
      if (rows.length < PAGE) return;
    }
  }

  /** With the campaign's word at this moment, so that the last of several changes is what stays. */
  async #tell(campaign: SessionId, session: SessionId, participant: ParticipantId): Promise<void> {
    const now = await this.#host.roleIn(campaign, participant);
    if (now.ok) await this.#host.apply(session, participant, now.role);
  }
}
