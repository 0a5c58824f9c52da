/** Public entry `holdfast/testing`. */
export { createTestServer } from './create-test-server.ts';
export type { TestPerson, TestServer, TestServerOptions } from './create-test-server.ts';
export { VirtualClock } from './virtual-clock.ts';
export { storeContract } from './store-contract.ts';
export type { StoreFixture } from './store-contract.ts';
