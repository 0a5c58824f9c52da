import { z } from 'zod';
import type { Connections } from '../connection/connections.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Durability } from '../protocol/frames.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import type { SseTransport } from '../transport/sse-transport.ts';
import { adminAuditRoute } from './admin-audit-route.ts';
import { adminHistoryRoute } from './admin-history-route.ts';
import { adminBackupRoutes, type AdminBackupRoutesOptions } from './admin-backup-routes.ts';
import { adminActRoutes } from './admin-act-routes.ts';
import { adminConnectionRoutes } from './admin-connection-routes.ts';
import { adminWebhookRoutes } from './admin-webhook-routes.ts';
import { adminSweepRoutes } from './admin-sweep-routes.ts';
import { adminRecoveryRoutes } from './admin-recovery-routes.ts';
import { adminSessionRoutes } from './admin-session-routes.ts';
import { actRoutes } from './act-routes.ts';
import { campaignHistoryRoute } from './campaign-history-route.ts';
import { campaignRoutes } from './campaign-routes.ts';
import { AddressLimit } from './address-limit.ts';
import type { GuestAuth } from './guest-auth.ts';
import { commandRoute } from './command-route.ts';
import type { DevAuth } from './dev-auth.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { cleanupMetrics } from './cleanup-metrics.ts';
import { adminLoadRoute } from './admin-budget-routes.ts';
import { budgetMetrics, overloadMetrics } from './budget-metrics.ts';
import { serverMetrics } from './metrics.ts';
import { inviteRoutes, type InviteRoutesOptions } from './invite-routes.ts';
import { inviteTokenRoutes, type InviteTokenRoutesOptions } from './invite-token-routes.ts';
import { lifecycleRoutes } from './lifecycle-routes.ts';
import type { Overload } from './overload.ts';
import type { OperatorActs } from './operator-acts.ts';
import { describeRoutes } from './openapi.ts';
import { readProcessCounts } from './process-counts-adapter.ts';
import { peopleRoutes } from './people-routes.ts';
import { defineRoute, type Route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';
import { streamRoutes } from './stream-routes.ts';
import { devTokenRoute, systemRoutes } from './system-routes.ts';
import { VERSION } from './version-adapter.ts';
import { watchRoute } from './watch-route.ts';
import { watchTicketRoutes } from './watch-ticket-routes.ts';
import type { WebhookDeliverer } from './webhook-deliverer.ts';
import type { WatchQuota } from './watch-quota.ts';
import type { WatchTickets } from './watch-tickets.ts';

export type ServerRoutesOptions = {
  readonly prefix: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly sessions: () => HostedSessions;
  readonly connections: Connections;
  readonly serving: () => boolean;
  readonly overload: () => Overload | undefined;
  readonly watches: Set<() => void>;
  readonly quota: WatchQuota;
  readonly devAuth: (() => DevAuth) | undefined;
  readonly streams: SseTransport;
  readonly tickets: WatchTickets;
  readonly durability: () => Durability;
  readonly definitions: readonly SessionDefinition[];
  readonly webhooks: Pick<WebhookDeliverer, 'look' | 'counts'>;
  /** Absent where the server has no operators: then there are no routes for them. */
  readonly acts: OperatorActs | undefined;
  /** Where backups go; while the server runs. */
  readonly backups: AdminBackupRoutesOptions['files'];
  readonly invites: Pick<InviteRoutesOptions, 'random' | 'sessions'> & {
    readonly sessions: () => InviteSessions;
    readonly guests: () => GuestAuth;
    readonly trustedProxies: readonly string[];
  };
};

type InviteSessions = ReturnType<InviteRoutesOptions['sessions']> & ReturnType<InviteTokenRoutesOptions['sessions']>;

/** A whole table behind one address comes in at once; whoever tries out tokens gets nowhere. */
const INVITE_TRIES = { perSecond: 0.5, burst: 30 };

/** Every HTTP route of a server. */
export function serverRoutes(options: ServerRoutesOptions): Route[] {
  const { prefix, clock, store, sessions, connections, serving, watches, quota, devAuth, streams, tickets, durability } = options;
  const metrics = async () => [
    ...serverMetrics(sessions().counts(), connections.counts(), readProcessCounts()),
    ...budgetMetrics(sessions().budgets.counts()),
    ...overloadMetrics(options.overload()),
    ...cleanupMetrics(await store.counters(), sessions().sweeper.counts(), options.webhooks.counts()),
  ];
  const routes: Route[] = [
    ...(devAuth === undefined ? [] : [devTokenRoute(devAuth)]),
    watchRoute({ sessions, clock, open: watches, quota }),
    ...sessionRoutes(sessions),
    commandRoute(sessions, durability),
    ...lifecycleRoutes(sessions),
    ...actRoutes(sessions),
    ...peopleRoutes(sessions),
    ...campaignRoutes(sessions),
    campaignHistoryRoute(sessions),
    ...streamRoutes(streams),
    ...watchTicketRoutes({ sessions, transport: streams, tickets, most: quota.most }),
    ...inviteRoutes(options.invites),
    ...inviteTokenRoutes({
      ...options.invites,
      store,
      clock,
      limit: new AddressLimit(INVITE_TRIES, options.invites.trustedProxies, clock),
    }),
    ...adminRoutes(options),
    ...systemRoutes({ store, clock, serving, metrics, overload: options.overload }),
  ];
  routes.push(openApiRoute(() => describeRoutes(routes, { version: VERSION, prefix })));
  return routes;
}

/** What operators can look at and do. */
function adminRoutes({
  acts,
  connections,
  sessions,
  store,
  definitions,
  backups,
  clock,
  webhooks,
  overload,
}: ServerRoutesOptions): Route[] {
  if (acts === undefined) return [];
  return [
    ...adminConnectionRoutes(connections, acts),
    ...adminSessionRoutes({ sessions, store, definitions, connections, acts }),
    ...adminRecoveryRoutes({ sessions, acts }),
    adminLoadRoute(overload, acts),
    ...adminSweepRoutes({ sessions, store, acts }),
    ...adminWebhookRoutes({ store, now: () => clock.now(), look: () => webhooks.look(), acts }),
    ...adminBackupRoutes({ files: backups, acts }),
    ...adminActRoutes(store, acts),
    adminAuditRoute(store, acts),
    adminHistoryRoute(store, acts),
  ];
}

function openApiRoute(describe: () => object): Route {
  // It is always the same and takes a while to make, which nobody who asks again and again may cost us.
  let description: object | undefined;
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
    handle: () => Promise.resolve({ ok: true, json: (description ??= describe()) }),
  });
}
