import { createClient, HoldfastError, type Client } from 'holdfast/client';
import type { tabletop } from '../../game.ts';
import { renewIdentity, type Identity } from './identity.ts';
import { seatOf } from './session-seat.ts';
import { Table } from './table.ts';

/** One person's way to the server. A refused token is replaced by a new one of the same name. */
export class Harbour {
  readonly identity: Identity;
  readonly client: Client;

  constructor(identity: Identity) {
    this.identity = identity;
    let first = true;
    this.client = createClient({
      url: location.origin,
      token: async () => {
        if (!first) return (await renewIdentity(identity)).token;
        first = false;
        return identity.token;
      },
    });
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
  if (error instanceof HoldfastError || error instanceof Error) return error.message;
  return 'Something went wrong in this page.';
}
