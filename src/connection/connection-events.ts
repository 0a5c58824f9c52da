import type { CloseCode } from '../protocol/codes.ts';
import type { Identity } from '../protocol/ports.ts';
import type { ConnectionInfo } from './connection.ts';
import type { Cause } from './lifecycle-states.ts';

/** Why a transport ended: a code of the table, or `gone` when the peer or the network ended it. */
export type CloseReason = CloseCode | 'gone';

/**
 * One step in the life of a connection: `opened` (a transport has come), `arrived` (its first login), `lost` (without
 * transport, its place kept), `returned`, and its end: `left` (on purpose), `expired` (did not return in time), `ended`
 * (anything else), or `refused` (it never had a login accepted). `failed`: something inside the server failed on its account.
 */
export type ConnectionEvent<Who = Identity> =
  | { readonly kind: 'opened' | 'arrived' | 'returned'; readonly connection: ConnectionInfo<Who> }
  | {
      readonly kind: 'lost' | 'left' | 'expired' | 'ended' | 'refused';
      readonly connection: ConnectionInfo<Who>;
      readonly cause: Cause;
    }
  | { readonly kind: 'failed'; readonly connection: ConnectionInfo<Who>; readonly error: unknown };

/** Numbers for monitoring. */
export type ConnectionCounts = {
  /** Connections that have a transport. */
  readonly open: number;
  /** Connections that are logged in and have a transport. */
  readonly live: number;
  /** Connections without a transport whose place is kept. */
  readonly kept: number;
  /** Transports that have come. */
  readonly openedTotal: number;
  readonly framesReceivedTotal: number;
  readonly writesTotal: number;
  /** Transports that were turned away before they became connections, by code. */
  readonly turnedAwayTotal: Readonly<Partial<Record<CloseCode, number>>>;
  /** Transports that ended, by reason. */
  readonly closedTotal: Readonly<Partial<Record<CloseReason, number>>>;
};
