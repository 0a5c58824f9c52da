import { createClient, type Client } from '../client/index.ts';
import type { ParticipantId } from '../protocol/ids.ts';
import { createServer, memoryStore, sqliteStore, type Server, type ServerOptions, type Store } from '../server/index.ts';
import { makeScratchDirectory } from './scratch-directory-adapter.ts';

export type TestServerOptions = Omit<ServerOptions, 'store'> & {
  /** `memory` (the default), `sqlite` in a directory that goes with the server, or a store of your own. */
  readonly store?: 'memory' | 'sqlite' | Store | undefined;
};

/** Someone who has signed in. */
export type TestPerson = {
  readonly token: string;
  readonly participant: { readonly id: ParticipantId; readonly name: string };
  /** A client of this person; closed with the server. */
  readonly client: Client;
};

/** A whole server for a test, on a free port of this machine. */
export interface TestServer {
  readonly server: Server;
  readonly url: string;
  /** A new identity of that name, with a client of its own. */
  signIn(name: string, role?: string): Promise<TestPerson>;
  /** Closes every client, then the server. Idempotent. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server with development sign-in; in memory unless a store is given. Stop it at the test's end, or declare it
 * with `await using`.
 *
 * @example
 * await using live = await createTestServer({ sessions: [tabletop] });
 * const ada = await live.signIn('Ada');
 * const { id } = await ada.client.sessions.create('tabletop');
 * const session = await ada.client.join<typeof tabletop>(id);
 * await session.commands.roll({ sides: 20 });
 */
export async function createTestServer(options: TestServerOptions): Promise<TestServer> {
  const { store, remove } = await storeFor(options.store ?? 'memory');
  const server = createServer({ dev: true, port: 0, logger: false, ...options, store });
  await server.start().catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { url } = server;
  const clients = new Set<Client>();
  const stop = async (): Promise<void> => {
    for (const client of clients) client.close();
    clients.clear();
    await server.stop();
    await remove();
  };
  return { server, url, signIn: (name, role) => signIn(server, url, clients, { name, role }), stop, [Symbol.asyncDispose]: stop };
}

async function signIn(
  server: Server,
  url: string,
  clients: Set<Client>,
  request: { name: string; role: string | undefined },
): Promise<TestPerson> {
  const { token, participant } = await server.signIn(request);
  const client = createClient({ url, token });
  clients.add(client);
  return { token, participant, client };
}

async function storeFor(wish: 'memory' | 'sqlite' | Store): Promise<{ store: Store; remove: () => Promise<void> }> {
  if (wish === 'memory') return { store: memoryStore(), remove: () => Promise.resolve() };
  if (wish !== 'sqlite') return { store: wish, remove: () => Promise.resolve() };
  const { path, remove } = await makeScratchDirectory();
  return { store: sqliteStore({ dir: path, development: true }), remove };
}
