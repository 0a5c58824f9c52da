import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allowsOrigin } from './origin-rule.ts';

const none = { allowed: [], loopback: false };
const one = { allowed: ['https://play.example.org'], loopback: false };
const dev = { allowed: [], loopback: true };

test('CONN-14: programs that are no browsers send no Origin and are let through', () => {
  assert.equal(allowsOrigin(none, undefined, 'holdfast.example.org'), true);
});

test('CONN-14: the server’s own pages may connect, others only when listed exactly', () => {
  assert.equal(allowsOrigin(none, 'https://holdfast.example.org', 'holdfast.example.org'), true);
  assert.equal(allowsOrigin(one, 'https://play.example.org', 'holdfast.example.org'), true);
  for (const origin of [
    'http://play.example.org',
    'https://play.example.org.evil.test',
    'https://evil.test',
    'null',
    'https://sub.play.example.org',
  ]) {
    assert.equal(allowsOrigin(one, origin, 'holdfast.example.org'), false, origin);
  }
});

test('CONN-14: in dev any page of this machine may connect, and no page of another', () => {
  for (const origin of ['http://localhost:5173', 'http://127.0.0.1:8080', 'http://[::1]:3000'])
    assert.equal(allowsOrigin(dev, origin, '127.0.0.1:4700'), true);
  for (const origin of ['http://localhost.evil.test', 'http://192.168.1.5:5173'])
    assert.equal(allowsOrigin(dev, origin, '127.0.0.1:4700'), false);
});
