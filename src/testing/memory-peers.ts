import type { OwnFrames, SharedFrame, Wire } from '../connection/wire.ts';
import { CODES, type CloseCode } from '../protocol/codes.ts';
import type { ClientFrame, HelloFrame, ServerFrame } from '../protocol/frames.ts';
import type { Server } from '../server/index.ts';
import type { TransportPeer, TransportUnderTest } from './transport-peer.ts';
import { WirePair } from './wire-pair.ts';

export type MemoryBounds = { readonly maxPayload: number; readonly maxUnsent: number };

/** The server's end. */
class MemoryWire implements Wire {
  readonly remoteAddress = undefined;
  readonly #pair: WirePair;
  readonly #maxUnsent: number;
  unsent = 0;

  constructor(pair: WirePair, maxUnsent: number) {
    this.#pair = pair;
    this.#maxUnsent = maxUnsent;
  }

  sendShared(frame: SharedFrame): boolean {
    return this.#write([frame.text]);
  }

  send(own: OwnFrames, shared: SharedFrame | undefined): boolean {
    const before = [...own.frames, ...(own.after ?? [])];
    return this.#write([...before, ...(shared === undefined ? [] : [shared.text]), ...(own.answers ?? [])]);
  }

  close(code: CloseCode, last: string | undefined): void {
    if (last !== undefined) this.#write([last]);
    this.#pair.right.close(CODES[code].close, code);
  }

  #write(frames: readonly string[]): boolean {
    for (const frame of frames) {
      this.#pair.right.send(frame);
      this.unsent += frame.length;
    }
    return this.unsent <= this.#maxUnsent;
  }
}

class MemoryPeer implements TransportPeer {
  readonly frames: ServerFrame[] = [];
  ended: string | undefined;
  readonly pair = new WirePair();

  constructor({ connections }: Server, hello: HelloFrame, { maxPayload, maxUnsent }: MemoryBounds) {
    const wire = new MemoryWire(this.pair, maxUnsent);
    const connection = connections.open('memory', wire);
    this.pair.right.listen({
      message: (text) => {
        if (text.length > maxPayload) connections.refuse(connection, 'too-large', `A message is at most ${maxPayload} characters.`);
        else connections.receive(connection, text);
      },
      closed: () => connections.gone(connection),
    });
    this.pair.left.listen({
      message: (text) => {
        wire.unsent -= text.length;
        this.frames.push(JSON.parse(text) as ServerFrame);
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
