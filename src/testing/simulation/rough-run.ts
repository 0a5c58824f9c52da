import { tinyTabletop } from '../tiny-tabletop.ts';
import { Dice } from './dice.ts';
import { CRASH_POINTS } from './history.ts';
import { SimulatedWorld, type Person, type WorldOptions } from './world.ts';

const PEOPLE: readonly Person[] = [
  { name: 'mira', role: 'gm', transport: 'websocket' },
  { name: 'ann', role: 'player', transport: 'sse' },
  { name: 'bo', role: 'player', transport: 'websocket' },
  { name: 'vic', role: 'spectator', transport: 'sse' },
];

type Acts = readonly ((world: SimulatedWorld, dice: Dice) => unknown)[];

const whoOf = (world: SimulatedWorld, dice: Dice) => dice.pick(world.clients);
const nameOf = (world: SimulatedWorld, dice: Dice): string => whoOf(world, dice).person.name;
const serverOf = (world: SimulatedWorld, dice: Dice) => dice.pick(world.servers);
const sessionOf = (world: SimulatedWorld, dice: Dice) => dice.pick(world.sessions);

/** What people do. */
const DEEDS: Acts = [
  (world, dice) => whoOf(world, dice).send('roll', { sides: dice.int(2, 20) }),
  (world, dice) => whoOf(world, dice).send('moveToken', { id: `t${dice.below(5)}`, x: dice.below(9), y: dice.below(9) }),
  (world, dice) => whoOf(world, dice).send('draw', { card: `card ${dice.below(50)}` }),
  (world, dice) => whoOf(world, dice).send('hide', { key: `k${dice.below(9)}`, text: 'x'.repeat(dice.below(2_000)) }),
  (world, dice) => whoOf(world, dice).send('refuse', {}),
  (world, dice) => whoOf(world, dice).setPresence(dice.chance(50) ? 'typing' : undefined),
  (world, dice) => whoOf(world, dice).manage('pause'),
  (world) => world.clients[0]?.manage('resume'),
  (world, dice) => whoOf(world, dice).leave(),
  (world, dice) => whoOf(world, dice).join(),
  (world, dice) => whoOf(world, dice).close(),
];

/** What goes wrong. */
const TROUBLES: Acts = [
  (world, dice) => serverOf(world, dice).crash(),
  (world, dice) => serverOf(world, dice).stop(),
  (world, dice) => serverOf(world, dice).start(),
  (world, dice) => serverOf(world, dice).start(),
  (world, dice) => serverOf(world, dice).start(),
  (world, dice) => serverOf(world, dice).freeze(),
  (world, dice) => serverOf(world, dice).thaw(),
  (world, dice) => serverOf(world, dice).crashAt(dice.pick(CRASH_POINTS)),
  (world) => world.disk.powerCut(),
  (world, dice) => world.disk.failNext(dice.pick(['written', 'lost', 'unknown'])),
  (world, dice) => world.disk.full(dice.chance(30)),
  (world, dice) => world.disk.slow(dice.pick([0, 0, 50, 400])),
  (world, dice) => {
    const session = sessionOf(world, dice);
    return world.disk.corrupt(session, dice.int(1, world.disk.headOf(session)), dice.pick(['content', 'header', 'hash']));
  },
  (world, dice) => world.disk.loseTail(sessionOf(world, dice), dice.int(1, 3)),
  (world, dice) => world.disk.failReads(dice.int(1, 2)),
  (world, dice) => world.network.delay(nameOf(world, dice), 0, dice.pick([5, 50, 2_000])),
  (world, dice) => world.network.stall(nameOf(world, dice), dice.pick([100, 3_000, 60_000]), dice.pick(['client', 'server', undefined])),
  (world, dice) => world.network.cut(nameOf(world, dice)),
  (world, dice) => world.network.halfOpen(nameOf(world, dice)),
  (world, dice) => world.network.refuse(dice.chance(30)),
  (world, dice) => world.network.duplicate(nameOf(world, dice), 2),
  (world, dice) => world.network.reorder(nameOf(world, dice), 2),
  (world, dice) => world.network.slowReader(nameOf(world, dice), dice.pick([500, 5_000, Infinity])),
  (world, dice) => whoOf(world, dice).reload(),
  (world, dice) => whoOf(world, dice).duplicateTab(),
  (world, dice) => whoOf(world, dice).sleep(dice.pick([100, 20_000, 90_000])),
  (world, dice) => world.jumpClock(dice.int(-100_000, 100_000), dice.pick(['servers', 'clients'])),
];

/** A short run in which everything may go wrong, for tests of the world itself. */
export async function roughRun(
  seed: number,
  options: Partial<WorldOptions> = {},
): Promise<{ world: SimulatedWorld; restless: readonly string[] }> {
  const dice = new Dice(seed);
  const world = new SimulatedWorld({ seed, definition: tinyTabletop, people: PEOPLE, ...options });
  await world.start();
  for (const client of world.clients) client.join();
  for (let step = 1; step <= 80; step += 1) {
    world.history.add({ kind: 'step', step, what: 'a rough one' });
    await dice.pick(dice.chance(70) ? DEEDS : TROUBLES)(world, dice);
    if (dice.chance(30) && world.servers.every(({ state }) => state === 'down')) serverOf(world, dice).start();
    await world.advance(dice.pick([0, 3, 20, 100, 1_000, 15_000]));
  }
  const restless = (await world.quiet(300_000)) ? [] : world.restless;
  await world.end();
  return { world, restless };
}
