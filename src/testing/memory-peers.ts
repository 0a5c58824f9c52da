import type { ClientFrame, HelloFrame, ServerFrame } from '../protocol/frames.ts';
import type { Server } from '../server/index.ts';
import { openMemoryWire, type MemoryBounds, type MemoryPair } from './memory-wire.ts';
import type { TransportPeer, TransportUnderTest } from './transport-peer.ts';
import { WirePair } from './wire-pair.ts';

class MemoryPeer implements TransportPeer {
  readonly frames: ServerFrame[] = [];
  ended: string | undefined;
  readonly pair: MemoryPair = new WirePair();

  constructor({ connections }: Server, hello: HelloFrame, bounds: MemoryBounds) {
    const wire = openMemoryWire(connections, this.pair, bounds);
    this.pair.left.listen({
      message: (message) => {
        wire.taken(message.length);
        this.frames.push(JSON.parse(String(message)) as ServerFrame);
      },
      closed: (_code, reason) => (this.ended = reason === '' ? 'gone' : reason),
    });
    this.send(hello);
  }

  send(...frames: readonly (ClientFrame | string)[]): void {
    for (const frame of frames) this.pair.left.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  pause(): void {
    this.pair.hold('left');
  }

  resume(): void {
    this.pair.release('left');
  }

  drop(): void {
    this.pair.cut();
  }
}

/** Connections without any network: wires that move when the test takes a turn. */
export class MemoryPeers implements TransportUnderTest {
  readonly name = 'memory';
  readonly #bounds: MemoryBounds;
  readonly #peers: MemoryPeer[] = [];

  constructor(bounds: MemoryBounds) {
    this.#bounds = bounds;
  }

  dial(server: Server, hello: HelloFrame, token: string): TransportPeer {
    const peer = new MemoryPeer(server, { ...hello, token }, this.#bounds);
    this.#peers.push(peer);
    return peer;
  }

  turn(): void {
    for (const { pair } of this.#peers) pair.flush();
  }
}
