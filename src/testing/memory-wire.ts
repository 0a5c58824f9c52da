import type { Connections } from '../connection/connections.ts';
import type { OwnFrames, SharedFrame, Wire } from '../connection/wire.ts';
import { CODES, type CloseCode } from '../protocol/codes.ts';
import type { WirePair } from './wire-pair.ts';

export type MemoryBounds = { readonly maxPayload: number; readonly maxUnsent: number };
/** A text frame, or a packed one. */
export type MemoryMessage = string | Uint8Array;
/** The client has the left end. */
export type MemoryPair = WirePair<MemoryMessage>;

/** The server's end of a wire in memory. */
export class MemoryWire implements Wire {
  readonly remoteAddress = undefined;
  readonly #pair: MemoryPair;
  readonly #maxUnsent: number;
  readonly #sent: () => void;
  #unsent = 0;
  #whenDrained: (() => void)[] = [];

  /** `sent` is called for each message, and for the close, that is on its way to the client. */
  constructor(pair: MemoryPair, maxUnsent: number, sent: () => void = () => undefined) {
    this.#pair = pair;
    this.#maxUnsent = maxUnsent;
    this.#sent = sent;
  }

  get unsent(): number {
    return this.#unsent;
  }

  sendShared(frame: SharedFrame): boolean {
    return this.#write([frame.text]);
  }

  send(own: OwnFrames, shared: SharedFrame | undefined): boolean {
    const packed = own.packed === undefined ? [] : [own.packed];
    const ofView = shared === undefined ? [] : [shared.text];
    return this.#write([...own.frames, ...packed, ...(own.after ?? []), ...ofView, ...(own.answers ?? [])]);
  }

  close(code: CloseCode, last: string | undefined): void {
    if (last !== undefined) this.#write([last]);
    this.#pair.right.close(CODES[code].close, code);
    this.#sent();
  }

  whenDrained(fire: () => void): void {
    this.#whenDrained.push(fire);
  }

  /** A message of this length has reached the client. */
  taken(length: number): void {
    this.#unsent -= length;
    if (this.#unsent > 0) return;
    for (const fire of this.#whenDrained.splice(0)) fire();
  }

  #write(messages: readonly MemoryMessage[]): boolean {
    for (const message of messages) {
      this.#unsent += message.length;
      this.#pair.right.send(message);
      this.#sent();
    }
    return this.#unsent <= this.#maxUnsent;
  }
}

/** Opens a connection whose server end is the right one of `pair`; whoever has the left one says `taken`. */
export function openMemoryWire(connections: Connections, pair: MemoryPair, bounds: MemoryBounds, sent?: () => void): MemoryWire {
  const wire = new MemoryWire(pair, bounds.maxUnsent, sent);
  const connection = connections.open('memory', wire);
  pair.right.listen({
    message: (text) => {
      if (typeof text !== 'string') throw new Error('a client sends texts');
      if (text.length <= bounds.maxPayload) connections.receive(connection, text);
      else connections.refuse(connection, 'too-large', `A message is at most ${bounds.maxPayload} characters.`);
    },
    closed: () => connections.gone(connection),
  });
  return wire;
}
