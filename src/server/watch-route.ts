import { z } from 'zod';
import type { Clock } from '../protocol/ports.ts';
import { refuse } from '../session/outcome.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route } from './route.ts';
import { watchQuery } from './schemas.ts';
import type { WatchQuota } from './watch-quota.ts';
import { identity } from './session-routes.ts';
import { SessionWatch, type WatchMessage } from './session-watch.ts';

const HEARTBEAT_MS = 15_000;

export type WatchRouteOptions = {
  readonly sessions: () => HostedSessions;
  readonly clock: Clock;
  /** Every watch under way: the server ends them when it stops. */
  readonly open: Set<() => void>;
  readonly quota: WatchQuota;
};

/** The list of sessions, live, as server-sent events. */
export function watchRoute(options: WatchRouteOptions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/sessions/watch',
    name: 'watchSessions',
    summary: 'The list of sessions as server-sent events: `reset` with all, then `change` and `remove`; each id is a rev to resume after.',
    signIn: true,
    query: watchQuery,
    answer: {
      status: 200,
      type: 'text/event-stream',
      schema: z.string(),
      example: 'event: remove\nid: 18\ndata: {"id":"mW3mPB7HkTj0q1bXUz2y4g","rev":18}\n\n',
    },
    errors: ['quota-exceeded', 'unavailable'],
    async handle({ query, caller, request }) {
      const { afterRev, ...filter } = query;
      const watcher = identity(caller);
      const release = options.quota.take(watcher.id);
      if (release === undefined) return refuse('quota-exceeded', `You watch ${options.quota.most} lists already; close some first.`);
      const resumed = /^\d{1,15}$/.test(request.headers.get('last-event-id') ?? '')
        ? Number(request.headers.get('last-event-id'))
        : afterRev;
      const watch = new SessionWatch(options.sessions(), filter, watcher, resumed);
      const over = { release, expiresAt: watcher.expiresAt };
      return new Response(eventStream(watch, options, over), {
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
      });
    },
  });
}

/** One message in the format of server-sent events. JSON has no line breaks of its own. */
export function formatMessage({ event, rev, data }: WatchMessage): string {
  return `event: ${event}\nid: ${rev}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** What ends with a watch, and when it ends at the latest: with the credential of its watcher. */
type Over = { readonly release: () => void; readonly expiresAt: number | undefined };

function eventStream(
  watch: SessionWatch,
  { clock, open }: WatchRouteOptions,
  { release, expiresAt = Infinity }: Over,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let stopHeartbeat: () => void = () => undefined;
  const end = (): void => {
    open.delete(end);
    stopHeartbeat();
    watch.close();
    release();
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        open.add(end);
        const rest = (): number => Math.min(HEARTBEAT_MS, Math.max(0, expiresAt - clock.now()));
        const beat = (): void => {
          if (expiresAt <= clock.now()) return end();
          // A reader that does not keep up needs no sign of life: its bytes are still on their way.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(': here\n\n'));
          stopHeartbeat = clock.startTimer(rest(), beat);
        };
        stopHeartbeat = clock.startTimer(rest(), beat);
      },
      async pull(controller) {
        const messages = await watch.next();
        if (messages.length === 0) return closeQuietly(controller);
        controller.enqueue(encoder.encode(messages.map(formatMessage).join('')));
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
}

function closeQuietly(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // The reader went away first.
  }
}
