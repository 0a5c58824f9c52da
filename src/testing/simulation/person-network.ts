import type { Random } from '../../protocol/ports.ts';
import type { Way } from './lane.ts';
import type { SimulatedTime } from './simulated-time.ts';

export type Towards = 'client' | 'server';

/** Something that goes through the network of a person. */
export interface Link {
  /** Both ends are told. */
  cut(): void;
  /** Nothing arrives any more, and nobody is told. */
  breakSilently(): void;
}

/** A request that none follows arrives all the same. */
const KEPT_MOST_MS = 5_000;
const USUAL = { minMs: 1, maxMs: 20 };

/** How the network is for one person. */
export class PersonNetwork {
  readonly name: string;
  readonly links = new Set<Link>();
  readonly ways: Readonly<Record<Towards, Way>>;
  /** So many of the next requests arrive twice, and so many after the one that follows. */
  duplicates = 0;
  reorders = 0;
  bytesPerSecond = Infinity;
  readonly #time: SimulatedTime;
  readonly #random: Random;
  readonly #stalledUntil: Record<Towards, number> = { client: 0, server: 0 };
  #delay = USUAL;
  #heldBack: (() => void) | undefined;

  constructor(name: string, time: SimulatedTime, random: Random) {
    this.name = name;
    this.#time = time;
    this.#random = random;
    this.ways = { client: this.#way('client'), server: this.#way('server') };
  }

  delayMs(): number {
    const { minMs, maxMs } = this.#delay;
    const [high = 0, low = 0] = this.#random.bytes(2);
    return minMs + ((maxMs - minMs) * (high * 256 + low)) / 65_535;
  }

  delay(minMs: number, maxMs: number): void {
    this.#delay = { minMs, maxMs: Math.max(minMs, maxMs) };
  }

  stall(ms: number, towards: Towards): void {
    this.#stalledUntil[towards] = Math.max(this.#stalledUntil[towards], this.#time.elapsed + ms);
  }

  /** A request has arrived. True when it is kept until the next one has. */
  keepBack(arrive: () => void): boolean {
    const before = this.#heldBack;
    this.#heldBack = undefined;
    if (before !== undefined) this.#time.after(0, before);
    else if (this.reorders > 0) {
      this.reorders -= 1;
      this.#heldBack = arrive;
      this.#time.after(KEPT_MOST_MS, () => this.#heldBack === arrive && this.#letGo());
      return true;
    }
    return false;
  }

  heal(): void {
    this.#delay = USUAL;
    this.#stalledUntil.client = 0;
    this.#stalledUntil.server = 0;
    this.bytesPerSecond = Infinity;
    this.duplicates = 0;
    this.reorders = 0;
    this.#letGo();
  }

  #letGo(): void {
    const arrive = this.#heldBack;
    this.#heldBack = undefined;
    arrive?.();
  }

  #way(towards: Towards): Way {
    const bytes = (): number => (towards === 'client' ? this.bytesPerSecond : Infinity);
    const until = (): number => this.#stalledUntil[towards];
    return {
      delayMs: () => this.delayMs(),
      get stalledUntil() {
        return until();
      },
      get bytesPerSecond() {
        return bytes();
      },
    };
  }
}
