import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionId, ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Identity } from '../protocol/ports.ts';
import { SeededBytes } from '../testing/seeded-bytes.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { WatchTickets } from './watch-tickets.ts';

const S = 'S'.repeat(22) as SessionId;
const ADA: Identity = { id: 'ada' as ParticipantId, name: 'Ada', claims: {} };

function setUp() {
  const clock = new VirtualClock();
  const tickets = new WatchTickets(clock, new SeededBytes(1));
  const ticket = tickets.issue(S, ADA) ?? assert.fail('no ticket');
  return { clock, tickets, ticket };
}

test('CONN-21: a ticket is 256 random bits and names its participant', () => {
  const { tickets, ticket } = setUp();
  assert.equal(Buffer.from(ticket, 'base64url').length, 32);
  assert.deepEqual(tickets.use(ticket, S, undefined)?.identity, ADA);
});

test('CONN-21: it is first used within 60 seconds or never', () => {
  const { clock, tickets, ticket } = setUp();
  clock.advance(59_999);
  assert.ok(tickets.use(ticket, S, undefined) !== undefined);
  const late = tickets.issue(S, ADA) ?? assert.fail('no ticket');
  clock.advance(60_000);
  assert.equal(tickets.use(late, S, undefined), undefined);
});

test('CONN-21: it is good for its session only, and a made-up one for none', () => {
  const { tickets, ticket } = setUp();
  assert.equal(tickets.use(ticket, 'T'.repeat(22) as SessionId, undefined), undefined);
  assert.equal(tickets.use('x'.repeat(43), S, undefined), undefined);
});

test('CONN-21: used once, it is good only with the key of its own stream', () => {
  const { tickets, ticket } = setUp();
  const use = tickets.use(ticket, S, undefined);
  assert.equal(tickets.use(ticket, S, undefined), undefined);
  assert.equal(tickets.use(ticket, S, 'guessed'), undefined);
  assert.equal(tickets.use(ticket, S, use?.key)?.key, use?.key);
});

test('CONN-21: while its stream is open it does not age; ten minutes after it, it is forgotten', () => {
  const { clock, tickets, ticket } = setUp();
  const use = tickets.use(ticket, S, undefined);
  clock.advance(3_600_000);
  use?.over(false);
  clock.advance(599_999);
  const again = tickets.use(ticket, S, use?.key);
  assert.ok(again !== undefined);
  again.over(false);
  clock.advance(600_000);
  assert.equal(tickets.use(ticket, S, use?.key), undefined);
});

test('CONN-21: when its stream ended for good, it is worth nothing', () => {
  const { tickets, ticket } = setUp();
  const use = tickets.use(ticket, S, undefined);
  use?.over(true);
  assert.equal(tickets.use(ticket, S, use?.key), undefined);
});

test('CONN-22: who comes back goes on as the connection of before; the late end of an earlier stream changes nothing', () => {
  const { tickets, ticket } = setUp();
  const first = tickets.use(ticket, S, undefined);
  const connection = 'connection' as ConnectionId;
  assert.equal(first?.returning, undefined);
  first?.follow({ connection, reconnect: 'token-1' });
  const second = tickets.use(ticket, S, first?.key);
  assert.deepEqual(second?.returning, { connection, reconnect: 'token-1' });
  second?.follow({ connection, reconnect: 'token-2' });
  first?.over(true);
  assert.equal(tickets.use(ticket, S, first?.key)?.returning?.reconnect, 'token-2');
});

test('CONN-21: the credential of a login that a ticket paid for is good once', () => {
  const { tickets } = setUp();
  const credential = tickets.credentialOf(ADA);
  assert.deepEqual(tickets.admit(credential), { ok: true, identity: ADA });
  assert.equal(tickets.admit(credential), undefined);
});

test('CONN-21: tickets are bounded, and old ones make room', () => {
  const { clock, tickets } = setUp();
  let issued = 1;
  while (tickets.issue(S, ADA) !== undefined) issued += 1;
  assert.equal(issued, 10_000);
  clock.advance(60_000);
  assert.ok(tickets.issue(S, ADA) !== undefined);
});
