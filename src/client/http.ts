import type { Code } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Fetch } from './fetch-adapter.ts';
import type { HoldfastError } from './holdfast-error.ts';
import type { TokenSource } from './token-source.ts';

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;
type Call = {
  readonly parameters?: Parameters;
  readonly body?: object;
  readonly signal?: AbortSignal;
  /** Goes without a credential. */
  readonly anonymous?: boolean;
};

export type HttpPorts = {
  readonly root: string;
  readonly fetch: Fetch;
  readonly tokens: TokenSource;
  /** Handed in, so that this code, which is loaded later, shares no file with the client's core. */
  readonly Failure: typeof HoldfastError;
};

/** Requests to the server's routes, with the credential. Every failure is a `HoldfastError`. */
export class Http {
  readonly #Failure: typeof HoldfastError;
  readonly #root: string;
  readonly #fetch: Fetch;
  readonly #tokens: TokenSource;

  constructor({ root, fetch, tokens, Failure }: HttpPorts) {
    this.#Failure = Failure;
    this.#root = root;
    this.#fetch = fetch;
    this.#tokens = tokens;
  }

  /** The answer to a GET, or to a POST when there is a body. */
  async json(route: string, call: Call): Promise<JsonValue> {
    const response = await this.open(route, call);
    return this.#reach(() => response.json());
  }

  /** The same, its body not read yet. */
  async open(route: string, call: Call): Promise<Response> {
    for (let renewed = false; ; renewed = true) {
      const token = call.anonymous ? '' : await this.#reach(() => this.#tokens.get());
      const response = await this.#reach(() => this.#send(route, call, token));
      if (response.ok) return response;
      const error = await this.#errorOf(response);
      const again = error.then === 'sign-in' && !renewed && !call.anonymous && (await this.#reach(() => this.#tokens.renew(token)));
      if (again === false || again === undefined) throw error;
    }
  }

  #send(route: string, { parameters, body, signal }: Call, token: string): Promise<Response> {
    const headers = { 'content-type': 'application/json', ...(token !== '' && { authorization: `Bearer ${token}` }) };
    const init = body === undefined ? { headers } : { headers, method: 'POST', body: JSON.stringify(body) };
    return this.#fetch(this.#root + route + queryOf(parameters), signal === undefined ? init : { ...init, signal });
  }

  /** What cannot be had now can be tried again. */
  async #reach<T>(what: () => Promise<T>): Promise<T> {
    try {
      return await what();
    } catch (cause) {
      throw new this.#Failure('unavailable', `The server could not be reached, or not understood: ${String(cause)}`, { cause });
    }
  }

  /** What a refusal says; an answer that is none of the server's own (a proxy's, for example) goes by its status. */
  async #errorOf(response: Response): Promise<HoldfastError> {
    const { status } = response;
    const byStatus: Code = status === 401 ? 'unauthenticated' : status >= 500 || status === 429 ? 'unavailable' : 'bad-request';
    const answer: unknown = await response.json().catch(() => undefined);
    const error: { code?: Code; message?: string; details?: JsonValue } = Object(Object(answer).error);
    return new this.#Failure(error.code ?? byStatus, error.message ?? `The server answered ${status}.`, error);
  }
}

/** Parameters that are undefined are left out. */
function queryOf(parameters: Parameters = {}): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
