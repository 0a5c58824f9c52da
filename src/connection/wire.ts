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
 * The sending half of one connection, given by its transport. Nothing here may throw or call back at once: what becomes
 * of the peer is told later, through `Connections.gone`.
 */
export interface Wire {
  /** Sends a shared frame. False when too much is still unsent: the connection is then closed as too slow. */
  sendShared(frame: SharedFrame): boolean;
  /** Sends the connection's own frames with the shared one in its place among them, as one write. False as above. */
  send(own: OwnFrames, shared: SharedFrame | undefined): boolean;
  /** Sends the last frame, if any, and closes with the code's meaning. */
  close(code: CloseCode, last: string | undefined): void;
  /** Where the peer is, as far as the transport knows: for people, never for decisions. */
  readonly remoteAddress: string | undefined;
}
