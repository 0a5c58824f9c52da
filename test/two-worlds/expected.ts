import { CODES, type Code } from '../../src/protocol/codes.ts';
import { PROBES, STEPPED } from './probes.ts';
import { EVERY_KIND, HIDING } from './schedule.ts';

/** Codes that take a broken disk or program, an operator, or more clients than a schedule has. */
const ELSEWHERE = new Set<Code>([
  'over-budget',
  'disk-full',
  'internal',
  'quarantined',
  'unavailable',
  'too-many-connections',
  'lost',
  'login-timeout',
  'too-large',
]);
const ACTS = (
  'role gm,role player,role spectator,kick,ban,banStranger,unban,lock,unlock,rename,pause,resume,handOver,transfer,erase,end,' +
  'invite,inviteSecretly,revoke,claim,reconnect,restart,audience comes,audience goes'
).split(',');

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  frame: ['welcome', 'resumed', 'snapshot', 'tail', 'live', 'ack', 'reject', 'check', 'pong', 'renewed', 'presence', 'error'],
  snapshot: ['joined', 'cheaper', 'regression', 'other-log', 'sight-changed', 'diverged'],
  code: Object.keys(CODES).filter((code) => !ELSEWHERE.has(code as Code)),
  route: [...PROBES.map(({ method, path }) => `${method} ${path}`), ...STEPPED],
  act: ACTS,
  hidden: [...HIDING, 'audience profile', 'side session', 'side name', 'campaign'],
  step: EVERY_KIND,
  device: ['socket', 'stream', 'ticket'],
};

/** Everything that has to occur in a thousand schedules, or what is the same is so because nothing happens. */
export const EXPECTED_KEYS: readonly string[] = [
  ...new Set(Object.entries(EXPECTED).flatMap(([group, names]) => names.map((name) => `${group}: ${name}`))),
];
