import type { OwnFrames, SharedFrame, Wire } from '../connection/wire.ts';
import { CODES, type CloseCode } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';
import { frameEnd, frameId, framePacked, frameText, SSE_FRAMING, SSE_HEARTBEAT } from './sse-framing.ts';
import type { StreamPositions } from './stream-positions.ts';

/** Handed to the reader in one piece at most, where more pieces wait. */
const PIECE_BYTES = 64 * 1024;

/** The first words to who is let in. */
const WELCOME = /^\{"t":"(?:welcome|resumed)"/;

/** How a stream ended, as its last frame says it. */
export type StreamEnd = {
  readonly code: CloseCode;
  readonly message: string;
  readonly details?: JsonValue | undefined;
  readonly retryAfterMs?: number | undefined;
};

export type SseWireOptions = {
  /** More unsent bytes than this are more than is good. */
  readonly suspendAbove: number;
  readonly remoteAddress: string | undefined;
  /** Present for readers that come back with the id of the last event. */
  readonly positions?: StreamPositions | undefined;
  /** Ends the peer's HTTP connection at once; absent where it is not ours to end. */
  readonly cut?: (() => void) | undefined;
  /** The peer is gone, and nobody closed the wire before. */
  readonly onGone: () => void;
  /** The wire was closed; its end is on its way to the peer. */
  readonly onClosed: () => void;
  /** Nothing is left to do: everything was handed to the reader, or there is none. Called once. */
  readonly onOver: () => void;
};

/** The way down of one connection: a body of server-sent events, read as fast as the peer takes it. */
export class SseWire implements Wire {
  readonly body: ReadableStream<Uint8Array>;
  /** Settles once there is a welcome to be read, or will be none. */
  readonly decided: Promise<void>;
  readonly #options: SseWireOptions;
  #decide: () => void = () => undefined;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #waiting: Uint8Array[] = [];
  #unsent = 0;
  #wake: (() => void) | undefined;
  #whenDrained: (() => void)[] = [];
  #end: StreamEnd | undefined;
  #isOver = false;
  #lastError: string | undefined;
  #welcome: string | undefined;

  constructor(options: SseWireOptions) {
    this.#options = options;
    this.decided = new Promise((resolve) => (this.#decide = resolve));
    this.body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => void (this.#controller = controller),
        pull: (controller) => this.#pull(controller),
        cancel: () => this.lose(),
      },
      { highWaterMark: 0 },
    );
  }

  get remoteAddress(): string | undefined {
    return this.#options.remoteAddress;
  }

  get unsent(): number {
    return this.#unsent;
  }

  whenDrained(fire: () => void): void {
    this.#whenDrained.push(fire);
    this.#wake?.();
  }

  /** How it ended; undefined while it goes on. */
  get end(): StreamEnd | undefined {
    return this.#end;
  }

  /** The welcome that went down, or what came in its place, as text: from then on the peer knows the connection's id. */
  get welcome(): string | undefined {
    return this.#welcome;
  }

  sendShared(frame: SharedFrame): boolean {
    if (this.#isClosed) return true;
    this.#addShared(frame);
    return this.#flush();
  }

  send(own: OwnFrames, shared: SharedFrame | undefined): boolean {
    if (this.#isClosed) return true;
    this.#addAll(own.frames);
    if (own.packed !== undefined) this.#add(framePacked(own.packed));
    this.#addAll(own.after);
    if (shared !== undefined) this.#addShared(shared);
    this.#addAll(own.answers);
    return this.#flush();
  }

  close(code: CloseCode, last: string | undefined): void {
    if (this.#isClosed) return;
    const frame = last ?? this.#lastError;
    const said = frame === undefined ? {} : (JSON.parse(frame) as Partial<StreamEnd>);
    const { message = CODES[code].message, details, retryAfterMs } = said;
    this.#end = { code, message, details, retryAfterMs };
    if (last !== undefined) this.#add(frameText(last));
    this.#add(frameEnd(code, retryAfterMs));
    this.#flush();
    this.#options.onClosed();
  }

  /** A sign of life, unless bytes on their way are one already. */
  beat(): void {
    if (this.#isClosed || !this.isDrained) return;
    this.#add(SSE_HEARTBEAT);
    this.#flush();
  }

  /** True when the peer has taken everything so far. */
  get isDrained(): boolean {
    return this.#waiting.length === 0;
  }

  /** Nobody reads, or will: what waits is forgotten. */
  lose(): void {
    const wasClosed = this.#isClosed;
    this.#finish();
    if (!wasClosed) this.#options.onGone();
  }

  /** Ends the peer's reading too, whatever it has not had yet. */
  abort(): void {
    if (this.#isOver) return;
    if (this.#options.cut === undefined) this.#controller?.error(new Error('The stream was cut off.'));
    this.#options.cut?.();
    this.lose();
  }

  get #isClosed(): boolean {
    return this.#end !== undefined || this.#isOver;
  }

  #addAll(frames: readonly string[] | undefined): void {
    for (const frame of frames ?? []) {
      this.#note(frame);
      this.#addId(this.#options.positions?.after(frame));
      this.#add(frameText(frame));
    }
  }

  #addShared(frame: SharedFrame): void {
    this.#addId(this.#options.positions?.afterShared(frame));
    this.#add(frame.bytes(SSE_FRAMING));
  }

  #addId(id: string | undefined): void {
    if (id !== undefined) this.#add(frameId(id));
  }

  #add(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#unsent += bytes.length;
  }

  #note(frame: string): void {
    if (this.#welcome === undefined && WELCOME.test(frame)) this.#welcome = frame;
    if (frame.startsWith('{"t":"error"')) this.#lastError = frame;
  }

  #flush(): boolean {
    if (this.#welcome !== undefined || this.#end !== undefined) this.#decide();
    this.#wake?.();
    return this.#unsent <= this.#options.suspendAbove;
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#waiting.length === 0 && !this.#isClosed) {
      for (const fire of this.#whenDrained.splice(0)) fire();
      if (this.#waiting.length > 0 || this.#isClosed) break;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    if (this.#waiting.length > 0) return controller.enqueue(this.#take());
    if (this.#isOver) return;
    controller.close();
    this.#finish();
  }

  /** Some of what waits, as one piece; what is large already is not copied. */
  #take(): Uint8Array {
    let count = 1;
    let bytes = this.#waiting[0]?.length ?? 0;
    for (let next = this.#waiting[count]; next !== undefined && bytes + next.length <= PIECE_BYTES; next = this.#waiting[count]) {
      bytes += next.length;
      count += 1;
    }
    const taken = this.#waiting.splice(0, count);
    this.#unsent -= bytes;
    return taken.length === 1 && taken[0] !== undefined ? taken[0] : Buffer.concat(taken, bytes);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#waiting = [];
    this.#whenDrained = [];
    this.#unsent = 0;
    this.#decide();
    this.#wake?.();
    this.#options.onOver();
  }
}
