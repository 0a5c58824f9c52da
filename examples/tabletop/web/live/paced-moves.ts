export type Place = { x: number; y: number };

type Options = {
  /** Sends one move; settles when the server has answered. */
  send: (place: Place) => Promise<unknown>;
  /** False while the server is away: then only where the token is put down is worth keeping. */
  flowing: () => boolean;
  intervalMs: number;
  now: () => number;
  after: (ms: number, run: () => void) => void;
};

/**
 * The moves of one drag: at most one of them under way and one per interval, so that a slow line slows the sending
 * instead of filling a queue; and always the last.
 */
export class PacedMoves {
  readonly #options: Options;
  #next: Place | undefined;
  #lastSent = Number.NEGATIVE_INFINITY;
  #busy = false;
  #sent: { place: Place; answer: Promise<unknown> } | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The token is here at the moment. */
  drag(place: Place): void {
    this.#next = place;
    this.#pump();
  }

  /** The token is put down here: sent at once, whatever else is under way, unless this place was the last one sent. */
  put(place: Place): Promise<unknown> {
    this.#next = undefined;
    const { x, y } = this.#sent?.place ?? {};
    return this.#sent && x === place.x && y === place.y ? this.#sent.answer : this.#options.send(place);
  }

  #pump(): void {
    if (this.#busy || !this.#next || !this.#options.flowing()) return;
    const wait = this.#lastSent + this.#options.intervalMs - this.#options.now();
    this.#busy = true;
    if (wait > 0) this.#options.after(wait, this.#free);
    else this.#send(this.#next);
  }

  #send(place: Place): void {
    this.#next = undefined;
    this.#lastSent = this.#options.now();
    this.#sent = { place, answer: this.#options.send(place) };
    this.#sent.answer.then(this.#free, this.#free);
  }

  readonly #free = (): void => {
    this.#busy = false;
    this.#pump();
  };
}
