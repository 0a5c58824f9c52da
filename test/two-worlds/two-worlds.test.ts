import './pack-at-once.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES, type Code } from '../../src/protocol/codes.ts';
import { difference, seenFromOutside } from './compare.ts';
import { PROBES, STEPPED } from './probes.ts';
import { EVERY_KIND, HIDING, makeSchedule, OUTSIDERS } from './schedule.ts';
import { HUSH, LONG, SHORT, type Secrets } from './secrets.ts';
import { Tally } from './tally.ts';

// After the packing: modules are loaded in this order.
const { Play } = await import('./play.ts');
const { World } = await import('./world.ts');

/** How many schedules are run (HOLDFAST_SCHEDULES), and from which on (HOLDFAST_SEED): `seed 17` fails alone with 1 and 17. */
const SCHEDULES = Number(process.env['HOLDFAST_SCHEDULES'] ?? 1_000);
const FIRST = Number(process.env['HOLDFAST_SEED'] ?? 1);
/** With fewer, not everything can be expected to occur. */
const ENOUGH = 1_000;

const FRAMES = ['welcome', 'resumed', 'snapshot', 'tail', 'live', 'ack', 'reject', 'check', 'pong', 'renewed', 'presence', 'error'];
const REASONS = ['joined', 'cheaper', 'regression', 'other-log', 'sight-changed', 'diverged'];
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

async function play(seed: number, secrets: Secrets): Promise<InstanceType<typeof World>> {
  const world = new World(makeSchedule(seed), secrets);
  await new Play(world).run();
  return world;
}

/** Everything that has to occur, or what is the same is so because nothing happens. */
function expectations(routes: readonly string[]): Tally {
  const tally = new Tally();
  tally.expect('frame', FRAMES);
  tally.expect('snapshot', REASONS);
  tally.expect(
    'code',
    Object.keys(CODES).filter((code) => !ELSEWHERE.has(code as Code)),
  );
  tally.expect('route', routes);
  tally.expect('act', ACTS);
  tally.expect('hidden', [...HIDING, 'audience profile', 'side session', 'side name', 'campaign']);
  tally.expect('step', EVERY_KIND);
  tally.expect('device', ['socket', 'stream', 'ticket']);
  return tally;
}

/** As the server itself names them. */
async function routesOfServer(): Promise<string[]> {
  const world = new World(makeSchedule(1), SHORT);
  await world.while(world.server.start());
  const response = await world.while(world.fetch('nobody', 'GET', '/openapi.json'));
  const { paths } = (await response.json()) as { paths: Record<string, object> };
  await world.stop();
  return Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
}

test('LEAK-2: every route of the server is asked by outsiders in the two worlds', async () => {
  const asked = new Set([...PROBES.map(({ method, path }) => `${method} ${path}`), ...STEPPED]);
  assert.deepEqual(
    (await routesOfServer()).filter((route) => !asked.has(route)),
    [],
  );
});

test(`LEAK-1: ${SCHEDULES} schedules, each run in two worlds with different secrets, are the same to everyone outside`, async (t) => {
  const tally = expectations(await routesOfServer());
  let compared = 0;
  for (let seed = FIRST; seed < FIRST + SCHEDULES; seed += 1) {
    const [one, other] = [await play(seed, SHORT), await play(seed, LONG)];
    assert.deepEqual(one.insiders, other.insiders, `seed ${seed}: who sees what is the schedule's doing`);
    const found = difference(one, other);
    assert.equal(found, undefined, `seed ${seed}: ${found}`);
    for (const who of OUTSIDERS) {
      const seen = seenFromOutside(one, who);
      compared += seen.length;
      const told = seen.find(({ text }) => text.includes(HUSH));
      assert.equal(told, undefined, `seed ${seed}: ${who} got a secret: ${JSON.stringify(told)}`);
    }
    tally.merge(one.tally);
  }
  t.diagnostic(`${compared} messages and answers compared; in the first world there were:\n${tally.table}`);
  if (SCHEDULES >= ENOUGH) assert.deepEqual(tally.missing, [], 'everything occurs');
});
