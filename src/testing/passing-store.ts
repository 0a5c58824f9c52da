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

  versions(...args: Parameters<Store['versions']>): ReturnType<Store['versions']> {
    return this.#inner.versions(...args);
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

  dueForCleanup(...args: Parameters<Store['dueForCleanup']>): ReturnType<Store['dueForCleanup']> {
    return this.#inner.dueForCleanup(...args);
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

  removedRev(...args: Parameters<Store['removedRev']>): ReturnType<Store['removedRev']> {
    return this.#inner.removedRev(...args);
  }

  counters(...args: Parameters<Store['counters']>): ReturnType<Store['counters']> {
    return this.#inner.counters(...args);
  }

  quarantine(...args: Parameters<Store['quarantine']>): ReturnType<Store['quarantine']> {
    return this.#inner.quarantine(...args);
  }

  quarantined(...args: Parameters<Store['quarantined']>): ReturnType<Store['quarantined']> {
    return this.#inner.quarantined(...args);
  }

  remnants(...args: Parameters<Store['remnants']>): ReturnType<Store['remnants']> {
    return this.#inner.remnants(...args);
  }

  snapshots(...args: Parameters<Store['snapshots']>): ReturnType<Store['snapshots']> {
    return this.#inner.snapshots(...args);
  }

  keepSnapshot(...args: Parameters<Store['keepSnapshot']>): ReturnType<Store['keepSnapshot']> {
    return this.#inner.keepSnapshot(...args);
  }

  reader(): ReturnType<Store['reader']> {
    return this.#inner.reader();
  }

  rewind(...args: Parameters<Store['rewind']>): ReturnType<Store['rewind']> {
    return this.#inner.rewind(...args);
  }

  setAside(...args: Parameters<Store['setAside']>): ReturnType<Store['setAside']> {
    return this.#inner.setAside(...args);
  }

  outbox(...args: Parameters<Store['outbox']>): ReturnType<Store['outbox']> {
    return this.#inner.outbox(...args);
  }

  markOutbox(...args: Parameters<Store['markOutbox']>): ReturnType<Store['markOutbox']> {
    return this.#inner.markOutbox(...args);
  }

  deadLetters(...args: Parameters<Store['deadLetters']>): ReturnType<Store['deadLetters']> {
    return this.#inner.deadLetters(...args);
  }

  logBytes(...args: Parameters<Store['logBytes']>): ReturnType<Store['logBytes']> {
    return this.#inner.logBytes(...args);
  }

  beginning(...args: Parameters<Store['beginning']>): ReturnType<Store['beginning']> {
    return this.#inner.beginning(...args);
  }

  adopt(...args: Parameters<Store['adopt']>): ReturnType<Store['adopt']> {
    return this.#inner.adopt(...args);
  }

  backup(...args: Parameters<Store['backup']>): ReturnType<Store['backup']> {
    return this.#inner.backup(...args);
  }

  probe(...args: Parameters<Store['probe']>): ReturnType<Store['probe']> {
    return this.#inner.probe(...args);
  }
}
