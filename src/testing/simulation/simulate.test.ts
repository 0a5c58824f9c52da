import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { tabletop } from '../../../examples/tabletop/game.ts';
import { defineSession } from '../../definition/define-session.ts';
import { settle } from './simulation-options.ts';
import { ScheduleMaker } from './make-schedule.ts';
import { runSchedule } from './run-schedule.ts';
import { simulate, simulateIn } from './simulate.ts';
import { SimulationError } from './simulation-error.ts';
import { SimulatedWorld, type WorldOptions } from './world.ts';

/** A safe that opens for one sequence of three acts, which nobody meant. */
const safe = defineSession('safe', {
  version: 1,
  initial: () => ({ open: false, dial: [] as string[] }),
  policies: { access: 'open' },
  commands: (command) => ({
    turn: command(z.object({ to: z.enum(['left', 'right', 'top']) }), (state, { to }) => {
      state.dial = [...state.dial, to].slice(-3);
      if (state.dial.join() === 'left,left,top') state.open = true;
    }),
    look: command(z.object({}), (state) => state.dial.length),
    knock: command(z.object({ times: z.int().min(1).max(9) }), () => undefined),
  }),
});

async function failureOf(promise: Promise<unknown>): Promise<SimulationError> {
  const error = await promise.then(
    () => assert.fail('it holds'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof SimulationError)) throw error;
  return error;
}

const check = ({ state }: { state: object }): void => assert.ok(!('open' in state) || state.open === false, 'the safe is open');

test('SIM-19: the schedule that breaks an invariant is shortened to the acts that break it', async () => {
  const error = await failureOf(simulate(safe, { seeds: 50, check, progress: false }));
  const { shortened } = error;
  const turns = shortened.steps.filter((step) => step.do === 'command');
  assert.deepEqual(
    turns.map(({ name, args }) => [name, (args as { to: string }).to]),
    [
      ['turn', 'left'],
      ['turn', 'left'],
      ['turn', 'top'],
    ],
  );
  assert.ok(shortened.steps.length <= 6, error.message);
  assert.equal(error.promise, 0);
});

test('SIM-19: a failure says the seed, the step, what does not hold, each step of the shortened schedule, and how to repeat both', async () => {
  const error = await failureOf(simulate(safe, { seeds: 50, steps: 150, check, progress: false }));
  const { message, seed } = error;
  assert.match(message, new RegExp(`^seed ${seed}, step \\d+: your own check does not hold: the safe is open`));
  assert.match(message, /turn \{"to":"left"\}\n[^]*turn \{"to":"left"\}\n[^]*turn \{"to":"top"\}/);
  assert.ok(message.includes(`await simulate(safe, { seeds: [${seed}], steps: 150, check })`), message);
  assert.ok(message.includes(JSON.stringify(error.shortened)), message);
  const again = await failureOf(simulate(safe, { seeds: [seed], steps: 150, check, progress: false, shortenMs: 0 }));
  assert.deepEqual([again.step, again.what, again.schedule], [error.step, error.what, error.schedule]);
  const short = await failureOf(simulate(safe, { schedule: error.shortened, check, progress: false, shortenMs: 0 }));
  assert.equal(short.what, error.what);
});

test('SIM-9: two runs of one seed give the same history, to the byte', async () => {
  const settings = settle(tabletop, {});
  const maker = new ScheduleMaker({ ...settings, definitions: [tabletop], servers: 2, versions: 2 });
  for (const seed of [1, 2, 3]) {
    const run = async (): Promise<string> =>
      (await runSchedule(maker.make(seed), { versions: settings.versions, servers: 2 })).history.text();
    const [one, other] = [await run(), await run()];
    assert.ok(one.length > 10_000);
    assert.equal(one, other);
  }
});

test('SIM-20: a world whose faults never take effect fails the simulation', async () => {
  const openPainless = (options: WorldOptions): SimulatedWorld => {
    const world = new SimulatedWorld(options);
    world.network.cut = () => undefined;
    return world;
  };
  const faults = ['cut'] as const;
  const painless = simulateIn(openPainless, safe, { seeds: 20, faults, progress: false });
  await assert.rejects(painless, /does not do what it says: the fault 'cut' was tried and never took effect/);
  assert.ok((await simulate(safe, { seeds: 20, faults, progress: false })).faults.cut > 20);
});

test('SIM-20: 100 seeds of the tabletop are right, and everything in it is played', async () => {
  let done = 0;
  const report = await simulate(tabletop, {
    seeds: 100,
    progress: ({ seeds, of }) => {
      assert.equal(of, 100);
      done = seeds;
    },
    check: ({ state, views }) => {
      assert.ok((state['rolls'] as unknown[]).length <= 100);
      for (const view of views) assert.equal('secrets' in view.state, view.role === 'gm');
    },
  });
  assert.deepEqual([report.seeds, report.steps, done], [100, 20_000, 100]);
  assert.deepEqual(report.neverAccepted, []);
  for (const name of ['addToken', 'moveToken', 'roll', 'say', 'keepSecret', 'reveal'])
    assert.ok((report.commands[name]?.accepted ?? 0) > 3, `${name}: ${report.commands[name]?.accepted}`);
});
