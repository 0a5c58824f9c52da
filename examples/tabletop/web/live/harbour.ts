import { createClient, HoldfastError, type Client } from 'holdfast/client';
import type { tabletop } from '../../game.ts';
import { renewIdentity, type Identity } from './identity.ts';
import { seatOf } from './session-seat.ts';
import { Table } from './table.ts';

/** One person's way to the server. A refused token is replaced by a new one of the same name. */
export class Harbour {
  readonly client: Client;
  #identity: Identity;

  constructor(identity: Identity) {
    this.#identity = identity;
    let first = true;
    this.client = createClient({
      url: location.origin,
      token: async () => {
        if (!first) this.#identity = await renewIdentity(this.#identity);
        first = false;
        return this.#identity.token;
      },
    });
  }

  get identity(): Identity {
    return this.#identity;
  }

  async createTable(name: string): Promise<string> {
    const { id } = await this.client.sessions.create('tabletop', { name, options: { scene: 'harbour' } });
    return id;
  }

  async openTable(id: string): Promise<Table> {
    const session = await this.client.join<typeof tabletop>(id);
    return new Table(seatOf(session, () => this.client.sessions.end(id)));
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
