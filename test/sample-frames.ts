import type { ClientFrame, LiveFrame, ServerFrame } from '../src/protocol/frames.ts';
import type { ConnectionId, InstanceId, LogId, ParticipantId, Position, SessionId, Tag } from '../src/protocol/ids.ts';

const session = 'q83vEjRWeJCrze8SNFZ4kA' as SessionId;
const instance = '4.q83vEjRWeJCrze8S.NFZ4kA12' as InstanceId;
const position: Position = { logId: 'l83vEjRWeJCrze8SNFZ4kA' as LogId, seq: 12, tag: 't83vEjRWeJA' as Tag };
const live: LiveFrame = [
  12,
  [0, 325.5, 425],
  [['rolls', 3], { n: 6 }],
  2,
  ['d', 4],
  ['p', ['lines'], 0, 1, 'x'],
  ['m', 'rolled', { n: 6 }, 'ada'],
  ['n', 7],
];

type Samples = {
  readonly client: { readonly [Kind in ClientFrame['t']]: Extract<ClientFrame, { t: Kind }> };
  readonly server: { readonly [Kind in Exclude<ServerFrame, LiveFrame>['t']]: Extract<ServerFrame, { t: Kind }> } & {
    readonly live: LiveFrame;
  };
};

/** One frame of every kind, each with every member that it can have. */
export const WELL_FORMED: Samples = {
  client: {
    hello: {
      t: 'hello',
      version: 1,
      session,
      token: 'a.b.c',
      role: 'player',
      instance,
      position,
      connection: 'c83vEjRWeJCrze8SNFZ4kA' as ConnectionId,
      reconnect: '2hYtXv0c7oQJm1n9dRk4sEwZpL6uAiBfGxC3yT5VbNM',
      table: [3, 12],
      lowest: 3,
      accept: ['deflate'],
    },
    command: { t: 'command', n: 7, low: 5, name: 'moveToken', args: { id: 'marlin', x: 325.5, y: 425 }, basis: 11 },
    ping: { t: 'ping', at: 1024.5, rtt: 42 },
    renew: { t: 'renew', token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2ln' },
    presence: { t: 'presence', idle: false, activity: { name: 'rolling', ttlMs: 3_000 }, data: { x: 1, y: 2 } },
    diverged: { t: 'diverged', seq: 12, hash: '0123456789abcdef' },
  },
  server: {
    welcome: {
      t: 'welcome',
      version: 1,
      connection: 'c83vEjRWeJCrze8SNFZ4kA' as ConnectionId,
      instance,
      participant: { id: 'ada' as ParticipantId, name: 'Ada', role: 'player' },
      session: { id: session, type: 'tabletop', version: 1 },
      settled: 6,
      reconnect: '2hYtXv0c7oQJm1n9dRk4sEwZpL6uAiBfGxC3yT5VbNM',
      resumed: false,
      windowMs: 30_000,
      tag: position.tag,
      durability: 'full',
      heartbeatMs: 15_000,
      now: 1_770_000_000_000,
    },
    resumed: {
      t: 'resumed',
      reconnect: '2hYtXv0c7oQJm1n9dRk4sEwZpL6uAiBfGxC3yT5VbNM',
      tag: position.tag,
      heartbeatMs: 10_000,
    },
    snapshot: {
      t: 'snapshot',
      position,
      reason: 'joined',
      missed: [1, 12],
      meta: { name: 'Reef' },
      state: { tokens: { marlin: { x: 325.5, y: 425 } }, rolls: [] },
      paths: [3, 0, ['tokens', 'marlin', 'x'], [0, 'participants', 'ada'], ['rolls', 0]],
    },
    tail: {
      t: 'tail',
      seq: 12,
      events: [11, [0, 5], [['tokens', 'marlin', 'z'], 5], 1],
      folded: true,
      paths: [3, 12, ['log']],
    },
    ack: { t: 'ack', n: 7, seq: 12, result: { total: 9 }, durability: 'normal' },
    reject: { t: 'reject', n: 7, seq: 12, code: 'rejected', message: 'Not your turn.', details: { turn: 'bo' } },
    check: { t: 'check', seq: 12, hash: '0123456789abcdef' },
    pong: { t: 'pong', at: 1024.5, now: 1_770_000_000_000 },
    presence: {
      t: 'presence',
      full: true,
      people: {
        ['ada' as ParticipantId]: {
          status: 'online',
          since: 1_770_000_000_000,
          activity: { name: 'rolling', untilMs: 1_770_000_005_000 },
          data: { x: 1, y: 2 },
        },
        ['otto' as ParticipantId]: null,
      },
      details: {
        ['ada' as ParticipantId]: [
          { connection: 'c83vEjRWeJCrze8SNFZ4kA' as ConnectionId, rttMs: 42, lastHeardMs: 1_770_000_000_000, unsentBytes: 0 },
        ],
      },
      audience: 3,
      idleAfterMs: 300_000,
    },
    renewed: { t: 'renewed', expiresAt: 1_770_003_600_000 },
    error: { t: 'error', code: 'unavailable', message: 'Try again shortly.', details: null, retryAfterMs: 500 },
    live,
  },
};
