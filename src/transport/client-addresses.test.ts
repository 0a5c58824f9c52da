import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { ClientAddresses } from './client-addresses-adapter.ts';

function socketFrom(address: string): Socket {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  return socket;
}

test('CONN-33: without trusted proxies the peer’s own address counts, whatever the request says', () => {
  const addresses = new ClientAddresses([]);
  assert.equal(addresses.of(socketFrom('192.0.2.1'), '198.51.100.7'), '192.0.2.1');
  assert.equal(addresses.of(socketFrom('::ffff:192.0.2.1'), undefined), '192.0.2.1');
});

test('CONN-33: a trusted proxy is believed, and what stands before its word is not', () => {
  const addresses = new ClientAddresses(['10.0.0.0/8', '2001:db8::1']);
  assert.equal(addresses.of(socketFrom('10.1.2.3'), '203.0.113.9, 198.51.100.7'), '198.51.100.7');
  assert.equal(addresses.of(socketFrom('2001:db8::1'), '198.51.100.7, 10.9.9.9'), '198.51.100.7');
  assert.equal(addresses.of(socketFrom('192.0.2.1'), '198.51.100.7'), '192.0.2.1');
  assert.equal(addresses.of(socketFrom('10.1.2.3'), 'nonsense'), '10.1.2.3');
});

test('CONN-33: a proxy that is no address is refused by name', () => {
  assert.throws(() => new ClientAddresses(['proxy.example']), /trustedProxies: .*'proxy.example'/);
  assert.throws(() => new ClientAddresses(['10.0.0.0/33']), /'10.0.0.0\/33'/);
});
