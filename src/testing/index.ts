/** Public entry `holdfast/testing`. */
export { createTestServer } from './create-test-server.ts';
export type { TestPerson, TestServer, TestServerOptions } from './create-test-server.ts';
export { FaultProxy } from './fault-proxy-adapter.ts';
export type { Direction, FaultProxyOptions, ProxiedConnection } from './fault-proxy-adapter.ts';
export type { Faults } from './fault-lane-adapter.ts';
export { SeededBytes } from './seeded-bytes.ts';
export { VirtualClock } from './virtual-clock.ts';
export { storeContract } from './store-contract.ts';
export type { StoreFixture } from './store-contract.ts';
export { WirePair } from './wire-pair.ts';
export type { Side, WireEnd, WireEvents } from './wire-pair.ts';
