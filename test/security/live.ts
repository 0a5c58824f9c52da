import type { TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { createServer, jwtAuth, memoryStore, type Logger, type Server, type ServerOptions } from '../../src/server/index.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import { SECRET } from './tokens.ts';

export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string };
type Call = { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

const auth = jwtAuth({ secret: SECRET });

/** A server as strangers meet it: no development, nothing listed, every line of its log kept. */
export class LiveServer {
  readonly server: Server;
  readonly lines: string[];

  private constructor(server: Server, lines: string[]) {
    this.server = server;
    this.lines = lines;
  }

  static async start(t: TestContext, options: Partial<ServerOptions> = {}): Promise<LiveServer> {
    const lines: string[] = [];
    const keep = (fields: object, message: string): void => void lines.push(`${message} ${JSON.stringify(fields)}`);
    const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep };
    const server = createServer({ sessions: [tinyTabletop], store: memoryStore(), auth, port: 0, logger, ...options });
    await server.start();
    t.after(() => server.stop());
    return new LiveServer(server, lines);
  }

  get url(): string {
    return this.server.url;
  }

  token(sub: string, more: { name?: string } = {}): Promise<string> {
    return auth.issue({ sub, ...more }, 600);
  }

  /** A request with a person's credential. What is sent as a text goes as it is. */
  async as(sub: string, method: string, path: string, { body, headers = {} }: Call = {}): Promise<Answer> {
    return this.call(method, path, { body, headers: { authorization: `Bearer ${await this.token(sub)}`, ...headers } });
  }

  async call(method: string, path: string, { body, headers = {} }: Call = {}): Promise<Answer> {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const type = body === undefined || typeof body === 'string' ? {} : { 'content-type': 'application/json' };
    const response = await fetch(`${this.url}${path}`, { method, body: text ?? null, headers: { ...type, ...headers } });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** A table of somebody's; its id. */
  async table(owner: string, more: object = {}): Promise<string> {
    const { text } = await this.as(owner, 'POST', '/v1/sessions', { body: { type: 'tabletop', access: 'open', ...more } });
    return String(Object(JSON.parse(text)).session.id);
  }

  /** Opens a WebSocket with these headers, and says these frames: what came back, and how it ended. */
  socket(frames: readonly object[], headers: Readonly<Record<string, string>> = {}, path = '/v1/connect'): Promise<Talk> {
    const { promise, resolve } = Promise.withResolvers<Talk>();
    const socket = new WebSocket(`${this.url.replace('http', 'ws')}${path}`, 'holdfast.v1', { headers });
    const got: Talk = { status: 101, frames: [], code: 0, socket };
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve({ ...got, status: response.statusCode ?? 0 });
    });
    socket.on('error', () => undefined);
    socket.on('open', () => frames.forEach((frame) => socket.send(JSON.stringify(frame))));
    socket.on('message', (data: Buffer) => {
      const frame: unknown = JSON.parse(data.toString('utf8'));
      got.frames.push(Object(frame));
      if (Object(frame).t === 'tail') resolve(got);
    });
    socket.on('close', (code) => resolve({ ...got, code }));
    return promise;
  }
}

/** What came of a WebSocket. */
export type Talk = {
  readonly status: number;
  readonly frames: Record<string, unknown>[];
  readonly code: number;
  readonly socket: WebSocket;
};

export function hello(session: string, token: string | undefined, more: object = {}): object {
  return { t: 'hello', version: 1, session, ...(token === undefined ? {} : { token }), ...more };
}

/** The routes that a server describes, as `[method, path]`. */
export async function routesOf(live: LiveServer): Promise<[method: string, path: string][]> {
  const { paths } = JSON.parse((await live.call('GET', '/openapi.json')).text) as { paths: Record<string, object> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method): [string, string] => [method.toUpperCase(), path]),
  );
}
