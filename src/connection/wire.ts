import type { CloseCode } from '../protocol/codes.ts';

/** How one kind of transport turns a text frame into bytes that all its connections can share. */
export interface Framing {
  frameText(text: string): Uint8Array;
}

/** A text frame that many connections receive: each kind of transport prepares its bytes once, however many they are. */
export class SharedFrame {
  readonly text: string;
  #framing: Framing | undefined;
  #bytes: Uint8Array | undefined;
  #others: Map<Framing, Uint8Array> | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The frame's bytes for this kind of transport. Nobody may change them. */
  bytes(framing: Framing): Uint8Array {
    if (this.#framing === framing && this.#bytes !== undefined) return this.#bytes;
    const known = this.#others?.get(framing);
    if (known !== undefined) return known;
    const bytes = framing.frameText(this.text);
    if (this.#framing === undefined) {
      this.#framing = framing;
      this.#bytes = bytes;
    } else {
      (this.#others ??= new Map()).set(framing, bytes);
    }
    return bytes;
  }
}

/** What goes to one connection alone, in the order of the fields; a shared frame comes before `answers`. */
export type OwnFrames = {
  readonly frames: readonly string[];
  readonly packed?: Uint8Array | undefined;
  readonly after?: readonly string[] | undefined;
  readonly answers?: readonly string[] | undefined;
};

/**
 * The sending half of one transport, given by it. Nothing here may throw or call back at once: what becomes of the peer is
 * told later, through `Connections.gone`.
 */
export interface Wire {
  /** Sends a shared frame. False when more is unsent than is good. */
  sendShared(frame: SharedFrame): boolean;
  /** Sends the connection's own frames with the shared one in its place among them, as one write. False as above. */
  send(own: OwnFrames, shared: SharedFrame | undefined): boolean;
  /** Sends the last frame, if any, and closes with the code's meaning. */
  close(code: CloseCode, last: string | undefined): void;
  /** Asks the peer for a sign of life, where the transport can: its answer is given to `Connections.heard`. */
  ping?(): void;
  /** Bytes that are not with the peer yet, as far as this process knows. Without it, a false above closes the transport. */
  readonly unsent?: number;
  /** Calls back once nothing is unsent, never at once. */
  whenDrained?(fire: () => void): void;
  /** Where the peer is, as far as the transport knows: for people, never for decisions. */
  readonly remoteAddress: string | undefined;
}

/** What a transport of plain messages can do; see `textWire`. */
export type TextPort = {
  /** Sends messages, in order. False when too much is unsent. */
  send(messages: readonly string[]): boolean;
  /** Sends the last message, if any, and closes. */
  close(code: CloseCode, last: string | undefined): void;
  readonly ping?: (() => void) | undefined;
  readonly remoteAddress?: string | undefined;
};

/** A wire over a transport that carries nothing but text messages. */
export function textWire(port: TextPort): Wire {
  return {
    sendShared: ({ text }) => port.send([text]),
    send: (own, shared) =>
      port.send([...own.frames, ...(own.after ?? []), ...(shared === undefined ? [] : [shared.text]), ...(own.answers ?? [])]),
    close: (code, last) => port.close(code, last),
    ping: () => port.ping?.(),
    remoteAddress: port.remoteAddress,
  };
}
