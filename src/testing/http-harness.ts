import type { TestContext } from 'node:test';
import type { JsonObject } from '../protocol/json.ts';
import { createTestServer, type TestServer, type TestServerOptions } from './create-test-server.ts';
import { requestOver } from './request-adapter.ts';
import { tinyTabletop } from './tiny-tabletop.ts';

export type Call = { readonly token?: string; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };
/** A session as a listing shows it. */
type Listed = { readonly name: string };

export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly json: JsonObject };

/** A running server and a way to speak HTTP with it, for tests of routes. */
export class HttpHarness {
  readonly live: TestServer;

  private constructor(live: TestServer) {
    this.live = live;
  }

  /** Serves the tiny tabletop until the test ends. */
  static async start(t: TestContext, options: Partial<TestServerOptions> = {}): Promise<HttpHarness> {
    const live = await createTestServer({ sessions: [tinyTabletop], ...options });
    t.after(() => live.stop());
    return new HttpHarness(live);
  }

  /** One request; what is sent as a string goes out as it is, everything else as JSON. */
  async call(method: string, path: string, { token, body, headers = {} }: Call = {}): Promise<Answer> {
    const response = await requestOver(`${this.live.url}${path}`, {
      method,
      body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
    return { status: response.status, headers: response.headers, text, json: isJson && text !== '' ? JSON.parse(text) : {} };
  }

  /** The code of a refused request. */
  async refusal(method: string, path: string, call?: Call): Promise<[status: number, code: unknown]> {
    const { status, json } = await this.call(method, path, call);
    return [status, Object(json['error']).code];
  }

  async token(name: string): Promise<string> {
    return (await this.live.signIn(name)).token;
  }

  /** Creates a session and gives its id. */
  async create(token: string, more: JsonObject = {}): Promise<string> {
    const { json } = await this.call('POST', '/v1/sessions', { token, body: { type: 'tabletop', access: 'open', ...more } });
    return String(Object(json['session']).id);
  }

  /** The names of the sessions in a listing's answer. */
  async names(token: string, query = ''): Promise<string[]> {
    const { json } = await this.call('GET', `/v1/sessions${query}`, { token });
    return (json['sessions'] as Listed[]).map(({ name }) => name);
  }
}
