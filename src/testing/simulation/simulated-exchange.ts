import { inflateRawSync } from 'node:zlib';
import { SseParser } from '../../client/sse-parser.ts';
import { readStreamEvent } from '../../protocol/event-stream.ts';
import type { HistoryFact } from './history.ts';
import { Lane } from './lane.ts';
import type { Link, PersonNetwork } from './person-network.ts';
import type { ServerProcess } from './server-process.ts';
import type { ClientEnd } from './simulated-socket.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** So much of a stream is on its way at most before the network takes more of it. */
const WINDOW_BYTES = 16 * 1024;

export type ExchangePorts = {
  /** Of the stream that this opens; undefined: it opens none. */
  readonly connection: string | undefined;
  readonly time: SimulatedTime;
  readonly person: PersonNetwork;
  readonly client: ClientEnd;
  readonly process: ServerProcess;
  readonly tell: (fact: HistoryFact) => void;
  readonly over: () => void;
  /** The request has arrived. */
  readonly arrived: () => void;
  /** The first frame of a stream has arrived, or a later one. */
  readonly frame: (text: string) => void;
};

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** One HTTP request and its answer, which may be a stream without an end. */
export class SimulatedExchange implements Link {
  readonly answer: Promise<Response>;
  readonly #ports: ExchangePorts;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #given = Promise.withResolvers<Response>();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #reader: Reader | undefined;
  #isOver = false;
  #onTheWay = 0;
  #isReading = false;
  #code: number | string = 'ended';
  readonly #sent: SseParser;
  readonly #received: SseParser;
  readonly #decoders = { sent: new TextDecoder(), received: new TextDecoder() };

  constructor(ports: ExchangePorts, signal: AbortSignal | null | undefined) {
    this.#ports = ports;
    this.answer = this.#given.promise;
    this.#up = new Lane(ports.time, ports.person.ways.server);
    this.#down = new Lane(ports.time, ports.person.ways.client);
    this.#sent = new SseParser(({ event, data }) => this.#tellFrame('sent', event, data));
    this.#received = new SseParser(({ event, data }) => this.#tellFrame('received', event, data));
    ports.person.links.add(this);
    signal?.addEventListener('abort', () => this.#giveUp('aborted'));
  }

  get process(): ServerProcess {
    return this.#ports.process;
  }

  get client(): ClientEnd {
    return this.#ports.client;
  }

  /** The request goes on its way, to be kept back where that is its fate. */
  send(make: () => Request, times: number, mayBeKept: boolean): void {
    const { process, person, tell, arrived } = this.#ports;
    const arrive = (): void => {
      if (this.#up.isBroken) return;
      arrived();
      this.#handle(make(), true);
      for (let copy = 1; copy < times; copy += 1) this.#handle(make(), false);
    };
    this.#up.send(0, () =>
      process.gate.pass(() => {
        if (times > 1) tell({ kind: 'fault', fault: 'duplicate', on: person.name });
        if (!mayBeKept) return arrive();
        if (!person.keepBack(() => process.gate.pass(arrive))) return arrive();
        tell({ kind: 'fault', fault: 'reorder', on: person.name });
      }),
    );
  }

  cut(): void {
    this.breakSilently();
    this.#ports.client.gate.pass(() => this.#fail());
    this.#cancelAtServer();
  }

  breakSilently(): void {
    this.#up.break();
    this.#down.break();
  }

  processEnded(silently: boolean): void {
    const { time, person, client } = this.#ports;
    this.breakSilently();
    if (!silently) time.after(person.delayMs(), () => client.gate.pass(() => this.#fail()));
  }

  clientEnded(): void {
    this.#giveUp('page gone');
  }

  // -- the server's end -------------------------------------------------------------------------------------------

  #handle(request: Request, isFirst: boolean): void {
    const { process } = this.#ports;
    void Promise.resolve(process.server.fetch(request)).then(
      (response) => {
        if (process.isGone) return;
        if (isFirst) void this.#respond(response);
        else void response.body?.cancel();
      },
      () => this.#down.send(0, () => this.#ports.client.gate.pass(() => this.#fail())),
    );
  }

  async #respond(response: Response): Promise<void> {
    const { process, client } = this.#ports;
    const { status, headers } = response;
    if (response.body !== null && headers.get('content-type')?.startsWith('text/event-stream') === true) {
      this.#reader = response.body.getReader();
      if (this.#up.isBroken || this.#isOver) return this.#cancelAtServer();
      this.#down.send(0, () => client.gate.pass(() => this.#give(status, headers)));
      return this.#pump();
    }
    const text = await response.text();
    if (process.isGone || !process.sends()) return;
    const body = status === 204 ? null : text;
    this.#down.send(text.length, () =>
      client.gate.pass(() => {
        if (this.#isOver) return;
        this.#finish(status);
        this.#given.resolve(new Response(body, { status, headers }));
      }),
    );
    process.sent();
  }

  /** Takes the next piece of the stream, as far as there is room on the way. */
  #pump(): void {
    const { process } = this.#ports;
    const reader = this.#reader;
    if (reader === undefined || this.#isReading || this.#onTheWay >= WINDOW_BYTES) return;
    this.#isReading = true;
    process.gate.pass(() => void this.#read(reader));
  }

  async #read(reader: Reader): Promise<void> {
    const { process, client } = this.#ports;
    const part = await reader.read().catch(() => 'broken' as const);
    this.#isReading = false;
    if (process.isGone) return;
    if (part === 'broken' || part.done) {
      this.#down.send(0, () => client.gate.pass(() => (part === 'broken' ? this.#fail() : this.#end())));
      return;
    }
    const { value } = part;
    if (!process.sends()) return;
    this.#sent.push(this.#decoders.sent.decode(value, { stream: true }));
    this.#onTheWay += value.length;
    this.#down.send(value.length, () => client.gate.pass(() => this.#arrived(value)));
    process.sent();
    this.#pump();
  }

  #cancelAtServer(): void {
    const { process } = this.#ports;
    process.gate.pass(() => void this.#reader?.cancel().catch(() => undefined));
  }

  // -- the client's end -------------------------------------------------------------------------------------------

  #give(status: number, headers: Headers): void {
    if (this.#isOver) return;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.#controller = controller),
      cancel: () => this.#giveUp('cancelled'),
    });
    this.#given.resolve(new Response(body, { status, headers }));
  }

  #arrived(value: Uint8Array): void {
    this.#onTheWay -= value.length;
    this.#pump();
    if (this.#isOver) return;
    this.#received.push(this.#decoders.received.decode(value, { stream: true }));
    this.#controller?.enqueue(value);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#finish(this.#code);
    this.#controller?.close();
  }

  #fail(): void {
    if (this.#isOver) return;
    this.#finish('failed');
    const error = new TypeError('fetch failed');
    this.#given.reject(error);
    this.#controller?.error(error);
  }

  /** The client does not want it any more. */
  #giveUp(why: string): void {
    if (this.#isOver) return;
    this.#finish(why);
    const error = new DOMException('This operation was aborted', 'AbortError');
    this.#given.promise.catch(() => undefined);
    this.#given.reject(error);
    if (why === 'aborted') this.#controller?.error(error);
    this.#up.send(0, () => {
      this.#cancelAtServer();
      this.breakSilently();
    });
  }

  #finish(code: number | string): void {
    const { connection, client, process, tell, person, over } = this.#ports;
    this.#isOver = true;
    person.links.delete(this);
    if (connection !== undefined) tell({ kind: 'closed', connection, client: client.name, server: process.name, code });
    over();
  }

  #tellFrame(kind: 'sent' | 'received', event: string, data: string): void {
    const { connection, tell, frame } = this.#ports;
    const read = readStreamEvent(event, data);
    if (read === undefined || connection === undefined) return;
    if (read.kind === 'closed') {
      if (kind === 'received') this.#code = read.reason;
      return;
    }
    const text = read.kind === 'text' ? read.text : inflateRawSync(read.bytes).toString();
    if (kind === 'received') frame(text);
    tell({ kind, connection, to: 'client', text });
  }
}
