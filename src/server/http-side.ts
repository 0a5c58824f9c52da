import type { RequestHandler } from './http-listener-adapter.ts';
import type { Below, HttpAppOptions } from './http-app.ts';
import type { ServerRoutesOptions } from './server-routes.ts';

export type HttpSideOptions = Omit<HttpAppOptions, 'routes'> & { readonly routes: ServerRoutesOptions };

type Loaded = { fetch(request: Request, below: Below): Response | Promise<Response>; readonly listener: RequestHandler };

/**
 * The HTTP side of a server. Routes, their schemas and what is below them are loaded with the first request that comes:
 * that is half of what a start would load, and a server that comes back has clients to take in, none of whom needs it.
 */
export class HttpSide {
  readonly #options: HttpSideOptions;
  #loading: Promise<Loaded> | undefined;

  constructor(options: HttpSideOptions) {
    this.#options = options;
  }

  async fetch(request: Request): Promise<Response> {
    return (await this.#loaded()).fetch(request, {});
  }

  readonly handle: RequestHandler = (request, response) => {
    this.#loaded().then(
      ({ listener }) => listener(request, response),
      (error: unknown) => {
        this.#options.logger.error({ err: error }, 'the HTTP routes could not be loaded');
        response.destroy();
      },
    );
  };

  #loaded(): Promise<Loaded> {
    this.#loading ??= load(this.#options);
    return this.#loading;
  }
}

async function load({ routes, ...options }: HttpSideOptions): Promise<Loaded> {
  const [{ getRequestListener }, { createHttpApp }, { serverRoutes }] = await Promise.all([
    import('@hono/node-server'),
    import('./http-app.ts'),
    import('./server-routes.ts'),
  ]);
  const app = createHttpApp({ ...options, routes: serverRoutes(routes) });
  const fetch: Loaded['fetch'] = (request, below) => app.fetch(request, below);
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  return { fetch, listener: (request, response) => void listener(request, response) };
}
