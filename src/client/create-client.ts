import { CLIENT_POLICY, waitAfter } from '../connection/lifecycle-policy.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import { WEBSOCKET_SUBPROTOCOL } from '../protocol/version.ts';
import { browserClock } from './browser-clock-adapter.ts';
import type { Campaigns } from './campaigns.ts';
import { chance } from './chance.ts';
import { webFetch, type Fetch } from './fetch-adapter.ts';
import { HoldfastError } from './holdfast-error.ts';
import type { HttpPorts } from './http.ts';
import type { OnInput } from './input-adapter.ts';
import type { Invites } from './invites.ts';
import { keepOverReload, type KeepOverReload } from './keep-over-reload-adapter.ts';
import { KeptSessions } from './kept-sessions.ts';
import { LiveSession } from './live-session.ts';
import type { Logger } from './logger.ts';
import { connectUrl, rootOf } from './server-url.ts';
import { lazyCatalogue, lazyPart, type SessionCatalogue } from './session-catalogue.ts';
import type { Session, Untyped } from './session.ts';
import type { LinkPorts } from './session-link.ts';
import type { OpenSocket } from './socket.ts';
import { TokenSource, type Token } from './token-source.ts';
import type { Transports } from './transport-choice.ts';
import { findUnpack } from './unpack-adapter.ts';
import { onPageWake, type OnWake } from './wake-adapter.ts';
import { webRandom } from './web-random-adapter.ts';
import { openWebSocket } from './web-socket-adapter.ts';

const JOIN_MS = 15_000;

export type ClientOptions = {
  /** Address of the server, for example `https://play.example.org`; a path is where it is mounted. In a page it may be relative. */
  readonly url: string;
  /**
   * The credential, or a function that gives one: asked at first, and again when the server refuses the one it gave. A
   * guest's is the token that `invites.redeem` gave. Absent: nobody yet, who can look at invitations and redeem them.
   */
  readonly token?: Token | undefined;
  /** Default: the platform's. */
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly webSocket?: OpenSocket | undefined;
  readonly fetch?: Fetch | undefined;
  /**
   * What may carry a connection. Default: WebSocket, and where that does not come through, `sse`: an event stream down and
   * requests up. `sse` alone never tries a WebSocket.
   */
  readonly transports?: Transports | undefined;
  /** What says that trying to connect at once is worthwhile, or in vain. Default: the page goes on- or offline or becomes visible. */
  readonly wake?: OnWake | undefined;
  /** What says that a person is there, for presence. Default: pointers, keys, and whether the page is visible. */
  readonly input?: OnInput | undefined;
  /** What keeps a text over a reload of the page. Default: `sessionStorage`, where there is one. */
  readonly reload?: KeepOverReload | undefined;
  /** Default: the console. */
  readonly logger?: Logger | undefined;
};

export type JoinOptions = {
  /** Role wished for at a first join; the session decides. */
  readonly role?: string | undefined;
  /** Milliseconds after which joining is given up while the server cannot be reached. Default 15,000. */
  readonly timeoutMs?: number | undefined;
};

/** One server as one user of it sees it: its sessions, and those that were joined. */
export interface Client {
  readonly sessions: SessionCatalogue;
  readonly campaigns: Campaigns;
  readonly invites: Invites;
  /**
   * Joins a session, or comes back to it. Resolves once its state is there; rejects with a `HoldfastError` when refused.
   * Each call is a connection of its own; one that fails changes nothing for the others. With an invitation instead of an
   * id, joins what that opens, and so uses it; whoever takes part already comes back by the id.
   */
  join<D = Untyped>(session: string | { readonly invite: string }, options?: JoinOptions): Promise<Session<D>>;
  /** Ends every connection and watch at once, without leaving the sessions. */
  close(): void;
}

/**
 * A client of one server, for browsers and Node.
 *
 * @example
 * const client = createClient({ url: 'https://play.example.org', token });
 * const { id } = await client.sessions.create('tabletop', { name: 'Friday night', access: 'open' });
 * const session = await client.join<typeof tabletop>(id);
 */
export function createClient(options: ClientOptions): Client {
  const root = rootOf(options.url);
  const tokens = new TokenSource(options.token ?? '');
  const [clock, openSocket, fetch] = [options.clock ?? browserClock, options.webSocket ?? openWebSocket, options.fetch ?? webFetch];
  const [random, url] = [options.random ?? webRandom, connectUrl(root)];
  const { transports } = options;
  const loadFallback = () =>
    import('./sse-fallback.ts').then(
      ({ SseFallback }) => new SseFallback({ clock, openSocket, fetch, root, url, protocol: WEBSOCKET_SUBPROTOCOL, transports }),
      () => undefined,
    );
  const ports: LinkPorts = {
    clock,
    random,
    openSocket,
    transports,
    loadFallback,
    onWake: options.wake ?? onPageWake,
    onInput: options.input,
    logger: options.logger ?? console,
    unpack: findUnpack(),
    tokens,
  };
  const closed = new AbortController();
  const http: HttpPorts = { root, fetch, tokens, Failure: HoldfastError };
  const sessions = lazyCatalogue(
    { ...ports, ...http, waitAfter: (failures) => waitAfter(failures, CLIENT_POLICY.backoff, chance(random)) },
    closed.signal,
  );
  const campaigns = lazyPart(async () => (await import('./http-campaigns.ts')).httpCampaigns(http));
  const invites = lazyPart(async () => (await import('./http-invites.ts')).httpInvites(http));
  const joined = new Set<LiveSession>();
  const keep = options.reload ?? keepOverReload;
  const kept = new KeptSessions(keep(`holdfast ${root}`, () => kept.write([...joined].map((session) => session.kept))));

  async function join<D = Untyped>(
    to: string | { readonly invite: string },
    { role, timeoutMs = JOIN_MS }: JoinOptions = {},
  ): Promise<Session<D>> {
    const wish = { ...(role !== undefined && { role }), ...(typeof to !== 'string' && to) };
    const id = (typeof to === 'string' ? to : (await invites.preview(to.invite)).session.id) as SessionId;
    const session = new LiveSession(ports, url, id, wish, kept.take(id));
    joined.add(session);
    void session.over.then(() => joined.delete(session));
    await session.join(timeoutMs);
    // What the server sends fits `D` because the server runs that definition.
    const typed: unknown = session;
    return typed as Session<D>;
  }

  return {
    sessions,
    campaigns,
    invites,
    join,
    close() {
      closed.abort();
      for (const session of joined) session.close();
    },
  };
}
