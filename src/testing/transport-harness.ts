import { createServer, memoryStore, type Server } from '../server/index.ts';
import type { CommandFrame, HelloFrame, ServerFrame, SnapshotFrame, TailFrame, WelcomeFrame } from '../protocol/frames.ts';
import type { Position, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { settle } from './settle-adapter.ts';
import { tinyTabletop } from './tiny-tabletop.ts';
import type { TransportPeer, TransportUnderTest } from './transport-peer.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Small, so that a reader that stops is noticed soon. */
export const CONTRACT_BOUNDS = { maxPayload: 64 * 1024, maxUnsent: 256 * 1024 };

/** A server on virtual time with one session, and people who connect to it over the transport under test. */
export class TransportHarness {
  readonly clock = new VirtualClock();
  readonly server: Server;
  readonly #transport: TransportUnderTest;
  readonly #signal: AbortSignal;
  readonly #tokens = new Map<string, string>();
  readonly #peers: TransportPeer[] = [];
  #session: SessionId | undefined;

  constructor(transport: TransportUnderTest, signal: AbortSignal) {
    this.#transport = transport;
    this.#signal = signal;
    this.server = createServer({
      sessions: [tinyTabletop],
      store: memoryStore(),
      dev: true,
      port: 0,
      logger: false,
      clock: this.clock,
      ...CONTRACT_BOUNDS,
    });
  }

  get session(): SessionId {
    if (this.#session === undefined) throw new Error('start the harness first');
    return this.#session;
  }

  /** Starts the server; Ada owns the session. */
  async start(): Promise<this> {
    await this.server.start();
    await this.token('ada');
    return this;
  }

  async stop(): Promise<void> {
    for (const peer of this.#peers) peer.drop();
    await this.while(this.server.stop());
  }

  /** Signs someone in, once. */
  async token(name: string): Promise<string> {
    const known = this.#tokens.get(name);
    if (known !== undefined) return known;
    const { token, participant } = await this.server.signIn({ name });
    this.#tokens.set(name, token);
    if (this.#session === undefined) {
      const by = { id: participant.id, name: participant.name, claims: {} };
      const created = await this.while(this.server.sessions.create({ type: 'tabletop', access: 'open', by }));
      if (!created.ok) throw new Error(created.message);
      this.#session = created.row.session;
    }
    return token;
  }

  /** Connects without waiting for an answer. `token` for one that is not `name`'s. */
  async dial(name: string, more: Partial<HelloFrame> = {}, token?: string): Promise<TransportPeer> {
    const own = token ?? (await this.token(name));
    const peer = this.#transport.dial(this.server, { t: 'hello', version: 1, session: this.session, ...more }, own);
    this.#peers.push(peer);
    return peer;
  }

  /** Connects, and waits until what the server sends reaches up to the present. */
  async join(name: string, more: Partial<HelloFrame> = {}): Promise<TransportPeer> {
    const peer = await this.dial(name, more);
    await this.until('the first tail', () => tailOf(peer) !== undefined);
    return peer;
  }

  /** Lets everything go on until `holds`. */
  async until(what: string, holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (this.#signal.aborted) throw new Error(`never came: ${what}`);
      await this.turn();
    }
  }

  /** Lets everything go on while something is under way. */
  async while<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const settled = promise.finally(() => (isOver = true));
    await this.until('the end of a promise', () => isOver).catch(() => undefined);
    return settled;
  }

  /** One round: timers that are due, messages, sockets. */
  async turn(): Promise<void> {
    this.clock.advance(0);
    this.#transport.turn?.();
    await settle();
  }
}

export function welcomeOf(peer: TransportPeer): WelcomeFrame {
  const found = peer.frames.find((frame): frame is WelcomeFrame => kindOf(frame) === 'welcome');
  if (found === undefined) throw new Error('no welcome has come');
  return found;
}

export function tailOf(peer: TransportPeer): TailFrame | undefined {
  return peer.frames.find((frame): frame is TailFrame => kindOf(frame) === 'tail');
}

/** The path table that a peer has, as its hello names it when it comes back. */
export function tableOf(peer: TransportPeer): [id: number, known: number] {
  const paths = peer.frames.find((frame): frame is SnapshotFrame => kindOf(frame) === 'snapshot')?.paths;
  if (paths === undefined) throw new Error('no snapshot has come');
  return [paths[0], 0];
}

/** Where a peer stands that has had a tail, and nothing after it. */
export function positionOf(peer: TransportPeer): Position {
  const position = peer.frames.find((frame): frame is SnapshotFrame => kindOf(frame) === 'snapshot')?.position;
  const tail = tailOf(peer);
  if (position === undefined || tail === undefined) throw new Error('no snapshot and tail have come');
  return { logId: position.logId, seq: tail.seq, tag: welcomeOf(peer).tag };
}

/** `live` for what is an array. */
export function kindOf(frame: ServerFrame): string {
  return 't' in frame ? frame.t : 'live';
}

/** The seq up to which a frame brings its reader; undefined for frames that bring nobody further. */
export function reaches(frame: ServerFrame): Seq | undefined {
  if (!('t' in frame)) return frame.reduce<number>((sum, item) => (typeof item === 'number' ? sum + item : sum), 0);
  if (frame.t === 'tail') return frame.seq;
  return frame.t === 'snapshot' ? frame.position.seq : undefined;
}

/** A command frame that needs no answer before it. */
export function commandOf(n: number, name: string, args: JsonValue = {}, low = n): CommandFrame {
  return { t: 'command', n, low, name, args };
}
