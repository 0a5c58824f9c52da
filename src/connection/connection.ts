import type { CloseCode } from '../protocol/codes.ts';
import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { ConnectionRecord, Identity, ViewId } from '../protocol/ports.ts';
import type { Wire } from './wire.ts';

/** Why a connection ended: a code of the table, or `gone` when the peer or the network ended it. */
export type CloseReason = CloseCode | 'gone';

/** Where a connection is in its life. Times are wall-clock milliseconds. */
export type ConnectionStatus =
  | {
      readonly state: 'authenticating';
      readonly since: number;
      /** `awaited`: the first frame has not come. `checking`: its credential is being verified. */
      readonly login: 'awaited' | 'checking';
    }
  | { readonly state: 'live'; readonly since: number; readonly identity: Identity; readonly session: SessionId }
  | { readonly state: 'closed'; readonly since: number; readonly reason: CloseReason; readonly message: string };

/** One connection as the host's code may see it. */
export interface ConnectionInfo {
  readonly id: ConnectionId;
  /** Kind of transport that carries it. */
  readonly transport: string;
  /** Wall-clock milliseconds. */
  readonly openedAt: number;
  readonly remoteAddress: string | undefined;
  readonly status: ConnectionStatus;
}

/** One remote endpoint, as its coordinator keeps it. */
export class Connection implements ConnectionInfo {
  readonly id: ConnectionId;
  readonly transport: string;
  readonly openedAt: number;
  readonly wire: Wire;
  status: ConnectionStatus;
  /** The coordinator's tick at opening, and at which anything was last heard: cheaper than a time per frame. */
  readonly openedTick: number;
  heardTick: number;
  /** Credential that came with the transport's own opening (the Authorization header), until the first frame. */
  credential: string | undefined;
  /** The view whose frames it receives. */
  view: ViewId | null = null;
  /** What the delivery under way holds for this connection alone. */
  held: ConnectionRecord | undefined = undefined;

  constructor(id: ConnectionId, transport: string, wire: Wire, openedAt: number, tick: number, credential: string | undefined) {
    this.id = id;
    this.transport = transport;
    this.wire = wire;
    this.openedAt = openedAt;
    this.openedTick = tick;
    this.heardTick = tick;
    this.credential = credential;
    this.status = { state: 'authenticating', since: openedAt, login: 'awaited' };
  }

  get remoteAddress(): string | undefined {
    return this.wire.remoteAddress;
  }
}
