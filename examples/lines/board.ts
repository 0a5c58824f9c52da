import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { causeOf, changePolicy, Connections, SERVER_POLICY, textWire } from 'holdfast/connection';
import type { Admission, Connection, ConnectionId, ConnectionInfo, Peer } from 'holdfast/connection';
import { systemPorts, type Ports } from './ports.ts';
import { readLines } from './read-lines.ts';

type Login = { readonly name: string; readonly secret: string; readonly token: string | undefined };
type Person = { readonly id: string };

/** A peer with more unsent than this is too slow. */
const MOST_UNSENT = 64 * 1024;
const CLOSING_MS = 2_000;

/** A board that everybody writes on by lines over TCP: the host of many connections, and of no session at all. */
export class Board {
  readonly connections: Connections<Login, Person>;
  /** What became of whom. */
  readonly diary: string[] = [];
  readonly #people: ReadonlyMap<string, string>;
  /** Hash of a token that brings a connection back, and whose it is. The one before stays good until the newest is used. */
  readonly #returns = new Map<string, { readonly connection: ConnectionId; readonly person: string }>();
  readonly #server = createServer((socket) => this.#carry(socket));
  readonly #sockets = new Set<Socket>();

  /** `people`: names and their secrets. */
  constructor(people: ReadonlyMap<string, string>, { clock, random }: Ports = systemPorts) {
    this.#people = people;
    this.connections = new Connections<Login, Person>({
      clock,
      random,
      policy: changePolicy(SERVER_POLICY, { heartbeatMs: 5_000, reconnectWindowMs: 10_000 }),
      hooks: {
        receive: (connection, line) => this.#take(connection, line),
        admit: (login) => Promise.resolve(this.#admit(login)),
        admitted: ({ id, identity }) => this.connections.send(id, `welcome ${id} ${this.#issueReturn(id, identity?.id ?? '')}`),
        news: ({ id, identity }, news) => {
          this.diary.push(`${identity?.id ?? 'somebody'} ${news}`);
          if (news !== 'arrived' && news !== 'lost' && news !== 'returned') this.#forgetReturns(id);
        },
        lastWords: (_connection, { code, retryAfterMs = 0, message }) => `error ${code} ${retryAfterMs} ${message}`,
      },
    });
  }

  /** Listens on a port of this machine (0: any). The result is the port. */
  async listen(port: number): Promise<number> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.connections.start();
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends every connection. Afterwards no socket and no timer is left. */
  async stop(): Promise<void> {
    this.connections.stop();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroySoon();
    await once(this.#server, 'close');
  }

  #carry(socket: Socket): void {
    this.#sockets.add(socket);
    const peer: Peer<Person> = this.connections.open(
      'lines',
      textWire({
        send(lines) {
          socket.write(lines.map((line) => `${line}\n`).join(''));
          return socket.writableLength <= MOST_UNSENT;
        },
        close(_code, last) {
          socket.end(last === undefined ? '' : `${last}\n`);
          socket.setTimeout(CLOSING_MS, () => socket.destroy());
        },
        ping: () => void socket.write('ping\n'),
        remoteAddress: socket.remoteAddress,
      }),
    );
    const tooLong = () => this.connections.refuse(peer, 'too-large', 'A line is too long.');
    readLines(socket, (line) => this.connections.receive(peer, line), tooLong);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.connections.gone(peer);
    });
  }

  #take(connection: Connection<Person>, line: string): void {
    const [word = '', ...rest] = line.split(' ');
    if (word === 'login') this.#takeLogin(connection, rest);
    else if (connection.identity === undefined) this.connections.drop(connection, causeOf('bad-frame', 'Log in first.'));
    else if (word === 'ping') this.connections.send(connection.id, 'pong');
    else if (word === 'leave') this.connections.end(connection, causeOf('left'));
    else if (word === 'say') this.#tellOthers(connection, `${connection.identity.id}: ${rest.join(' ')}`);
  }

  #takeLogin(connection: Connection<Person>, [name = '', secret = '', token]: string[]): void {
    if (this.connections.login(connection, { name, secret, token })) return;
    this.connections.drop(connection, causeOf('bad-frame', 'Log in once.'));
  }

  #tellOthers(from: ConnectionInfo<Person>, line: string): void {
    for (const to of this.connections.all({ state: 'live' })) if (to.id !== from.id) this.connections.send(to.id, line);
  }

  /** Who it is depends on the secret alone; the token only says which connection comes back. */
  #admit({ name, secret, token }: Login): Admission<Person> {
    if (!this.#people.has(name) || this.#people.get(name) !== secret) return { ok: false, cause: causeOf('unauthenticated') };
    const hash = hashOf(token ?? '');
    const back = this.#returns.get(hash);
    if (back?.person !== name) return { ok: true, identity: { id: name } };
    this.#forgetReturns(back.connection, hash);
    return { ok: true, identity: { id: name }, resumes: back.connection };
  }

  #issueReturn(connection: ConnectionId, person: string): string {
    const token = randomBytes(32).toString('base64url');
    this.#returns.set(hashOf(token), { connection, person });
    return token;
  }

  #forgetReturns(connection: ConnectionId, except?: string): void {
    for (const [hash, back] of this.#returns) if (back.connection === connection && hash !== except) this.#returns.delete(hash);
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
