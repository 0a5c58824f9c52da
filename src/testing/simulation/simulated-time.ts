import { nextTurn } from './turn-adapter.ts';

type Appointment = { readonly at: number; readonly order: number; fire: (() => void) | undefined };

/** The one time of a world. It stands still until the world lets it pass; all that is due happens one after the other. */
export class SimulatedTime {
  /** A heap: the earliest first, of equal ones the one that was made first. */
  readonly #heap: Appointment[] = [];
  #elapsed = 0;
  #order = 0;
  #fired = 0;

  /** Milliseconds since the run began. */
  get elapsed(): number {
    return this.#elapsed;
  }

  /** How many appointments have come about: a number for the present instant. */
  get fired(): number {
    return this.#fired;
  }

  /** Appointments that are still to come. */
  get waiting(): number {
    return this.#heap.filter(({ fire }) => fire !== undefined).length;
  }

  /** The result cancels it. */
  after(ms: number, fire: () => void): () => void {
    const appointment: Appointment = { at: this.#elapsed + Math.max(0, ms), order: this.#order++, fire };
    this.#push(appointment);
    return () => {
      appointment.fire = undefined;
    };
  }

  /** Lets time pass; after each appointment everything that follows from it at once goes on before the next. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    await nextTurn();
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      const { at, fire } = next;
      if (fire === undefined) continue;
      next.fire = undefined;
      this.#elapsed = Math.max(this.#elapsed, at);
      this.#fired += 1;
      fire();
      await nextTurn();
    }
    this.#elapsed = end;
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(appointment);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, appointment)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = appointment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
      const child = right !== undefined && left !== undefined && isBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
      const below = heap[child];
      if (below === undefined || isBefore(last, below)) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(one: Appointment, other: Appointment): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
