import type { HelloFrame } from '../protocol/frames.ts';
import type { ConnectionId, SessionId } from '../protocol/ids.ts';
import type { Clock, Identity, Random } from '../protocol/ports.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import type { Connection } from './connection.ts';
import type { News } from './lifecycle-events.ts';
import type { ConnectionPolicy } from './lifecycle-policy.ts';
import type { Cause } from './lifecycle-states.ts';

/** What the host makes of a login. */
export type Admission<Who = Identity> =
  | {
      readonly ok: true;
      readonly identity: Who;
      /** The session that it will talk to, where the host has sessions. */
      readonly session?: SessionId | undefined;
      /** The earlier connection that goes on over this transport: from now on it is that one, under that id. */
      readonly resumes?: ConnectionId | undefined;
      /** From now on this policy is its own. Default: stays as it was. */
      readonly policy?: ConnectionPolicy | undefined;
    }
  | { readonly ok: false; readonly cause: Cause };

/** Everything that the host decides. Nothing here may throw, but `receive` and `admit`: what they throw ends that connection alone. */
export interface ConnectionHooks<Login = HelloFrame, Who extends { readonly id: string } = Identity> {
  /** A message came, whatever the connection's state. Whoever finds a login in it calls `login`. */
  receive(connection: Connection<Who>, message: string): void;
  /** Who is it? Without an answer (undefined) the host calls `accept` or `reject` itself, later; `admitted` is not called then. */
  admit(login: Login, connection: Connection<Who>): Promise<Admission<Who>> | undefined;
  /** A login was accepted: the place to welcome whoever came, or came back. */
  admitted?(connection: Connection<Who>): void;
  /**
   * A connection arrived, was lost, returned, or is over: `left`, `expired`, `ended`, or `refused`, which never arrived. What
   * to clean up is for the host to know.
   */
  news?(connection: Connection<Who>, news: News | 'refused', cause: Cause | undefined): void;
  /** Nothing has been heard of a live connection for longer than is usual (true), or it was heard again (false). */
  silent?(connection: Connection<Who>, isSilent: boolean): void;
  /** The last message for a peer whose transport is closed. Default: none. */
  lastWords?(connection: Connection<Who>, cause: Cause): string | undefined;
  /** Called from time to time, with the monotonic time. */
  swept?(at: number): void;
}

export type ConnectionsOptions<Login = HelloFrame, Who extends { readonly id: string } = Identity> = {
  readonly clock: Clock;
  readonly random: Random;
  readonly hooks: ConnectionHooks<Login, Who>;
  /** How each connection is treated until its admission says otherwise. Default `SERVER_POLICY`. */
  readonly policy?: ConnectionPolicy | undefined;
  readonly limits?: Partial<ConnectionLimits> | undefined;
};
