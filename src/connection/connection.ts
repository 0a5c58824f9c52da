import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { Clock, Identity } from '../protocol/ports.ts';
import type { Transition } from './lifecycle-events.ts';
import type { ConnectionPolicy } from './lifecycle-policy.ts';
import { shiftTimes, type ConnectionStatus } from './lifecycle-states.ts';
import type { Peer } from './peer.ts';

/** One connection as the host's code may see it. */
export interface ConnectionInfo<Who = Identity> {
  readonly id: ConnectionId;
  /** Kind of transport that carries it; of one that is away, the kind that last did. */
  readonly transport: string;
  /** Wall-clock milliseconds. */
  readonly openedAt: number;
  readonly remoteAddress: string | undefined;
  /** Where it is in its life; times are wall-clock milliseconds. The same type as at a client's end. */
  readonly status: ConnectionStatus;
  /** Who it is, once its login was accepted. */
  readonly identity: Who | undefined;
  /** The session it talks to, if any, once its login was accepted. */
  readonly session: SessionId | undefined;
}

/** One remote endpoint, as its coordinator keeps it: over several transports, one after the other. */
export class Connection<Who = Identity> implements ConnectionInfo<Who> {
  id: ConnectionId;
  readonly openedAt: number;
  readonly #clock: Clock;
  /** Its machine's status, in monotonic time. */
  lifecycle: ConnectionStatus;
  policy: ConnectionPolicy;
  /** When time next matters to it; Infinity when never. */
  dueAt = 0;
  /** The last sweep before anything was heard: cheaper than a time per frame. */
  heardAt: number;
  /** The transport that carries it now. */
  peer: Peer<Who> | undefined = undefined;
  transport = '';
  remoteAddress: string | undefined = undefined;
  identity: Who | undefined = undefined;
  session: SessionId | undefined = undefined;

  constructor(id: ConnectionId, clock: Clock, at: number, policy: ConnectionPolicy, { status }: Transition) {
    this.id = id;
    this.#clock = clock;
    this.openedAt = clock.now();
    this.lifecycle = status;
    this.policy = policy;
    this.heardAt = at;
  }

  get status(): ConnectionStatus {
    const now = this.lifecycle;
    const heard = (now.state === 'live' || now.state === 'suspect') && this.heardAt > now.heardAt;
    return shiftTimes(heard ? { ...now, heardAt: this.heardAt } : now, Math.round(this.#clock.now() - this.#clock.monotonic()));
  }

  /** The given transport carries it from now on. */
  goOver(peer: Peer<Who>): void {
    peer.connection = this;
    this.peer = peer;
    this.transport = peer.kind;
    this.remoteAddress = peer.wire.remoteAddress;
  }
}
