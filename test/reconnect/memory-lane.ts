import type { Faults, Side } from 'holdfast/testing';
import type { MemoryPair } from '../../src/testing/memory-wire.ts';

/** One direction of a wire in memory, with faults: the messages that arrive at one of its sides. */
export class MemoryLane {
  /** Length of everything that has arrived. */
  passed = 0;
  readonly #pair: MemoryPair;
  readonly #side: Side;
  /** A number in [0, 1). */
  readonly #chance: () => number;
  readonly #cut: () => void;
  #faults: Faults;
  /** When each of those on their way may arrive. */
  readonly #dueAt: number[] = [];
  #freeAt = 0;
  #cancel: (() => void) | undefined;
  #isBroken = false;

  constructor(pair: MemoryPair, side: Side, faults: Faults, chance: () => number, cut: () => void) {
    this.#pair = pair;
    this.#side = side;
    this.#chance = chance;
    this.#cut = cut;
    this.#faults = faults;
    this.#isBroken = faults.swallowing;
  }

  /** A message more, or the close, is on its way. */
  expect(): void {
    const { latencyMs, jitterMs } = this.#faults;
    this.#dueAt.push(performance.now() + latencyMs + this.#chance() * jitterMs);
    if (this.#cancel === undefined) this.#pumpSoon();
  }

  change(faults: Partial<Faults>): void {
    this.#faults = { ...this.#faults, ...faults };
    // What was lost once is never made good: nothing that comes later fits.
    this.#isBroken ||= this.#faults.swallowing;
    this.#freeAt = 0;
    this.#pumpSoon();
  }

  stop(): void {
    this.#cancel?.();
    this.#isBroken = true;
  }

  /** Never at once: whoever sends is not called back while it does. */
  #pumpSoon(): void {
    this.#cancel?.();
    const soon = setImmediate(() => this.#pump());
    this.#cancel = () => clearImmediate(soon);
  }

  #pump(): void {
    this.#cancel = undefined;
    while (!this.#isBroken && !this.#faults.stalled) {
      const [dueAt] = this.#dueAt;
      if (dueAt === undefined) return;
      const length = this.#pair[this.#side].arriving[0]?.length ?? 0;
      const waitMs = Math.max(dueAt, this.#freeAt) + (length * 1_000) / this.#faults.bytesPerSecond - performance.now();
      if (waitMs > 0) {
        const timer = setTimeout(() => this.#pump(), Math.ceil(waitMs));
        this.#cancel = () => clearTimeout(timer);
        return;
      }
      this.#dueAt.shift();
      this.#deliver(length);
    }
  }

  /** A message that is not whole never arrives. */
  #deliver(length: number): void {
    const { cutAtByte } = this.#faults;
    if (this.passed + length > cutAtByte) return this.#cut();
    this.passed += length;
    this.#freeAt = performance.now();
    this.#pair.deliver(this.#side, 1);
    if (this.passed >= cutAtByte) this.#cut();
  }
}
