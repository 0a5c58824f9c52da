import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Clock, Identity } from '../protocol/ports.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';

/** What someone wants to do, as the host's own rules are asked. */
export type AuthorizeRequest = {
  /** `create`: a session or campaign. `join`: take part, or come back. */
  readonly action: 'create' | 'join';
  readonly identity: Identity;
  /** Absent when the session is yet to be created. */
  readonly session?: SessionId | undefined;
  readonly type: string;
  readonly campaign: string | null;
};

/** So long the host's own rules may take; within it a login is still waited for. */
const AUTHORIZE_MOST_MS = 4_000;

/**
 * The host's own rules: false refuses, `{ role }` admits with that role, true and undefined leave it to the rules of the
 * session. What it throws or rejects with, anything else that it answers, and no answer within 4 seconds refuse for now (`unavailable`)
 * and are reported.
 */
export type Authorize = (
  request: AuthorizeRequest,
) => boolean | { readonly role: string } | undefined | Promise<boolean | { readonly role: string } | undefined>;

/** What is asked of the sessions around. */
export type MembershipHost = {
  readonly authorize: Authorize | undefined;
  readonly clock: Pick<Clock, 'startTimer'>;
  /** The role in a campaign; null for someone who is no member, and for a campaign that does not exist. */
  readonly roleIn: (
    campaign: SessionId,
    identity: Identity,
  ) => Promise<Outcome<{ role: string | null; isOwner: boolean; archived: boolean }>>;
  readonly failed: (request: AuthorizeRequest, error: unknown) => void;
};

/** What a session must know of someone before it decides. */
export type Member = { readonly role: string } | null | undefined;

/** Finds out what someone is to a session: by the host's rules, by what their credential grants, by the campaign. */
export class Membership {
  readonly #host: MembershipHost;

  constructor(host: MembershipHost) {
    this.#host = host;
  }

  /** True where nothing has to be asked: the session decides by itself. */
  isPlain(campaign: string | null, identity: Identity): boolean {
    return this.#host.authorize === undefined && campaign === null && identity.sessions === undefined;
  }

  /** What someone who wants to join is to the session. */
  async ofJoiner(request: Omit<AuthorizeRequest, 'action'> & { readonly session: SessionId }): Promise<Member | Refusal> {
    const own = await this.#askHost({ ...request, action: 'join' });
    if (own !== undefined) return own;
    const { identity, session, campaign } = request;
    const granted = grant(identity.sessions, session) ?? grant(identity.campaigns, campaign ?? undefined);
    if (granted !== undefined) return { role: granted };
    if (campaign === null) return undefined;
    const asked = await this.#host.roleIn(campaign as SessionId, identity);
    if (!asked.ok) return asked.code === 'not-found' ? null : asked;
    return asked.role === null ? null : { role: asked.role };
  }

  /** Whether someone may create a session of that type there. */
  async ofCreator(request: Omit<AuthorizeRequest, 'action' | 'session'>): Promise<Refusal | undefined> {
    const own = await this.#askHost({ ...request, action: 'create' });
    if (own !== undefined) return own !== null && 'ok' in own ? own : undefined;
    const { identity, campaign } = request;
    if (campaign === null) return undefined;
    const asked = await this.#host.roleIn(campaign as SessionId, identity);
    if (!asked.ok) return asked.code === 'not-found' ? refuse('bad-request', `There is no campaign '${campaign}'.`) : asked;
    const role = grant(identity.campaigns, campaign) ?? asked.role;
    if (role === null && !asked.isOwner) return refuse('bad-request', `There is no campaign '${campaign}'.`);
    if (asked.archived) return refuse('forbidden', 'The campaign is archived; take it out of the archive first.');
    return role === 'gm' || asked.isOwner
      ? undefined
      : refuse('forbidden', 'Only the owner and the GMs of a campaign create its sessions.');
  }

  async #askHost(request: AuthorizeRequest): Promise<{ readonly role: string } | Refusal | undefined> {
    const { authorize } = this.#host;
    if (authorize === undefined) return undefined;
    try {
      const answer: unknown = await this.#inTime(authorize(request));
      if (answer === false) return request.action === 'join' ? refuse('not-found') : refuse('forbidden');
      if (answer === true || answer === undefined) return undefined;
      const { role }: { role?: unknown } = Object(answer);
      if (typeof role === 'string' && role !== '') return { role };
      throw new TypeError('authorize answers true, false, undefined or { role }, where the role is a text');
    } catch (error) {
      this.#host.failed(request, error);
      return refuse('unavailable');
    }
  }

  /** Whoever waits for an answer that never comes would wait for ever. */
  #inTime<T>(answer: T | Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const late = (): void => reject(new Error(`authorize gave no answer within ${AUTHORIZE_MOST_MS} ms`));
    const cancel = this.#host.clock.startTimer(AUTHORIZE_MOST_MS, late);
    Promise.resolve(answer).then(resolve, reject);
    return promise.finally(cancel);
  }
}

/** True for the type whose sessions are campaigns. */
export function isCampaign(type: string): boolean {
  return type === CAMPAIGN_TYPE;
}

function grant(grants: Readonly<Record<string, string>> | undefined, id: string | undefined): string | undefined {
  return grants !== undefined && id !== undefined && Object.hasOwn(grants, id) ? grants[id] : undefined;
}
