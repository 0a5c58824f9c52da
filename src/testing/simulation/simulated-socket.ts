import { inflateRawSync } from 'node:zlib';
import type { Socket, SocketEvents } from '../../client/index.ts';
import type { Peer } from '../../connection/peer.ts';
import type { OwnFrames, SharedFrame, Wire } from '../../connection/wire.ts';
import { CODES, type CloseCode } from '../../protocol/codes.ts';
import type { Identity } from '../../protocol/ports.ts';
import type { Gate } from './gate.ts';
import type { HistoryFact } from './history.ts';
import { Lane } from './lane.ts';
import type { Link, PersonNetwork } from './person-network.ts';
import type { ServerProcess } from './server-process.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** As the server's own transports have it. */
const MAX_PAYLOAD = 64 * 1024;
const SUSPEND_ABOVE = 16 * 1024;
const GONE = 1006;

export type ClientEnd = { readonly name: string; readonly gate: Gate };

export type SocketPorts = {
  readonly connection: string;
  readonly time: SimulatedTime;
  readonly person: PersonNetwork;
  readonly client: ClientEnd;
  readonly process: ServerProcess;
  readonly tell: (fact: HistoryFact) => void;
  readonly over: () => void;
};

type Message = string | Uint8Array;

/** One WebSocket, from the client to the server and back, without the library that frames it. */
export class SimulatedSocket implements Link, Wire {
  readonly remoteAddress = undefined;
  readonly #ports: SocketPorts;
  readonly #events: SocketEvents;
  readonly #up: Lane;
  readonly #down: Lane;
  #peer: Peer<Identity> | undefined;
  #isOpen = false;
  #isClosedByServer = false;
  #isClosedByClient = false;
  #unsent = 0;
  #whenDrained: (() => void)[] = [];

  constructor(ports: SocketPorts, events: SocketEvents) {
    const { time, person } = ports;
    this.#ports = ports;
    this.#events = events;
    this.#up = new Lane(time, person.ways.server);
    this.#down = new Lane(time, person.ways.client);
    person.links.add(this);
    this.#up.send(0, () => ports.process.gate.pass(() => this.#accept()));
  }

  get process(): ServerProcess {
    return this.#ports.process;
  }

  get client(): ClientEnd {
    return this.#ports.client;
  }

  // -- the client's end -------------------------------------------------------------------------------------------

  readonly socket: Socket = {
    send: (text) => this.#sendUp(text),
    close: (code = 1_000) => this.#closeByClient(code),
  };

  // -- the network ------------------------------------------------------------------------------------------------

  cut(): void {
    const { client, process } = this.#ports;
    this.breakSilently();
    client.gate.pass(() => this.#ended(GONE));
    process.gate.pass(() => this.#gone());
  }

  breakSilently(): void {
    this.#up.break();
    this.#down.break();
  }

  /** The server's process is no more; what its machine says of that comes after what was on its way. */
  processEnded(silently: boolean): void {
    const { time, person, client } = this.#ports;
    this.breakSilently();
    if (!silently) time.after(person.delayMs(), () => client.gate.pass(() => this.#ended(GONE)));
  }

  /** The page is no more: its browser closes what it had open. */
  clientEnded(): void {
    this.#closeByClient(1_001);
  }

  // -- the server's end -------------------------------------------------------------------------------------------

  get unsent(): number {
    return this.#unsent;
  }

  sendShared(frame: SharedFrame): boolean {
    return this.#write([frame.text]);
  }

  send({ frames, packed, after = [], answers = [] }: OwnFrames, shared: SharedFrame | undefined): boolean {
    const own = packed === undefined ? frames : [...frames, packed];
    return this.#write([...own, ...after, ...(shared === undefined ? [] : [shared.text]), ...answers]);
  }

  close(code: CloseCode, last: string | undefined): void {
    if (last !== undefined) this.#write([last]);
    if (this.#isClosedByServer || this.#ports.process.isGone) return;
    this.#isClosedByServer = true;
    this.#down.send(0, () => this.#ports.client.gate.pass(() => this.#ended(CODES[code].close, code)));
  }

  whenDrained(fire: () => void): void {
    const { time, process } = this.#ports;
    if (this.#unsent > 0) this.#whenDrained.push(fire);
    else time.after(0, () => process.gate.pass(fire));
  }

  /** Browsers answer by themselves. */
  ping(): void {
    const { client, process } = this.#ports;
    this.#down.send(0, () =>
      client.gate.pass(() => this.#up.send(0, () => process.gate.pass(() => this.#peer && process.server.connections.heard(this.#peer)))),
    );
  }

  #accept(): void {
    const { process, client, connection, tell } = this.#ports;
    if (this.#isClosedByClient) return;
    if (!process.server.isRunning || process.isStopping) {
      this.#isClosedByServer = true;
      return this.#down.send(0, () => client.gate.pass(() => this.#ended(GONE)));
    }
    tell({ kind: 'opened', connection, client: client.name, server: process.name });
    this.#isOpen = true;
    this.#peer = process.server.connections.open('websocket', this);
    this.#down.send(0, () => client.gate.pass(() => this.#isClosedByClient || this.#events.opened()));
  }

  #write(messages: readonly Message[]): boolean {
    const { process, connection, tell } = this.#ports;
    if (this.#isClosedByServer || !process.gate.isOpen || !process.sends()) return true;
    for (const message of messages) {
      const text = textOf(message);
      tell({ kind: 'sent', connection, to: 'client', text });
      this.#unsent += message.length;
      this.#down.send(message.length, () => this.#ports.client.gate.pass(() => this.#arrived(message, text)));
    }
    process.sent();
    return this.#unsent <= SUSPEND_ABOVE;
  }

  #gone(): void {
    this.#isClosedByServer = true;
    if (this.#peer !== undefined) this.#ports.process.server.connections.gone(this.#peer);
  }

  #arrived(message: Message, text: string): void {
    const { connection, tell } = this.#ports;
    this.#unsent -= message.length;
    if (this.#unsent === 0) for (const fire of this.#whenDrained.splice(0)) this.#ports.process.gate.pass(fire);
    if (this.#isClosedByClient) return;
    tell({ kind: 'received', connection, to: 'client', text });
    // A copy: what zlib gives may lie in a pool.
    this.#events.message(typeof message === 'string' ? message : new Uint8Array(message).buffer);
  }

  #sendUp(text: string): void {
    const { connection, tell, process } = this.#ports;
    if (this.#isClosedByClient) return;
    tell({ kind: 'sent', connection, to: 'server', text });
    this.#up.send(text.length, () => process.gate.pass(() => this.#receive(text)));
  }

  #receive(text: string): void {
    const { connection, tell, process } = this.#ports;
    if (this.#isClosedByServer || this.#peer === undefined) return;
    tell({ kind: 'received', connection, to: 'server', text });
    const { connections } = process.server;
    if (text.length <= MAX_PAYLOAD) connections.receive(this.#peer, text);
    else connections.refuse(this.#peer, 'too-large', `A message is at most ${MAX_PAYLOAD} characters.`);
  }

  #closeByClient(code: number): void {
    if (this.#isClosedByClient) return;
    this.#finish(code);
    this.#up.send(0, () => this.#ports.process.gate.pass(() => this.#gone()));
  }

  #ended(code: number, reason = ''): void {
    if (this.#isClosedByClient) return;
    this.#finish(reason === '' ? code : reason);
    this.#up.send(0, () => this.#ports.process.gate.pass(() => this.#gone()));
    this.#events.closed(code, reason);
  }

  /** The client is through with it. */
  #finish(code: number | string): void {
    const { connection, client, process, tell, over, person } = this.#ports;
    this.#isClosedByClient = true;
    if (this.#isOpen) tell({ kind: 'closed', connection, client: client.name, server: process.name, code });
    person.links.delete(this);
    over();
  }
}

function textOf(message: Message): string {
  return typeof message === 'string' ? message : inflateRawSync(message).toString();
}
