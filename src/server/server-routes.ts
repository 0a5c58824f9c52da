import { z } from 'zod';
import type { Connections } from '../connection/connections.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import type { DevAuth } from './dev-auth.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { serverMetrics } from './metrics.ts';
import { describeRoutes } from './openapi.ts';
import { readProcessCounts } from './process-counts-adapter.ts';
import { defineRoute, type Route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';
import { devTokenRoute, systemRoutes } from './system-routes.ts';
import { VERSION } from './version-adapter.ts';
import { watchRoute } from './watch-route.ts';

export type ServerRoutesOptions = {
  readonly prefix: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly sessions: () => HostedSessions;
  readonly connections: Connections;
  readonly serving: () => boolean;
  readonly watches: Set<() => void>;
  readonly devAuth: (() => DevAuth) | undefined;
};

/** Every HTTP route of a server. */
export function serverRoutes(options: ServerRoutesOptions): Route[] {
  const { prefix, clock, store, sessions, connections, serving, watches, devAuth } = options;
  const metrics = () => serverMetrics(sessions().counts(), connections.counts(), readProcessCounts());
  const routes: Route[] = [
    ...(devAuth === undefined ? [] : [devTokenRoute(devAuth)]),
    watchRoute({ sessions, clock, open: watches }),
    ...sessionRoutes(sessions),
    ...systemRoutes({ store, clock, serving, metrics }),
  ];
  routes.push(openApiRoute(() => describeRoutes(routes, { version: VERSION, prefix })));
  return routes;
}

function openApiRoute(describe: () => object): Route {
  return defineRoute({
    method: 'get',
    path: '/openapi.json',
    name: 'openApi',
    summary: 'This description.',
    signIn: false,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.looseObject({ openapi: z.literal('3.1.0') }),
      example: { openapi: '3.1.0' },
    },
    errors: [],
    handle: () => Promise.resolve({ ok: true, json: describe() }),
  });
}
