import type { Socket } from 'node:net';

/** What may be wrong with one direction of a connection. All together; nothing by default. */
export type Faults = {
  /** Milliseconds that every byte is on its way. */
  readonly latencyMs: number;
  /** Up to this many milliseconds more, by chance. Bytes never overtake each other. */
  readonly jitterMs: number;
  /** Bytes a second that get through; Infinity for no limit. */
  readonly bytesPerSecond: number;
  /** Holds everything back, and lets it go when this ends. */
  readonly stalled: boolean;
  /** A half-open connection: bytes and the end of the connection vanish, and nobody is told. */
  readonly swallowing: boolean;
  /** The connection ends when this many bytes have passed in this direction; the last of them still arrives. */
  readonly cutAtByte: number;
};

export const NO_FAULTS: Faults = {
  latencyMs: 0,
  jitterMs: 0,
  bytesPerSecond: Infinity,
  stalled: false,
  swallowing: false,
  cutAtByte: Infinity,
};

/** Beyond this the sender is no longer read, and notices that nothing gets through. */
const MOST_HELD = 1024 * 1024;

type Cargo = { readonly arrivedAt: number; what: Buffer | 'end' | 'reset' };

/** One direction of one connection: takes from one socket, gives to the other, with faults between. */
export class FaultLane {
  faults: Faults;
  /** Bytes that were passed on. */
  passed = 0;
  readonly #from: Socket;
  readonly #to: Socket;
  /** A number in [0, 1). */
  readonly #chance: () => number;
  readonly #cut: () => void;
  readonly #queue: Cargo[] = [];
  #held = 0;
  #freeAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #waitsForRoom = false;
  #over = false;

  constructor(from: Socket, to: Socket, faults: Faults, chance: () => number, cut: () => void) {
    this.#from = from;
    this.#to = to;
    this.faults = faults;
    this.#chance = chance;
    this.#cut = cut;
    from.on('data', (bytes: Buffer) => this.#take(bytes));
    from.on('end', () => this.#take('end'));
    from.on('error', () => this.#take('reset'));
    to.on('drain', this.#roomAgain);
  }

  change(faults: Partial<Faults>): void {
    this.faults = { ...this.faults, ...faults };
    this.#freeAt = 0;
    this.#pump();
  }

  stop(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#queue.length = 0;
  }

  #take(what: Cargo['what']): void {
    if (this.#over || this.faults.swallowing) return;
    const { latencyMs, jitterMs } = this.faults;
    this.#queue.push({ arrivedAt: performance.now() + latencyMs + this.#chance() * jitterMs, what });
    this.#held += sizeOf(what);
    if (this.#held > MOST_HELD) this.#from.pause();
    this.#pump();
  }

  readonly #roomAgain = (): void => {
    this.#waitsForRoom = false;
    this.#pump();
  };

  readonly #pump = (): void => {
    clearTimeout(this.#timer);
    while (!this.#over && !this.faults.stalled && !this.#waitsForRoom) {
      const [first] = this.#queue;
      if (first === undefined) return;
      const waitMs = Math.max(first.arrivedAt, this.#freeAt) - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(this.#pump, Math.ceil(waitMs));
        return;
      }
      this.#pass(first);
    }
  };

  #pass(cargo: Cargo): void {
    if (!Buffer.isBuffer(cargo.what)) {
      this.#queue.shift();
      return this.#tellEnd(cargo.what);
    }
    const piece = this.#nextPiece(cargo.what);
    if (piece.length === cargo.what.length) this.#queue.shift();
    else cargo.what = cargo.what.subarray(piece.length);
    this.#held -= piece.length;
    if (this.#held <= MOST_HELD / 2) this.#from.resume();
    this.#write(piece);
  }

  /** What goes out at once: never over the place of the cut, and at a limited rate in steps of a fiftieth of a second. */
  #nextPiece(bytes: Buffer): Buffer {
    const { bytesPerSecond, cutAtByte } = this.faults;
    return bytes.subarray(0, Math.min(bytes.length, Math.max(1, Math.floor(bytesPerSecond / 50)), Math.max(0, cutAtByte - this.passed)));
  }

  #write(piece: Buffer): void {
    this.passed += piece.length;
    this.#freeAt = performance.now() + (piece.length * 1_000) / this.faults.bytesPerSecond;
    if (piece.length > 0 && this.#to.writable && !this.#to.write(piece)) this.#waitsForRoom = true;
    if (this.passed >= this.faults.cutAtByte) this.#cut();
  }

  #tellEnd(how: 'end' | 'reset'): void {
    if (how === 'end') this.#to.end();
    else resetSocket(this.#to);
  }
}

/** Resets a connection. One whose own end is on its way cannot be reset any more, Node would leave it open: it is closed. */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

function sizeOf(what: Cargo['what']): number {
  return Buffer.isBuffer(what) ? what.length : 0;
}
