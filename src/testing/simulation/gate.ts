import type { SimulatedTime } from './simulated-time.ts';

/**
 * What lies between a program and the world: all that happens to it comes through here. While the program stands still it
 * waits, in order; once the program is gone for good nothing reaches it any more.
 */
export class Gate {
  readonly #time: SimulatedTime;
  readonly #waiting: (() => void)[] = [];
  #state: 'open' | 'shut' | 'gone' = 'open';
  #isEmptying = false;

  constructor(time: SimulatedTime) {
    this.#time = time;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get isGone(): boolean {
    return this.#state === 'gone';
  }

  /** Something happens to the program: now, later, or never. */
  pass(happen: () => void): void {
    if (this.#state === 'gone') return;
    if (this.#state === 'open' && this.#waiting.length === 0) happen();
    else this.#waiting.push(happen);
  }

  /** The program stands still. */
  shut(): void {
    if (this.#state === 'open') this.#state = 'shut';
  }

  /** It goes on, with all that waited for it, one after the other. */
  open(): void {
    if (this.#state !== 'shut') return;
    this.#state = 'open';
    if (!this.#isEmptying) this.#emptyLater();
  }

  /** It is over. */
  end(): void {
    this.#state = 'gone';
    this.#waiting.length = 0;
  }

  #emptyLater(): void {
    this.#isEmptying = this.#waiting.length > 0;
    if (this.#isEmptying) this.#time.after(0, () => this.#takeOne());
  }

  #takeOne(): void {
    this.#isEmptying = false;
    if (this.#state !== 'open') return;
    this.#waiting.shift()?.();
    this.#emptyLater();
  }
}
