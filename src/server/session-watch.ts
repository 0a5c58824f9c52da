import type { SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import type { CatalogueRow } from '../store/store.ts';
import { Discovery, type DiscoverySessions } from './discovery.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { matchesFilter, sessionJson, type SessionFilter, type SessionJson } from './session-json.ts';

/** What a watcher is told, in order. */
export type WatchMessage =
  | { readonly event: 'reset'; readonly rev: number; readonly data: { readonly sessions: readonly SessionJson[]; readonly rev: number } }
  | { readonly event: 'change'; readonly rev: number; readonly data: SessionJson }
  | { readonly event: 'remove'; readonly rev: number; readonly data: { readonly id: SessionId; readonly rev: number } };

/** What a watch needs of the sessions. */
export type WatchedSessions = Pick<HostedSessions, 'list' | 'removedRev' | 'watchCatalogue'> & DiscoverySessions;

const MOST_ROWS = 1_000;
const MOST_WAITING = 1_000;

/**
 * A filtered, live list of sessions for one watcher: the whole list first, or what changed since a rev, then every change
 * once it is durable. A watcher that falls behind gets the newest state of each session, or the whole list again: what
 * waits for it is bounded.
 */
export class SessionWatch {
  readonly #sessions: WatchedSessions;
  readonly #filter: SessionFilter;
  readonly #discovery: Discovery;
  /** The rev last told of every session that the watcher has. */
  readonly #shown = new Map<SessionId, number>();
  readonly #waiting = new Map<SessionId, CatalogueRow>();
  readonly #unwatch: () => void;
  #afterRev: number | undefined;
  #needsList = true;
  /** False after resuming: the watcher may have sessions that are not in `#shown`. */
  #knowsAll = true;
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(sessions: WatchedSessions, filter: SessionFilter, caller: Identity, afterRev?: number) {
    this.#sessions = sessions;
    this.#filter = filter;
    this.#discovery = new Discovery(sessions, caller, filter);
    this.#afterRev = afterRev;
    // Listening begins before the list is read, so that nothing falls between the two.
    this.#unwatch = sessions.watchCatalogue((row) => this.#take(row));
  }

  close(): void {
    this.#closed = true;
    this.#unwatch();
    this.#wake?.();
  }

  /** What is to be sent next; waits until there is something. Empty once closed. */
  async next(): Promise<readonly WatchMessage[]> {
    while (!this.#closed) {
      const messages = this.#needsList ? await this.#begin() : await this.#drain();
      if (messages.length > 0) return messages;
      await this.#somethingNew();
    }
    return [];
  }

  #take(row: CatalogueRow): void {
    this.#waiting.set(row.session, row);
    if (this.#waiting.size > MOST_WAITING) {
      this.#waiting.clear();
      this.#startAnew();
    }
    this.#wake?.();
  }

  #somethingNew(): Promise<void> {
    if (this.#closed || this.#needsList || this.#waiting.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }

  async #begin(): Promise<readonly WatchMessage[]> {
    this.#needsList = false;
    const since = this.#afterRev === undefined ? undefined : await this.#changedSince(this.#afterRev);
    if (since !== undefined) return since;
    const removedRev = await this.#sessions.removedRev();
    const rows = await this.#sessions.list({ ...this.#filter, ...(await this.#discovery.narrowing()), limit: MOST_ROWS });
    this.#knowsAll = true;
    this.#shown.clear();
    for (const row of rows) this.#shown.set(row.session, row.rev);
    const rev = rows.reduce((highest, row) => Math.max(highest, row.rev), removedRev);
    return [{ event: 'reset', rev, data: { sessions: rows.map(sessionJson), rev } }];
  }

  /** Undefined when only the whole list is right: too much changed, a session was removed, or something changed that this caller may not see. */
  async #changedSince(rev: number): Promise<readonly WatchMessage[] | undefined> {
    const rows = await this.#sessions.list({ afterRev: rev, limit: MOST_ROWS });
    if (rows.length >= MOST_ROWS || (await this.#sessions.removedRev()) > rev) return undefined;
    const seen = await Promise.all(rows.map((row) => this.#discovery.lists(row)));
    if (seen.includes(false)) return undefined;
    this.#knowsAll = false;
    return rows.map((row) => (matchesFilter(row, this.#filter) ? this.#change(row) : this.#remove(row)));
  }

  async #drain(): Promise<readonly WatchMessage[]> {
    const rows = [...this.#waiting.values()];
    this.#waiting.clear();
    const messages: WatchMessage[] = [];
    for (const row of rows) {
      const shown = this.#shown.get(row.session);
      if (shown !== undefined && row.rev <= shown) continue;
      const maySee = await this.#discovery.lists(row);
      if (maySee && matchesFilter(row, this.#filter)) messages.push(this.#change(row));
      else if (shown !== undefined || (!this.#knowsAll && maySee)) messages.push(this.#remove(row));
      else if (!this.#knowsAll) this.#startAnew();
    }
    return messages;
  }

  #startAnew(): void {
    this.#needsList = true;
    this.#afterRev = undefined;
  }

  #change(row: CatalogueRow): WatchMessage {
    this.#shown.set(row.session, row.rev);
    return { event: 'change', rev: row.rev, data: sessionJson(row) };
  }

  #remove(row: CatalogueRow): WatchMessage {
    this.#shown.delete(row.session);
    return { event: 'remove', rev: row.rev, data: { id: row.session, rev: row.rev } };
  }
}
