/** Public entry `holdfast/connection`: many connections on a host, each with a lifecycle of its own. */
export { Connections } from './connections.ts';
export type { Authentication, ConnectionCounts, ConnectionEvent, ConnectionHost, ConnectionsOptions } from './connections.ts';
export type { CloseReason, ConnectionInfo, ConnectionStatus } from './connection.ts';
export { SharedFrame } from './wire.ts';
export type { Framing, OwnFrames, Wire } from './wire.ts';
