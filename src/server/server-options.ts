import type { ConnectionLimits } from '../connection/connection-limits.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import type { Pack } from '../session/catch-up.ts';
import type { CommitRhythm } from '../session/committer.ts';
import type { Authorize } from '../session/membership.ts';
import type { Quotas } from '../session/quotas.ts';
import type { Store } from '../store/store.ts';
import type { Auth } from './auth.ts';
import type { Logger, LogLevel } from './logger-adapter.ts';
import type { GivenOverload } from './overload.ts';
import type { OperatorAuth } from './operator-auth.ts';
import type { WebhookOptions } from './webhook-options.ts';

/** How development is made easy. None of it is for servers that strangers can reach. */
export type DevOptions = {
  /** Where the secret of development tokens is kept, so that pages stay signed in over a restart. Default: where the store keeps its files. */
  readonly secretDir?: string | undefined;
  /** Lets a development server listen on addresses that other machines can reach. Default false. */
  readonly anyHost?: boolean | undefined;
};

/** How guests' tokens are signed. The default is right for one server. */
export type GuestOptions = {
  /** At least 32 bytes; needed where several servers share their sessions. Default: the server's own, kept with its files. */
  readonly secret?: string | undefined;
  /** Where the server keeps its own. Default: where the store keeps its files; with none it lasts as long as the process. */
  readonly secretDir?: string | undefined;
};

/** What a request to our own HTTP listener may take up. */
export type HttpLimits = {
  /** Default 16 KiB. */
  readonly maxHeaderBytes: number;
  /** The whole head must have come within this time. Default 10,000. */
  readonly headersTimeoutMs: number;
  /** The whole request must have come within this time. Default 30,000. */
  readonly requestTimeoutMs: number;
};

export type ServerOptions = {
  /** The session types that this server hosts. */
  readonly sessions: readonly SessionDefinition[];
  /** Where logs live: `sqliteStore({ dir })` or `memoryStore()`. */
  readonly store: Store;
  /** Who is who: `jwtAuth(...)`. Required unless `dev` is on. */
  readonly auth?: Auth | undefined;
  /**
   * The host's own rules of who may create and join what, asked at every creation and login. See `Authorize`.
   *
   * @example
   * authorize: async ({ action, identity, campaign }) => (action === 'join' ? await roleInOurDatabase(identity.id, campaign) : undefined)
   */
  readonly authorize?: Authorize | undefined;
  /** Sessions of any type may be created open to everyone. Default: only where the definition says so. */
  readonly openAccess?: boolean | undefined;
  /** What signs the tokens of guests, who come by invites and have no account. */
  readonly guests?: GuestOptions | undefined;
  /** Who runs the server, apart from its players: `operatorAuth(...)`. Without it there are no admin routes. */
  readonly operators?: OperatorAuth | undefined;
  /** Development: anyone may sign in under any name, pages of this machine may connect, and only this machine can. Default false. */
  readonly dev?: boolean | DevOptions | undefined;
  /** How many sessions, campaigns, invitations and watches one person may have at a time. Default 200, 50, 100 and 50; Infinity: any number. */
  readonly quotas?: Partial<Quotas> | undefined;
  /** Address to listen on. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Port to listen on; 0 chooses a free one; null listens on none (mount with `attach`, or `fetch` and `upgrade`). Default 4700. */
  readonly port?: number | null | undefined;
  /** Path below which all routes live, as in `/live`. Default: none. */
  readonly prefix?: string | undefined;
  /** Exact origins of pages on other hosts that may use this server. Default: only its own pages. */
  readonly origins?: readonly string[] | undefined;
  /** Directory of a built web page to serve. */
  readonly static?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Where log lines go: a logger of the host's own (pino's fit), or JSON lines on standard error from that level on (default `info`), or nowhere. */
  readonly logger?: Logger | { readonly level: LogLevel } | false | undefined;
  /** How often clients must be heard; silence of 2.5 times this ends a connection. Default 15,000. */
  readonly heartbeatMs?: number | undefined;
  /** The first frame must come, and its credential be accepted, within this time. Default 5,000. */
  readonly loginTimeoutMs?: number | undefined;
  /** Largest frame taken from a client, in bytes. Default 65,536. */
  readonly maxPayload?: number | undefined;
  /** With more unsent bytes a connection's stream stands still until its client has read them, and then skips to the head. Default 256 KiB. */
  readonly suspendAbove?: number | undefined;
  /** A stream that stands still for longer is closed as too slow; it may come back. Default 30,000. */
  readonly maxSuspendedMs?: number | undefined;
  /** A connection whose stream stands still, and for which still more waits than this, is closed as too slow. Default 4 MiB. */
  readonly maxUnsent?: number | undefined;
  /** How many connections, and how much from each, is taken. Each has a default; see `ConnectionLimits`. */
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /** Proxies whose `X-Forwarded-For` is believed: addresses, or networks as in `10.0.0.0/8`. Default none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Bounds of our own HTTP listener. */
  readonly http?: Partial<HttpLimits> | undefined;
  /** A session that nobody uses leaves memory after this time. Default 60,000. */
  readonly sleepAfterMs?: number | undefined;
  /** How often sessions are cleaned up as their policies say. Default 60,000; null: only when an operator asks for it. */
  readonly sweepEveryMs?: number | null | undefined;
  /** Who outside is told of turns in the lives of sessions. */
  readonly webhooks?: readonly WebhookOptions[] | undefined;
  /**
   * A command that runs for longer counts as one that never returns: which session it was is written down, and **this process
   * is ended** with SIGKILL, so something must start it again (`holdfast serve` does). At the next start that session is
   * quarantined. 0 (the default): never.
   */
  readonly hangMs?: number | undefined;
  /** What each session uses is counted and held to the budget of its definition. Default true. */
  readonly budgets?: boolean | undefined;
  /**
   * When the server has too much to do, and what it does then: see `OverloadPolicy`. false: it does not watch itself, as is
   * the default on a clock of the host's own.
   */
  readonly overload?: GivenOverload | false | undefined;
  /** Packs a long text for those who join, as raw deflate. Default: on a thread of its own, quick rather than small. */
  readonly pack?: Pack | undefined;
  /** When a commit waits for company. The defaults follow the load by themselves. */
  readonly rhythm?: Partial<CommitRhythm> | undefined;
};

/** The server cannot start as it was asked to. Every fault is in the message, with what to change. */
export class ServerOptionsError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.length === 1 ? String(faults[0]) : `The server cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ServerOptionsError';
    this.faults = faults;
  }
}
