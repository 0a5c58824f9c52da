import type { Store } from '../store/store.ts';

/** Passes every call on to another store: what a store of a test differs in, it overrides. */
export class PassingStore implements Store {
  readonly #inner: Store;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  open(...args: Parameters<Store['open']>): ReturnType<Store['open']> {
    return this.#inner.open(...args);
  }

  close(...args: Parameters<Store['close']>): ReturnType<Store['close']> {
    return this.#inner.close(...args);
  }

  claim(...args: Parameters<Store['claim']>): ReturnType<Store['claim']> {
    return this.#inner.claim(...args);
  }

  append(...args: Parameters<Store['append']>): ReturnType<Store['append']> {
    return this.#inner.append(...args);
  }

  read(...args: Parameters<Store['read']>): ReturnType<Store['read']> {
    return this.#inner.read(...args);
  }

  readSnapshot(...args: Parameters<Store['readSnapshot']>): ReturnType<Store['readSnapshot']> {
    return this.#inner.readSnapshot(...args);
  }

  list(...args: Parameters<Store['list']>): ReturnType<Store['list']> {
    return this.#inner.list(...args);
  }

  get(...args: Parameters<Store['get']>): ReturnType<Store['get']> {
    return this.#inner.get(...args);
  }

  findInvite(...args: Parameters<Store['findInvite']>): ReturnType<Store['findInvite']> {
    return this.#inner.findInvite(...args);
  }

  acts(...args: Parameters<Store['acts']>): ReturnType<Store['acts']> {
    return this.#inner.acts(...args);
  }

  history(...args: Parameters<Store['history']>): ReturnType<Store['history']> {
    return this.#inner.history(...args);
  }

  due(...args: Parameters<Store['due']>): ReturnType<Store['due']> {
    return this.#inner.due(...args);
  }

  erase(...args: Parameters<Store['erase']>): ReturnType<Store['erase']> {
    return this.#inner.erase(...args);
  }

  prune(...args: Parameters<Store['prune']>): ReturnType<Store['prune']> {
    return this.#inner.prune(...args);
  }

  remove(...args: Parameters<Store['remove']>): ReturnType<Store['remove']> {
    return this.#inner.remove(...args);
  }

  wipe(...args: Parameters<Store['wipe']>): ReturnType<Store['wipe']> {
    return this.#inner.wipe(...args);
  }

  counters(...args: Parameters<Store['counters']>): ReturnType<Store['counters']> {
    return this.#inner.counters(...args);
  }

  probe(...args: Parameters<Store['probe']>): ReturnType<Store['probe']> {
    return this.#inner.probe(...args);
  }
}
