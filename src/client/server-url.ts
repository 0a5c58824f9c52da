/** Builds the addresses of one server, wherever it is mounted: `https://host`, `wss://host/prefix`, or relative to the page. */
export class ServerUrl {
  readonly #base: string;

  constructor(url: string) {
    const page = typeof location === 'undefined' ? undefined : location.href;
    this.#base = new URL(url, page).href.replace(/[?#].*$/, '').replace(/\/+$/, '');
  }

  /** Address of a route; parameters that are undefined are left out. */
  http(route: string, parameters: Readonly<Record<string, string | number | boolean | undefined>> = {}): string {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
    const text = query.toString();
    return `${this.#base.replace(/^ws/, 'http')}/v1/${route}${text === '' ? '' : `?${text}`}`;
  }

  webSocket(): string {
    return `${this.#base.replace(/^http/, 'ws')}/v1/connect`;
  }
}
