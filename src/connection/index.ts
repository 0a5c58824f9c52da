/** Public entry `holdfast/connection`: the lifecycle of a connection, for a host of many and for an end that dials one. */
export { causeOf } from './cause.ts';
export type { CloseReason, ConnectionCounts, ConnectionEvent } from './connection-events.ts';
export { CONNECTION_LIMITS } from './connection-limits.ts';
export type { ConnectionLimits } from './connection-limits.ts';
export type { Connection, ConnectionInfo } from './connection.ts';
export { Connections } from './connections.ts';
export type { Admission, ConnectionFilter, ConnectionHooks, ConnectionsOptions } from './connections.ts';
export type { LifecycleEffect, LifecycleEvent, News, Transition } from './lifecycle-events.ts';
export { changePolicy, CLIENT_POLICY, SERVER_POLICY } from './lifecycle-policy.ts';
export type { Backoff, ConnectionPolicy, Reconnects } from './lifecycle-policy.ts';
export { shiftTimes } from './lifecycle-states.ts';
export type { Cause, ConnectionState, ConnectionStatus } from './lifecycle-states.ts';
export { nextDue, startAccepted, startDialling, transition } from './lifecycle.ts';
export type { Peer } from './peer.ts';
export type { Rate } from './token-bucket.ts';
export { SharedFrame, textWire } from './wire.ts';
export type { Framing, OwnFrames, TextPort, Wire } from './wire.ts';
