/** Public entry `holdfast/server`. */
export { createServer } from './create-server.ts';
export type { Server } from './create-server.ts';
export { ServerOptionsError } from './server-options.ts';
export type { DevOptions, ServerOptions } from './server-options.ts';
export { AuthOptionsError, jwtAuth } from './jwt-auth-adapter.ts';
export type { JwtAuthOptions } from './jwt-auth-adapter.ts';
export type { Auth, IssuingAuth } from './auth.ts';
export type { HostedSessions } from './hosted-sessions.ts';
export type { Logger, LogLevel } from './logger-adapter.ts';
export type { Authentication, ConnectionCounts, ConnectionEvent, Connections } from '../connection/connections.ts';
export type { CloseReason, ConnectionInfo, ConnectionStatus } from '../connection/connection.ts';
export type { CatalogueQuery, CatalogueRow, Store, StoreInfo } from '../store/store.ts';
export type { ParticipantId, SessionId } from '../protocol/ids.ts';
export { StoreError } from '../store/store.ts';
export { memoryStore } from './memory-store.ts';
export { sqliteStore } from '../store/sqlite-store.ts';
export type { SqliteStoreOptions } from '../store/sqlite-store.ts';
