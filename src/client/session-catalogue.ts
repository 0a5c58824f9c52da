import type { JsonValue } from '../protocol/json.ts';
import { CatalogueWatch, type WatchListener, type WatchPorts } from './catalogue-watch.ts';
import { HoldfastError } from './holdfast-error.ts';
import type { CreateSession, ListFilter, SessionFilter, SessionInfo, SessionPage } from './session-info.ts';

/** The sessions of a server: made, found, followed and ended. Every call rejects with a `HoldfastError`. */
export class SessionCatalogue {
  readonly #ports: WatchPorts;
  readonly #watches = new Set<CatalogueWatch>();

  constructor(ports: WatchPorts) {
    this.#ports = ports;
  }

  /** Makes a session of this type; who makes it owns it. Join it with its `id`. */
  async create(type: string, request: CreateSession = {}): Promise<SessionInfo> {
    return sessionIn(await this.#ports.http.post('sessions', { type, ...request }));
  }

  async list(filter: ListFilter = {}): Promise<SessionPage> {
    const page = await this.#ports.http.get('sessions', filter);
    if (!isPage(page)) throw unreadable();
    return page;
  }

  async get(id: string): Promise<SessionInfo> {
    return sessionIn(await this.#ports.http.get(`sessions/${encodeURIComponent(id)}`));
  }

  /** Ends a session for everyone, for good. */
  async end(id: string, reason?: JsonValue): Promise<void> {
    await this.#ports.http.post(`sessions/${encodeURIComponent(id)}/end`, reason === undefined ? {} : { reason });
  }

  /**
   * Calls `listener` with the whole list of matching sessions, newest first, now and whenever it changes, and with whether
   * it is up to date (`live`) or the connection is being restored (`waiting`). The result stops it.
   */
  watch(filter: SessionFilter, listener: WatchListener): () => void {
    const watch = new CatalogueWatch(this.#ports, filter, listener);
    this.#watches.add(watch);
    return () => {
      watch.stop();
      this.#watches.delete(watch);
    };
  }

  /** Stops every watch. */
  close(): void {
    for (const watch of this.#watches) watch.stop();
    this.#watches.clear();
  }
}

function sessionIn(answer: unknown): SessionInfo {
  const session: unknown = Object(answer).session;
  if (!isSessionInfo(session)) throw unreadable();
  return session;
}

function isSessionInfo(value: unknown): value is SessionInfo {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string';
}

function isPage(value: unknown): value is SessionPage {
  return typeof value === 'object' && value !== null && 'sessions' in value && Array.isArray(value.sessions);
}

function unreadable(): HoldfastError {
  return new HoldfastError('internal', 'The server’s answer has another form than this client knows; are both of the same version?');
}
