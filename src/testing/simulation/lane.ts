import type { SimulatedTime } from './simulated-time.ts';

/** How it goes on the way now. */
export type Way = {
  /** How long the next one takes. */
  delayMs(): number;
  /** Nothing arrives before this time. */
  readonly stalledUntil: number;
  readonly bytesPerSecond: number;
};

type Parcel = { readonly dueAt: number; readonly arrive: () => void };

/** One direction of a connection: everything arrives, late and in order, until it is broken. */
export class Lane {
  readonly #time: SimulatedTime;
  readonly #way: Way;
  readonly #parcels: Parcel[] = [];
  #lastDue = 0;
  #isMoving = false;
  #isBroken = false;

  constructor(time: SimulatedTime, way: Way) {
    this.#time = time;
    this.#way = way;
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  send(bytes: number, arrive: () => void): void {
    if (this.#isBroken) return;
    const { bytesPerSecond } = this.#way;
    const sent = Math.max(this.#lastDue, this.#time.elapsed + this.#way.delayMs());
    this.#lastDue = sent + (bytes * 1_000) / bytesPerSecond;
    this.#parcels.push({ dueAt: this.#lastDue, arrive });
    this.#move();
  }

  /** Nothing arrives any more, and nobody is told. */
  break(): void {
    this.#isBroken = true;
    this.#parcels.length = 0;
  }

  #move(): void {
    const [parcel] = this.#parcels;
    if (this.#isMoving || parcel === undefined) return;
    this.#isMoving = true;
    this.#time.after(Math.max(parcel.dueAt, this.#way.stalledUntil) - this.#time.elapsed, () => this.#arrive());
  }

  #arrive(): void {
    this.#isMoving = false;
    const [parcel] = this.#parcels;
    if (parcel !== undefined && this.#way.stalledUntil <= this.#time.elapsed) {
      this.#parcels.shift();
      parcel.arrive();
    }
    this.#move();
  }
}
