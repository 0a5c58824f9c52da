import { createHash } from 'node:crypto';
import type { SessionStatus } from '../definition/command-context.ts';
import type { Access } from '../definition/policies.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import type { CatalogueRow } from '../store/store.ts';
import type { CreateRequest } from './creation.ts';
import { isOver } from './lifecycle.ts';
import { refuse, type Outcome } from './outcome.ts';

type Found = Outcome<{ row: CatalogueRow }>;

/** Most sessions that one key has named, one after the other. */
const GENERATIONS_MOST = 1_000;

/** What finding sessions by key needs. */
export type KeyedHost = {
  readonly get: (id: SessionId) => Promise<CatalogueRow | undefined>;
  readonly roleIn: (campaign: SessionId, identity: Identity) => Promise<Outcome<{ role: string | null }>>;
  /** The access that sessions of a type have by default. */
  readonly usualAccess: (type: string) => Access | undefined;
};

/**
 * Sessions that are asked for by a key: the one that is there and not over, or a new one. The id follows from the place, the
 * key and how many there were before, so that the store itself allows no second one; who asks at the same time waits in line.
 */
export class KeyedSessions {
  readonly #host: KeyedHost;
  readonly #lines = new Map<string, Promise<unknown>>();

  constructor(host: KeyedHost) {
    this.#host = host;
  }

  /** A key is one within its campaign; among sessions that are open to everyone; otherwise among those of its owner. */
  findOrCreate(request: CreateRequest, key: string, create: (id: SessionId) => Promise<Found>): Promise<Found> {
    const { type, by, campaign = null, access = this.#host.usualAccess(type) } = request;
    const owner = by === 'system' ? by : by.id;
    const place = campaign !== null ? ['campaign', campaign] : access === 'open' ? ['open'] : ['owner', owner];
    const line = JSON.stringify([type, ...place, key]);
    const turn = (this.#lines.get(line) ?? Promise.resolve()).then(() => this.#next(line, request, create));
    const done = turn
      .then(
        () => undefined,
        () => undefined,
      )
      .then(() => {
        if (this.#lines.get(line) === done) this.#lines.delete(line);
      });
    this.#lines.set(line, done);
    return turn;
  }

  async #next(line: string, request: CreateRequest, create: (id: SessionId) => Promise<Found>): Promise<Found> {
    for (let generation = 0; generation < GENERATIONS_MOST; generation += 1) {
      const id = createHash('sha256').update(`${generation} ${line}`).digest().subarray(0, 16).toString('base64url') as SessionId;
      const row = await this.#host.get(id);
      if (row === undefined) return create(id);
      if (isOver(row.status as SessionStatus)) continue;
      return (await this.#mayHave(request)) ? { ok: true, row } : refuse('not-found');
    }
    return refuse('bad-request', `This key has named ${GENERATIONS_MOST} sessions; use another.`);
  }

  /** What is in a campaign is for its members. */
  async #mayHave({ by, campaign = null }: CreateRequest): Promise<boolean> {
    if (by === 'system' || campaign === null || by.campaigns?.[campaign] !== undefined) return true;
    const member = await this.#host.roleIn(campaign as SessionId, by);
    return member.ok && member.role !== null;
  }
}
