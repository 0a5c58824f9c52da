import type { Seq, SessionId } from '../protocol/ids.ts';
import { contentHash } from './chain-hash.ts';
import { headHash, headSeq, type Log } from './memory-log.ts';
import type { MemorySide } from './memory-side.ts';
import { isMeant } from './meant-events.ts';
import { countersOf } from './session-tally.ts';
import type { ErasedEvents, EraseResult, PruneResult, RemovalOptions, RemovalResult, StoreCounters } from './store-removal.ts';

/** How content goes from a memory store, and the counters of it. */
export class MemoryRemover {
  readonly #logs: Map<SessionId, Log>;
  readonly #side: MemorySide;
  readonly #archives = new Set<SessionId>();
  readonly #counters: { -readonly [Name in keyof StoreCounters]: number } = { created: 0, live: 0, ended: 0, archived: 0, deleted: 0 };

  constructor(logs: Map<SessionId, Log>, side: MemorySide) {
    this.#logs = logs;
    this.#side = side;
  }

  created(status: string): void {
    this.#counters.created += 1;
    this.#count(status, 1);
  }

  /** A session came from elsewhere, or back from an archive. */
  adopted(session: SessionId, status: string): void {
    if (this.#archives.delete(session)) this.#counters.archived -= 1;
    else this.#counters.created += 1;
    this.#count(status, 1);
  }

  changed(before: string, after: string): void {
    this.#count(before, -1);
    this.#count(after, 1);
  }

  isArchived(session: SessionId): boolean {
    return this.#archives.has(session);
  }

  counters(): StoreCounters {
    return { ...this.#counters };
  }

  erase(session: SessionId, events: ErasedEvents): EraseResult {
    const log = this.#logs.get(session);
    if (log === undefined) return { outcome: 'missing' };
    const upTo = log.snapshots[0]?.seq;
    const last = 'who' in events ? 0 : events.reduce((most, seq) => Math.max(most, seq), 0);
    if (upTo === undefined || upTo < last) return { outcome: 'no-snapshot' };
    const meant = isMeant(events, upTo);
    let erased = 0;
    log.snapshots = log.snapshots.slice(0, 1);
    log.events = log.events.map((event) => {
      if (event.content === undefined || !meant(event.seq, event.header)) return event;
      erased += 1;
      return { ...event, content: undefined, contentHash: contentHash(event.content) };
    });
    return { outcome: 'ok', erased, upTo };
  }

  prune(session: SessionId, below: Seq): PruneResult {
    const log = this.#logs.get(session);
    if (log === undefined) return { outcome: 'missing' };
    const old = log.base.seq;
    const base = Math.min(below - 1, headSeq(log));
    if (base <= old) return { outcome: 'ok', base: old, removed: 0 };
    const newest = log.snapshots[0];
    if (newest === undefined || newest.seq < base) return { outcome: 'no-snapshot' };
    const hash = log.events[base - old - 1]?.hash ?? headHash(log);
    log.base = { seq: base, hash };
    log.events = log.events.slice(base - old);
    log.snapshots = log.snapshots.filter(({ seq }) => seq >= base);
    return { outcome: 'ok', base, removed: base - old };
  }

  remove(session: SessionId, { onlyAt, as = 'deleted', history = false }: RemovalOptions): RemovalResult {
    const log = this.#logs.get(session);
    if (log !== undefined && onlyAt !== undefined) {
      const { epoch, seq, hash } = onlyAt;
      if (log.epoch !== epoch || headSeq(log) !== seq || headHash(log) !== hash) return { outcome: 'changed' };
    }
    const isGone = log === undefined ? as === 'deleted' && this.#forgetArchive(session) : this.#removeStored(log, as);
    const hadHistory = history && this.#side.forgetHistory(session);
    return { outcome: isGone || hadHistory ? 'ok' : 'missing' };
  }

  #removeStored({ session, fields }: Log, as: 'archived' | 'deleted'): boolean {
    this.#count(fields.status, -1);
    this.#counters[as] += 1;
    if (as === 'archived') this.#archives.add(session);
    this.#side.forget(session);
    return this.#logs.delete(session);
  }

  #forgetArchive(session: SessionId): boolean {
    if (!this.#archives.delete(session)) return false;
    this.#counters.archived -= 1;
    this.#counters.deleted += 1;
    return true;
  }

  #count(status: string, change: number): void {
    for (const name of countersOf(status)) this.#counters[name] += change;
  }
}
