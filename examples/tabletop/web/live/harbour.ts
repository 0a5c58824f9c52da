import { createClient, HoldfastError, type Client, type Session } from 'holdfast/client';
import type { tabletop } from '../../game.ts';
import { renewIdentity, type Identity } from './identity.ts';
import { seatOf } from './session-seat.ts';
import { Table } from './table.ts';

/** What a new table is to be. */
export type TableWish = { name: string; byInvitation?: boolean; campaign?: string };

/** One person's way to the server. A refused token is replaced by a new one of the same name. */
export class Harbour {
  readonly client: Client;
  readonly #guest: boolean;
  #identity: Identity;

  /** `guest`: came by an invitation; nobody gives them another token. */
  constructor(identity: Identity, { guest = false } = {}) {
    this.#identity = identity;
    this.#guest = guest;
    let first = true;
    this.client = createClient({
      url: location.origin,
      token: async () => {
        if (!first && !guest) this.#identity = await renewIdentity(this.#identity);
        first = false;
        return this.#identity.token;
      },
    });
  }

  get identity(): Identity {
    return this.#identity;
  }

  async createTable({ name, byInvitation = false, campaign }: TableWish): Promise<string> {
    const access = campaign === undefined ? (byInvitation ? 'invite' : 'open') : 'members';
    const { id } = await this.client.sessions.create('tabletop', { name, access, campaign, options: { scene: 'harbour' } });
    return id;
  }

  async openTable(id: string): Promise<Table> {
    const session = await this.client.join<typeof tabletop>(id);
    // A guest's invitation may be used up: who leaves for good could not come back.
    const leave = this.#guest ? () => this.client.close() : () => void session.leave();
    return new Table(seatOf(session, this.client.invites, leave));
  }

  /** A campaign is a session too, so it is as live as a table. */
  openCampaign(id: string): Promise<Session> {
    return this.client.join(id);
  }
}

/** What to tell a person about an error: what happened and why. */
export function explain(error: unknown): string {
  // What `fetch` throws when nobody is there.
  if (error instanceof TypeError || (error instanceof HoldfastError && error.code === 'unavailable'))
    return 'The server does not answer at the moment.';
  return error instanceof Error ? error.message : 'Something went wrong in this page.';
}

/** Whether the same may succeed a little later. */
export function mayPass(error: unknown): boolean {
  return error instanceof HoldfastError && (error.then === 'retry' || error.then === 'reconnect');
}

/** A code of the server's table, where the error is the server's. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof HoldfastError ? error.code : undefined;
}
