import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpLimits } from './server-options.ts';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;
export type UpgradeHandler = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

// An `import` would read each of its exports, and some of them load all of fetch.
const { createServer } = process.getBuiltinModule('node:http');

const HTTP_LIMITS: HttpLimits = { maxHeaderBytes: 16 * 1024, headersTimeoutMs: 10_000, requestTimeoutMs: 30_000 };
const BACKLOG = 4_096;
const IDLE_SWEEP_MS = 20;
/** Most time between two looks at who is late, and how often there is one within a limit. */
const MOST_LATE_MS = 5_000;
const LOOKS = 4;

/** An HTTP server of our own that listens. */
export class HttpListener {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Resolves once it listens; rejects with a sentence that says what to do. */
  static async listen(
    host: string,
    port: number,
    request: RequestHandler,
    upgrade: UpgradeHandler,
    limits: Partial<HttpLimits> = {},
  ): Promise<HttpListener> {
    const { maxHeaderBytes, headersTimeoutMs, requestTimeoutMs } = { ...HTTP_LIMITS, ...limits };
    const server = createServer(
      {
        maxHeaderSize: maxHeaderBytes,
        headersTimeout: headersTimeoutMs,
        requestTimeout: requestTimeoutMs,
        // Node looks every 30 seconds, whatever the limits: who is late would stay for so much longer.
        connectionsCheckingInterval: Math.min(MOST_LATE_MS, Math.ceil(Math.min(headersTimeoutMs, requestTimeoutMs) / LOOKS)),
        // Other upgrades (as to HTTP/2) are only offers: their requests are answered as they stand.
        shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
      },
      request,
    );
    server.on('upgrade', upgrade);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new Error(sayWhy(error, host, port), { cause: error })));
      server.listen({ host, port, backlog: BACKLOG }, resolve);
    });
    return new HttpListener(server, urlOf(server, host));
  }

  /** Takes no new connections; what is being answered may finish until `cut`. Resolves when all are gone. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      // Node keeps a connection that falls idle only now until its keep-alive time is over.
      const sweep = setInterval(() => this.#server.closeIdleConnections(), IDLE_SWEEP_MS);
      this.#server.close(() => {
        clearInterval(sweep);
        resolve();
      });
    });
  }

  /** Ends every HTTP connection now. */
  cut(): void {
    this.#server.closeAllConnections();
  }
}

/** The address at which a listening server is reached. */
export function urlOf(server: Server, host: string): string {
  const address: AddressInfo | string | null = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function sayWhy(error: Error, host: string, port: number): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use by another program: stop it or choose another port.`;
  if (code === 'EACCES') return `This user may not listen on port ${port}: choose one above 1023.`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine: choose another host.`;
  return `Cannot listen on ${host}:${port}: ${error.message}`;
}

/**
 * Puts our routes in front of those of a server that already exists: requests below the prefix are ours, all others go
 * where they went before. The result takes ours out again.
 */
export function mountOn(server: Server, prefix: string, request: RequestHandler, upgrade: UpgradeHandler): () => void {
  const before = server.listeners('request');
  server.removeAllListeners('request');
  const onRequest: RequestHandler = (incoming, response) => {
    if (isBelow(incoming.url, prefix)) request(incoming, response);
    else for (const listener of before) Reflect.apply(listener, server, [incoming, response]);
  };
  const onUpgrade: UpgradeHandler = (incoming, socket, head) => {
    if (isBelow(incoming.url, prefix)) upgrade(incoming, socket, head);
    else if (server.listenerCount('upgrade') === 1) socket.destroy();
  };
  server.on('request', onRequest);
  server.on('upgrade', onUpgrade);
  return () => {
    server.off('request', onRequest);
    server.off('upgrade', onUpgrade);
    for (const listener of before) Reflect.apply(server.on, server, ['request', listener]);
  };
}

/** True for a URL whose path is the prefix or lies below it. */
export function isBelow(url: string | undefined, prefix: string): boolean {
  if (prefix === '') return true;
  const path = (url ?? '/').split('?', 1)[0] ?? '/';
  return path === prefix || path.startsWith(`${prefix}/`);
}
