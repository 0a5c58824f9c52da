import type { JsonValue } from '../../src/protocol/json.ts';
import { metaOf, snapshot, tail, welcome } from '../../src/testing/client-harness.ts';
import type { Dice } from './dice.ts';
import { nodeOf, textOf } from './json-node.ts';
import { mutateNode } from './mutate-json.ts';
import { mutateText } from './mutate-text.ts';

/** Where the client under test stands: frames that fit begin there. */
export const STANDS_AT = 10;

const LIVE: readonly JsonValue[] = [
  [11, [['tokens', 'marlin', 'x'], 5]],
  [11, [['title'], 'night'], 1, [0, 'day', 7]],
  [11, [['tokens', 'marlin', 'x'], 5], [[1, 'y'], 6], 2, [0, 1, 2]],
  [11, [['rolls', 0], 1]],
  [11, ['p', ['rolls'], 0, 0, { by: 'mira', n: 4 }, { by: 'mira', n: 5 }], 1, ['o', 0, [1, 0]], ['p', 0, 1, 1]],
  [11, ['d', ['tokens', 'marlin']]],
  [11, ['m', 'rolled', { n: 3 }, 'mira'], ['m', '@participant', { id: 'bob', name: 'Bob', change: 'joined' }, 'system']],
  [11, [[0, 'participants', 'bob'], { name: 'Bob', role: 'player', joinedSeq: 11 }]],
  [11, ['d', [0, 'participants', 'mira']], ['m', '@participant', { id: 'mira', change: 'left', reason: 'bored' }, 'mira']],
  [11, ['n', 4_294_967_295], [['title'], 'anew'], [0, 'again']],
  [11, [[0, 'status'], 'ended'], [[0, 'reason'], 'over']],
  [11, 4],
];

/** A frame that a server could send. */
export function serverFrame(dice: Dice): JsonValue {
  const frames: readonly object[] = [
    welcome({ resumed: dice.percent(50), settled: dice.below(3), expiresAt: 60_000 }),
    { t: 'resumed', reconnect: 'token-2', tag: 'tag-2', heartbeatMs: 15_000 },
    snapshot(STANDS_AT + dice.below(5), {
      reason: dice.pick(['joined', 'cheaper', 'regression', 'other-log', 'diverged', 'sight-changed']),
    }),
    snapshot(STANDS_AT + 2, { missed: [3, 4], setAside: { range: [3, 5], commands: [[1, 2]] }, paths: [1, 0, ['title'], [0, 'status']] }),
    snapshot(12, { meta: metaOf({ mira: 'gm', bob: 'player' }, { status: 'ended', endedBy: 'mira', reason: 'late' }) }),
    tail(STANDS_AT + 3, { events: [11, [['title'], 'tail'], 1], paths: [1, 0] }),
    tail(STANDS_AT + 1, { folded: true, paths: [] }),
    { t: 'ack', n: 1, seq: 11, result: { n: 5 } },
    { t: 'reject', n: 1, seq: 11, code: 'rejected', message: 'No.', details: { why: 'rain' } },
    { t: 'check', seq: 11, hash: '0123456789abcdef' },
    { t: 'pong', at: 0, now: 1_767_225_600_000 },
    { t: 'renewed', expiresAt: 1_767_225_700_000 },
    {
      t: 'error',
      code: dice.pick(['unavailable', 'rate-limited', 'shutting-down', 'internal', 'kicked']),
      message: 'Later.',
      retryAfterMs: 500,
    },
    { t: 'presence', full: true, people: { mira: { status: 'online', since: 5 } }, audience: 2, idleAfterMs: 60_000 },
    {
      t: 'presence',
      people: { mira: { status: 'idle', since: 6, activity: { name: 'typing', untilMs: 9 } }, bob: null },
      details: { mira: [] },
    },
  ];
  return dice.percent(50) ? structuredClone(dice.pick(LIVE)) : (dice.pick(frames) as JsonValue);
}

/** What comes instead of it from a server that is broken, or hostile, or has someone between. */
export function hostileServerText(dice: Dice): string {
  const frame = serverFrame(dice);
  if (dice.percent(15)) return JSON.stringify(frame);
  let node = nodeOf(frame);
  for (let change = dice.pick([1, 1, 2, 3]); change > 0; change -= 1) node = mutateNode(node, dice);
  const text = textOf(node);
  return dice.percent(80) ? text : mutateText(text, JSON.stringify(serverFrame(dice)), dice);
}
