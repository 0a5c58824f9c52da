import type { Seq } from '../protocol/ids.ts';
import type { ViewId } from '../protocol/ports.ts';
import type { Stream } from './stream.ts';

/** The streams of one session, and which of them share a view. */
export class Audience {
  readonly #streams = new Set<Stream>();
  readonly #views = new Map<ViewId, Set<Stream>>();
  /** Everything up to here was written to every stream that has a view. */
  upTo: Seq = 0;

  get size(): number {
    return this.#streams.size;
  }

  get streams(): Iterable<Stream> {
    return this.#streams;
  }

  add(stream: Stream): void {
    this.#streams.add(stream);
  }

  remove(stream: Stream): void {
    this.show(stream, null);
    this.#streams.delete(stream);
  }

  /** Gives a stream another view (null: none). */
  show(stream: Stream, view: ViewId | null): void {
    if (stream.view !== null) this.#leaveView(stream, stream.view);
    stream.view = view;
    if (view === null) return;
    const viewers = this.#views.get(view);
    if (viewers === undefined) this.#views.set(view, new Set([stream]));
    else viewers.add(stream);
  }

  viewers(view: ViewId): ReadonlySet<Stream> | undefined {
    return this.#views.get(view);
  }

  #leaveView(stream: Stream, view: ViewId): void {
    const viewers = this.#views.get(view);
    viewers?.delete(stream);
    if (viewers?.size === 0) this.#views.delete(view);
  }
}
