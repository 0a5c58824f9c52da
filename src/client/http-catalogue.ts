import { CatalogueWatch, type WatchListener } from './catalogue-watch.ts';
import { Http } from './http.ts';
import type { CataloguePorts, SessionCatalogue } from './session-catalogue.ts';
import type { CreateSession, ListFilter, SessionFilter, SessionInfo, SessionPage, MissedPage, MissedRange } from './session-info.ts';

/** The sessions of a server, by its HTTP routes. */
export class HttpCatalogue implements SessionCatalogue {
  readonly #ports: CataloguePorts;
  readonly #http: Http;

  constructor(ports: CataloguePorts) {
    this.#ports = ports;
    this.#http = new Http(ports);
  }

  create(type: string, request: CreateSession = {}): Promise<SessionInfo> {
    return this.#one('sessions', { type, ...request });
  }

  async list(filter: ListFilter = {}): Promise<SessionPage> {
    // The server's answers are of the documented form.
    return Object(await this.#http.json('sessions', { parameters: filter }));
  }

  get(id: string): Promise<SessionInfo> {
    return this.#one(routeOf(id));
  }

  async missed(id: string, range: MissedRange): Promise<MissedPage> {
    return Object(await this.#http.json(`${routeOf(id)}/messages`, { parameters: range }));
  }

  async end(id: string, reason?: string): Promise<void> {
    await this.#http.json(`${routeOf(id)}/end`, { body: { reason } });
  }

  watch(filter: SessionFilter, listener: WatchListener): () => void {
    const watch = new CatalogueWatch(this.#ports, this.#http, filter, listener);
    return () => watch.stop();
  }

  async #one(route: string, body?: object): Promise<SessionInfo> {
    return Object(await this.#http.json(route, body === undefined ? {} : { body })).session;
  }
}

function routeOf(id: string): string {
  return `sessions/${encodeURIComponent(id)}`;
}
