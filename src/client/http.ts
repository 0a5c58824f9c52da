import type { JsonValue } from '../protocol/json.ts';
import type { Fetch } from './fetch-adapter.ts';
import { HoldfastError, isCode } from './holdfast-error.ts';
import type { ServerUrl } from './server-url.ts';
import type { TokenSource } from './token-source.ts';

export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>;
type Call = {
  readonly method: 'GET' | 'POST';
  readonly parameters?: Parameters;
  readonly body?: object;
  readonly signal?: AbortSignal;
  readonly accept?: string;
};

/** Requests to the server's routes, with the credential. Every failure is a `HoldfastError`. */
export class Http {
  readonly #url: ServerUrl;
  readonly #fetch: Fetch;
  readonly #tokens: TokenSource;

  constructor(url: ServerUrl, fetch: Fetch, tokens: TokenSource) {
    this.#url = url;
    this.#fetch = fetch;
    this.#tokens = tokens;
  }

  get(route: string, parameters: Parameters = {}): Promise<JsonValue> {
    return this.#json(route, { method: 'GET', parameters });
  }

  post(route: string, body: object): Promise<JsonValue> {
    return this.#json(route, { method: 'POST', body });
  }

  /** Opens an event stream. */
  stream(route: string, parameters: Parameters, signal: AbortSignal): Promise<Response> {
    return this.#request(route, { method: 'GET', parameters, signal, accept: 'text/event-stream' });
  }

  async #json(route: string, call: Call): Promise<JsonValue> {
    const response = await this.#request(route, call);
    const text = await response.text().catch((cause: unknown) => Promise.reject(lost(cause)));
    return parse(text);
  }

  async #request(route: string, call: Call): Promise<Response> {
    const token = await this.#token();
    const response = await this.#send(route, call, token);
    if (response.ok) return response;
    const error = await errorOf(response);
    if (error.then !== 'sign-in') throw error;
    const renewed = await this.#tokens.renew(token);
    if (renewed === undefined) throw error;
    const again = await this.#send(route, call, renewed);
    if (!again.ok) throw await errorOf(again);
    return again;
  }

  async #token(): Promise<string> {
    try {
      return await this.#tokens.get();
    } catch (cause) {
      throw new HoldfastError('unavailable', 'The token function failed.', { cause });
    }
  }

  async #send(route: string, call: Call, token: string): Promise<Response> {
    const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: call.accept ?? 'application/json' };
    if (call.body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await this.#fetch(this.#url.http(route, call.parameters), {
        method: call.method,
        headers,
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        ...(call.signal !== undefined && { signal: call.signal }),
      });
    } catch (cause) {
      throw lost(cause);
    }
  }
}

function lost(cause: unknown): HoldfastError {
  return new HoldfastError('unavailable', 'The server could not be reached; check the connection and try again.', { cause });
}

function parse(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new HoldfastError('internal', 'The server’s answer could not be read; is this the address of a Holdfast server?', { cause });
  }
}

/** What a refusal says; an answer that is none of the server's own (a proxy's, for example) goes by its status. */
async function errorOf(response: Response): Promise<HoldfastError> {
  const text = await response.text().catch(() => '');
  try {
    const answer: unknown = JSON.parse(text);
    const { error } = answer as { error?: { code?: unknown; message?: string; details?: JsonValue } };
    if (isCode(error?.code)) return new HoldfastError(error.code, error.message, error);
  } catch {
    // Not JSON: goes by its status.
  }
  return new HoldfastError(codeOfStatus(response.status), `The server answered ${response.status} ${response.statusText}`.trim());
}

function codeOfStatus(status: number): 'unauthenticated' | 'forbidden' | 'not-found' | 'unavailable' | 'bad-request' {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  if (status === 404) return 'not-found';
  return status >= 500 || status === 429 || status === 408 ? 'unavailable' : 'bad-request';
}
