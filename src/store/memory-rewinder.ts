import type { Seq, SessionId } from '../protocol/ids.ts';
import { encodeChunk } from './event-chunk.ts';
import { headSeq, link, type Log } from './memory-log.ts';
import type { Quarantine, Remnant, Rewind, SetAside } from './store-recovery.ts';

/** Quarantine marks of a memory store, and logs that are taken back. */
export class MemoryRewinder {
  readonly #logs: ReadonlyMap<SessionId, Log>;
  readonly #marks = new Map<SessionId, Quarantine>();
  readonly #aside = new Map<SessionId, SetAside[]>();

  constructor(logs: ReadonlyMap<SessionId, Log>) {
    this.#logs = logs;
  }

  quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): boolean {
    if (!this.#logs.has(session)) return false;
    if (mark === null) this.#marks.delete(session);
    else this.#marks.set(session, { session, ...mark });
    return true;
  }

  quarantined(): Quarantine[] {
    return [...this.#marks.values()].toSorted((a, b) => a.at - b.at);
  }

  remnants(session: SessionId, after: Seq): Remnant[] {
    const events = this.#logs.get(session)?.events ?? [];
    return events.filter(({ seq }) => seq > after).map(({ seq, header }) => ({ seq, header }));
  }

  setAside(session: SessionId): SetAside[] {
    return [...(this.#aside.get(session) ?? [])];
  }

  forget(session: SessionId): void {
    this.#marks.delete(session);
    this.#aside.delete(session);
  }

  /** Takes the log back and appends the event; false where it is not as the request says. */
  rewind(log: Log, { epoch, expectedSeq, to, toHash, logId, event, at }: Rewind): boolean {
    const kept = to - log.base.seq;
    const hash = kept === 0 ? log.base.hash : log.events[kept - 1]?.hash;
    if (log.epoch !== epoch || headSeq(log) !== expectedSeq || kept < 0 || hash !== toHash) return false;
    const gone = log.events.slice(kept);
    if (gone.length > 0) {
      const { data } = encodeChunk(
        toHash,
        gone.map(({ header, content = '' }) => ({ header, content })),
      );
      this.#aside.set(log.session, [...this.setAside(log.session), { logId: log.logId, firstSeq: to + 1, data, at }]);
    }
    log.events = log.events.slice(0, kept);
    log.snapshots = log.snapshots.filter(({ seq }) => seq <= to);
    log.logId = logId;
    log.events.push(link(log, event));
    this.#marks.delete(log.session);
    return true;
  }
}
