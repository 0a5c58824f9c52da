/** What an end of a pair is told. `closed` comes last and once. */
export type WireEvents<Message> = {
  message(message: Message): void;
  /** `code` as the other end gave it, or 1006 when the wire was cut. */
  closed(code: number, reason: string): void;
};

type Close = { readonly code: number; readonly reason: string };
type Parcel<Message> = { readonly message: Message } | Close;

export type Side = 'left' | 'right';

const CUT: Close = { code: 1006, reason: '' };
const MOST_AT_ONCE = 100_000;

/** One end of a wire. What is sent on an end that is closed goes nowhere. */
export class WireEnd<Message> {
  readonly #queue: Parcel<Message>[] = [];
  #events: WireEvents<Message> | undefined;
  #peer: WireEnd<Message> | undefined;
  #isClosed = false;
  held = false;

  /** Who is told what arrives here. Without anyone, what arrives waits. */
  listen(events: WireEvents<Message>): void {
    this.#events = events;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** On its way to this end, in order. */
  get arriving(): readonly Message[] {
    return this.#queue.flatMap((parcel) => ('message' in parcel ? [parcel.message] : []));
  }

  /** What this end sends goes there. */
  join(peer: WireEnd<Message>): void {
    this.#peer = peer;
  }

  send(message: Message): void {
    if (!this.#isClosed) this.#peer?.expect({ message });
  }

  /** The other end hears of it after everything that was sent before. This end is told nothing more. */
  close(code = 1000, reason = ''): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#peer?.expect({ code, reason });
  }

  expect(parcel: Parcel<Message>): void {
    if (!this.#isClosed) this.#queue.push(parcel);
  }

  /** Lets the next one arrive. False when nothing could. */
  take(): boolean {
    if (this.held || this.#events === undefined) return false;
    const parcel = this.#queue.shift();
    if (parcel === undefined) return false;
    if ('message' in parcel) this.#events.message(parcel.message);
    else this.#end(parcel);
    return true;
  }

  /** The wire is cut: what was on its way is lost. */
  lose(): void {
    this.#queue.length = 0;
    this.#end(CUT);
  }

  #end({ code, reason }: Close): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.length = 0;
    this.#events?.closed(code, reason);
  }
}

/**
 * Two ends that carry messages to each other, whole and in order, when the test says so: nothing moves by itself, nothing
 * is lost but by a cut.
 *
 * @example
 * const wire = new WirePair<string>();
 * wire.right.listen({ message: (text) => wire.right.send(`echo ${text}`), closed: () => undefined });
 * wire.left.listen({ message: (text) => console.log(text), closed: () => undefined });
 * wire.left.send('hello');
 * wire.flush(); // echo hello
 */
export class WirePair<Message = string> {
  readonly left = new WireEnd<Message>();
  readonly right = new WireEnd<Message>();

  constructor() {
    this.left.join(this.right);
    this.right.join(this.left);
  }

  /** Lets up to `count` messages (a close counts as one) arrive at one side. The result says how many did. */
  deliver(to: Side, count = Infinity): number {
    let delivered = 0;
    while (delivered < count && this[to].take()) delivered += 1;
    return delivered;
  }

  /** Lets messages arrive on both sides, by turns, until none is on its way that is not held. Throws when that never ends. */
  flush(): void {
    let moved = 0;
    for (let round = 1; round > 0; moved += round) {
      if (moved > MOST_AT_ONCE) throw new Error(`the two ends answer each other for ever: ${MOST_AT_ONCE} messages`);
      round = this.deliver('right', 1) + this.deliver('left', 1);
    }
  }

  /** From now on nothing arrives at that side (without one: at both); it is kept. */
  hold(side?: Side): void {
    this.#sides(side).forEach((end) => (end.held = true));
  }

  /** Ends `hold`; what was kept arrives with the next `flush` or `deliver`. */
  release(side?: Side): void {
    this.#sides(side).forEach((end) => (end.held = false));
  }

  /** Cuts the wire: what is on its way is lost, and both ends are told at once, or only the side that is named. */
  cut(side?: Side): void {
    for (const end of this.#sides(side)) end.lose();
  }

  #sides(side: Side | undefined): WireEnd<Message>[] {
    return side === undefined ? [this.left, this.right] : [this[side]];
  }
}
