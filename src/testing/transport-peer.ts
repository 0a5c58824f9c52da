import type { ClientFrame, HelloFrame, ServerFrame } from '../protocol/frames.ts';
import type { Server } from '../server/index.ts';

/** The client's end of one connection, as a test holds it, whatever carries it. */
export interface TransportPeer {
  /** Every frame that came, in order. */
  readonly frames: readonly ServerFrame[];
  /** The code that the connection was closed with; `gone` when it ended without one; undefined while it is open. */
  readonly ended: string | undefined;
  /** Sends frames, or texts as they are, in this order. */
  send(...frames: readonly (ClientFrame | string)[]): void;
  /** Reads nothing more until `resume`: what comes stays on its way. */
  pause(): void;
  resume(): void;
  /** Ends it without a word, as a network does. */
  drop(): void;
}

/** One kind of transport, between a server and the peers of a test. */
export interface TransportUnderTest {
  /** As the server's connections name it. */
  readonly name: string;
  /** Connects and says hello. */
  dial(server: Server, hello: HelloFrame, token: string): TransportPeer;
  /** Moves what is on its way, where nothing moves by itself. */
  turn?(): void;
}
