import type { Seq, SessionId } from '../../protocol/ids.ts';
import { MemoryStore } from '../../store/memory-store.ts';
import type { AppendEntry, AppendResult, CatalogueRow } from '../../store/store.ts';

/** One change of what is stored, to be made again whenever it has to be. */
type Write =
  | { readonly kind: 'append'; readonly entries: readonly AppendEntry[] }
  | { readonly kind: 'other'; readonly make: (store: MemoryStore) => Promise<unknown> };

/** An event that is there no more. */
export type LostEvent = { readonly session: SessionId; readonly seq: Seq };

/**
 * What is written on a disk: all changes in order, and what they come to. A disk that forgets has the same changes but for the
 * forgotten ones, made anew.
 */
export class Platter {
  #store = new MemoryStore();
  #writes: Write[] = [];
  /** So many of the writes survive whatever happens. */
  #synced = 0;

  /** To be read only. */
  get store(): MemoryStore {
    return this.#store;
  }

  /** Writes that a power cut may take. */
  get unsynced(): number {
    return this.#writes.length - this.#synced;
  }

  async open(): Promise<void> {
    await this.#store.open();
  }

  append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    this.#writes.push({ kind: 'append', entries });
    return this.#store.append(entries);
  }

  write<T>(make: (store: MemoryStore) => Promise<T>): Promise<T> {
    this.#writes.push({ kind: 'other', make });
    return make(this.#store);
  }

  sync(): void {
    this.#synced = this.#writes.length;
  }

  /** The power is cut: of what was not synced only so many of the first writes stay. */
  async keepUnsynced(kept: number): Promise<LostEvent[]> {
    if (kept >= this.unsynced) return [];
    return this.#become(this.#writes.slice(0, this.#synced + kept));
  }

  /** Takes a log back to `to`, with everything that came of later events, as if they had never been written. */
  async forgetAfter(session: SessionId, to: Seq): Promise<LostEvent[]> {
    const lost = await this.#become(this.#writes.map((write) => withoutLater(write, session, to)));
    this.sync();
    return lost;
  }

  async heads(): Promise<ReadonlyMap<SessionId, CatalogueRow>> {
    const rows = await this.#store.list({ limit: 1_000 });
    return new Map(rows.map((row) => [row.session, row]));
  }

  /** Makes these writes instead, and tells what is missing then. */
  async #become(writes: Write[]): Promise<LostEvent[]> {
    const before = await this.heads();
    const fresh = new MemoryStore();
    await fresh.open();
    for (const write of writes) {
      if (write.kind === 'append') await fresh.append(write.entries);
      else await write.make(fresh);
    }
    this.#store = fresh;
    this.#writes = writes;
    this.#synced = Math.min(this.#synced, writes.length);
    const after = await this.heads();
    return [...before].flatMap(([session, { headSeq }]) => {
      const stays = after.get(session)?.headSeq ?? 0;
      return Array.from({ length: Math.max(0, headSeq - stays) }, (_, index) => ({ session, seq: stays + 1 + index }));
    });
  }
}

/** What follows on a missing event is refused by the store by itself. */
function withoutLater(write: Write, session: SessionId, to: Seq): Write {
  if (write.kind !== 'append') return write;
  const entries = write.entries.map((entry) => {
    const kept = to - entry.expectedSeq;
    if (entry.session !== session || kept >= entry.events.length) return entry;
    const side = (entry.side ?? []).filter((each) => !('seq' in each) || each.seq <= to);
    return kept <= 0 ? undefined : { ...entry, events: entry.events.slice(0, kept), side };
  });
  return { kind: 'append', entries: entries.filter((entry) => entry !== undefined) };
}
