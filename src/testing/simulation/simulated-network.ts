import type { Fetch, OpenSocket, Socket } from '../../client/index.ts';
import { CONNECTION_HEADER } from '../../protocol/event-stream.ts';
import type { JsonObject, JsonValue } from '../../protocol/json.ts';
import type { Random } from '../../protocol/ports.ts';
import type { HistoryFact } from './history.ts';
import { PersonNetwork, type Towards } from './person-network.ts';
import type { ServerProcess } from './server-process.ts';
import { SimulatedExchange } from './simulated-exchange.ts';
import { SimulatedSocket, type ClientEnd } from './simulated-socket.ts';
import type { SimulatedTime } from './simulated-time.ts';

export type { Towards } from './person-network.ts';

export type NetworkOptions = {
  readonly time: SimulatedTime;
  readonly random: () => Random;
  readonly tell: (fact: HistoryFact) => void;
  /** The process that new connections reach. */
  readonly target: () => ServerProcess | undefined;
};

const GONE = 1006;
const NOWHERE: Socket = { send: () => undefined, close: () => undefined };

/** Everything between the clients and the servers. Each person has a network of their own, which all their pages use. */
export class SimulatedNetwork {
  readonly #options: NetworkOptions;
  readonly #people = new Map<string, PersonNetwork>();
  readonly #open = new Set<SimulatedSocket | SimulatedExchange>();
  /** Which stream the server calls by that id. */
  readonly #streams = new Map<string, string>();
  #isRefusing = false;
  #count = 0;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  // -- faults -----------------------------------------------------------------------------------------------------

  delay(who: string, minMs: number, maxMs: number): void {
    this.#tellFault('delay', who);
    this.of(who).delay(minMs, maxMs);
  }

  /** Nothing arrives for so long, either way or one way; then all of it. */
  stall(who: string, ms: number, towards?: Towards): void {
    this.#tellFault('stall', who);
    for (const each of towards === undefined ? (['client', 'server'] as const) : [towards]) this.of(who).stall(ms, each);
  }

  /** Everything of this person that is open, or on its way. */
  cut(who: string): void {
    const { links } = this.of(who);
    if (links.size > 0) this.#tellFault('cut', who);
    for (const link of Array.from(links)) link.cut();
  }

  /** What is open now carries nothing any more, and nobody is told; what is opened from now on does. */
  halfOpen(who: string): void {
    const { links } = this.of(who);
    if (links.size > 0) this.#tellFault('half-open', who);
    for (const link of Array.from(links)) link.breakSilently();
  }

  /** New connections and requests of everybody. */
  refuse(isRefused: boolean): void {
    if (isRefused && !this.#isRefusing) this.#tellFault('refuse', 'network');
    this.#isRefusing = isRefused;
  }

  /** The next requests with frames arrive twice; for who comes by SSE + POST. */
  duplicate(who: string, times = 1): void {
    this.of(who).duplicates += times;
  }

  /** The next request with frames arrives after the one that follows it; for who comes by SSE + POST. */
  reorder(who: string, times = 1): void {
    this.of(who).reorders += times;
  }

  /** Infinity ends it. */
  slowReader(who: string, bytesPerSecond: number): void {
    if (Number.isFinite(bytesPerSecond)) this.#tellFault('slow reader', who);
    this.of(who).bytesPerSecond = bytesPerSecond;
  }

  /** Everything flows again; what is half-open stays so. */
  heal(): void {
    this.#isRefusing = false;
    for (const person of this.#people.values()) person.heal();
  }

  // -- what clients use -------------------------------------------------------------------------------------------

  of(who: string): PersonNetwork {
    let person = this.#people.get(who);
    if (person === undefined) this.#people.set(who, (person = new PersonNetwork(who, this.#options.time, this.#options.random())));
    return person;
  }

  openSocket(who: string, client: ClientEnd): OpenSocket {
    return (_url, _protocol, events) => {
      const process = this.#reachable();
      const person = this.of(who);
      if (process === undefined) {
        this.#options.time.after(person.delayMs(), () => client.gate.pass(() => events.closed(GONE, '')));
        return NOWHERE;
      }
      const socket: SimulatedSocket = new SimulatedSocket(
        { ...this.#around(person, client, process), connection: this.#name(), over: () => void this.#open.delete(socket) },
        events,
      );
      this.#open.add(socket);
      return socket.socket;
    };
  }

  fetch(who: string, client: ClientEnd): Fetch {
    return (url, { signal, ...init }) => {
      const process = this.#reachable();
      const person = this.of(who);
      if (process === undefined) return this.#refuseLater(person, client);
      const { pathname } = new URL(url);
      const isStream = pathname.endsWith('/stream');
      const isFrames = pathname.endsWith('/frames');
      const connection = isStream ? this.#name() : undefined;
      const about = isFrames ? this.#streams.get(new Headers(init.headers).get(CONNECTION_HEADER) ?? '') : connection;
      const frames = framesIn(isStream || isFrames ? init.body : undefined);
      const tellFrames = (kind: 'sent' | 'received'): void => {
        for (const text of frames) this.#options.tell({ kind, connection: about ?? 'none', to: 'server', text });
      };
      if (connection !== undefined) this.#options.tell({ kind: 'opened', connection, client: client.name, server: process.name });
      const exchange: SimulatedExchange = new SimulatedExchange(
        {
          ...this.#around(person, client, process),
          connection,
          over: () => void this.#open.delete(exchange),
          arrived: () => tellFrames('received'),
          frame: (text) => connection !== undefined && this.#learn(connection, text, frames[0]),
        },
        signal,
      );
      this.#open.add(exchange);
      tellFrames('sent');
      const times = isFrames && person.duplicates > 0 ? 2 : 1;
      if (times > 1) person.duplicates -= 1;
      exchange.send(() => new Request(url, init), times, isFrames);
      return exchange.answer;
    };
  }

  processEnded(process: ServerProcess, silently: boolean): void {
    for (const each of Array.from(this.#open)) if (each.process === process) each.processEnded(silently);
  }

  clientEnded(client: ClientEnd): void {
    for (const each of Array.from(this.#open)) if (each.client === client) each.clientEnded();
  }

  #reachable(): ServerProcess | undefined {
    return this.#isRefusing ? undefined : this.#options.target();
  }

  #around(person: PersonNetwork, client: ClientEnd, process: ServerProcess) {
    const { time, tell } = this.#options;
    return { time, tell, person, client, process };
  }

  #refuseLater(person: PersonNetwork, { gate }: ClientEnd): Promise<never> {
    return new Promise((_resolve, reject) => {
      this.#options.time.after(person.delayMs(), () => gate.pass(() => reject(new TypeError('fetch failed'))));
    });
  }

  /** A stream's welcome names the connection for which frames are posted; one that comes back has the one it had. */
  #learn(connection: string, text: string, hello: string | undefined): void {
    if (!text.startsWith('{"t":"welcome"') && !text.startsWith('{"t":"resumed"')) return;
    const known = (JSON.parse(text) as JsonObject)['connection'] ?? (JSON.parse(hello ?? '{}') as JsonObject)['connection'];
    if (typeof known === 'string') this.#streams.set(known, connection);
  }

  #name(): string {
    this.#count += 1;
    return `connection-${this.#count}`;
  }

  #tellFault(fault: 'delay' | 'stall' | 'cut' | 'half-open' | 'refuse' | 'slow reader', on: string): void {
    this.#options.tell({ kind: 'fault', fault, on });
  }
}

/** The frames in the body of a request, one by one. */
function framesIn(body: unknown): string[] {
  if (typeof body !== 'string') return [];
  const read = JSON.parse(body) as JsonValue;
  return Array.isArray(read) ? read.map((frame) => JSON.stringify(frame)) : [body];
}
