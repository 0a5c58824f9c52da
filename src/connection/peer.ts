import type { Connection } from './connection.ts';
import type { Wire } from './wire.ts';

/**
 * One transport's end of a connection: what the transport holds of us. The connection behind it changes once at most, when
 * a returning client goes on under its old id.
 */
export class Peer<Who = unknown> {
  /** Kind of transport. */
  readonly kind: string;
  /** Number of this transport, counted over the whole server. */
  readonly number: number;
  readonly wire: Wire;
  connection: Connection<Who>;
  /** Credential that came with the transport's own opening (the Authorization header), until the first frame. */
  credential: string | undefined;
  /** What is left of its allowance of frames, and when that was last filled up. */
  allowance: number;
  filledAt: number;
  filledTo: number;

  constructor(
    kind: string,
    number: number,
    wire: Wire,
    connection: Connection<Who>,
    start: { readonly credential: string | undefined; readonly allowance: number; readonly at: number },
  ) {
    this.kind = kind;
    this.number = number;
    this.wire = wire;
    this.connection = connection;
    this.credential = start.credential;
    this.allowance = start.allowance;
    this.filledAt = start.at;
    this.filledTo = start.allowance;
  }
}
