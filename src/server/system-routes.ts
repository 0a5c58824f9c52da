import { z } from 'zod';
import { formatMetrics, type Metric } from '../monitor/prometheus.ts';
import type { Clock } from '../protocol/ports.ts';
import { refuse } from '../session/outcome.ts';
import type { Store } from '../store/store.ts';
import type { DevAuth } from './dev-auth.ts';
import type { Overload } from './overload.ts';
import { defineRoute, type Route } from './route.ts';
import { devTokenBody } from './schemas.ts';

const PROBE_LIMIT_MS = 2_000;

export type SystemRoutesOptions = {
  readonly store: Store;
  readonly clock: Clock;
  /** False while the server starts or stops. */
  readonly serving: () => boolean;
  /** Absent where the server does not watch itself. */
  readonly overload: () => Pick<Overload, 'reason' | 'policy'> | undefined;
  readonly metrics: () => Promise<readonly Metric[]>;
};

/** Health and metrics. */
export function systemRoutes(options: SystemRoutesOptions): Route[] {
  return [healthRoute(), readyRoute(options), metricsRoute(options)];
}

function healthRoute(): Route {
  return defineRoute({
    method: 'get',
    path: '/healthz',
    name: 'health',
    summary: 'The process is alive.',
    signIn: false,
    answer: { status: 200, type: 'application/json', schema: z.object({ status: z.literal('alive') }), example: { status: 'alive' } },
    errors: [],
    handle: () => Promise.resolve({ ok: true, json: { status: 'alive' } }),
  });
}

function readyRoute({ store, clock, serving, overload }: SystemRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/readyz',
    name: 'ready',
    summary: 'The server takes new work: it has not too much to do, and a real durable write was done in time.',
    signIn: false,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ status: z.literal('ready'), writeMs: z.number() }),
      example: { status: 'ready', writeMs: 0.4 },
    },
    errors: ['shutting-down', 'unavailable'],
    async handle() {
      if (!serving()) return refuse('shutting-down');
      const { reason, policy } = overload() ?? {};
      if (reason !== undefined)
        return { ...refuse('unavailable', `The server has as much to do as it can: ${reason}.`), retryAfterMs: policy?.retryAfterMs };
      const writeMs = await withinTime(store.probe(), PROBE_LIMIT_MS, clock);
      if (writeMs === undefined) return refuse('unavailable', `A durable write did not succeed within ${PROBE_LIMIT_MS} ms.`);
      return { ok: true, json: { status: 'ready', writeMs } };
    },
  });
}

/** Undefined when the promise rejects or does not settle in time. */
function withinTime<T>(promise: Promise<T>, limitMs: number, clock: Clock): Promise<T | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.startTimer(limitMs, () => resolve(undefined));
    const settle = (value: T | undefined): void => {
      cancel();
      resolve(value);
    };
    promise.then(settle, () => settle(undefined));
  });
}

function metricsRoute({ metrics }: SystemRoutesOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/metrics',
    name: 'metrics',
    summary: 'Counts for Prometheus. Never content.',
    signIn: false,
    answer: { status: 200, type: 'text/plain', schema: z.string(), example: 'holdfast_connections_open 3\n' },
    errors: [],
    handle: async () =>
      new Response(formatMetrics(await metrics()), { headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } }),
  });
}

/** Sign-in for development: only where `dev` is on. */
export function devTokenRoute(auth: () => DevAuth): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/dev/token',
    name: 'devToken',
    summary: 'Development only: a new identity of that name.',
    signIn: false,
    body: devTokenBody,
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ token: z.string(), participant: z.object({ id: z.string(), name: z.string() }) }),
      example: { token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkZXYtMSJ9.c2ln', participant: { id: 'dev-Y5wq0p7Bv3kQ1x2c', name: 'Ada' } },
    },
    errors: [],
    handle: async ({ body }) => ({ ok: true, json: await auth().signIn(body) }),
  });
}
