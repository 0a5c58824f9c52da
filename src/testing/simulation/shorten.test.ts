import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tinyTabletop } from '../tiny-tabletop.ts';
import { ScheduleMaker } from './make-schedule.ts';
import { tellStep, type Schedule, type Step } from './schedule.ts';
import { shorten } from './shorten.ts';
import { settle } from './simulation-options.ts';

function longSchedule(seed: number): Schedule {
  const settings = settle(tinyTabletop, { steps: 300 });
  const schedule = new ScheduleMaker({ ...settings, definitions: [tinyTabletop], servers: 2, versions: 2 }).make(seed);
  const planted: Step = { do: 'command', who: 'ann', name: 'roll', args: { sides: 20, note: ['long', 'and', 'needless'] } };
  const others = schedule.steps.filter((step) => step.do !== 'command' || step.name !== 'roll');
  const rolls = [10, 150, 250].reduce((before, at) => before.toSpliced(at, 0, planted), others);
  const steps = rolls.toSpliced(11, 0, { do: 'wait', ms: 6_000 });
  return { ...schedule, steps };
}

/** Three rolls by Ann, and a wait of more than a second between the first two. */
async function failsAfterThree({ steps }: Schedule): Promise<boolean> {
  let [rolls, waited] = [0, 0];
  for (const step of steps) {
    if (step.do === 'wait' && rolls === 1) waited += step.ms;
    if (step.do === 'command' && step.who === 'ann' && step.name === 'roll') rolls += 1;
  }
  return Promise.resolve(rolls >= 3 && waited > 1_000);
}

test('SIM-6: a failing schedule becomes the least that still fails, in the simplest words', async () => {
  const schedule = longSchedule(4);
  assert.ok(await failsAfterThree(schedule));
  const { schedule: shortened, runs } = await shorten(schedule, { stillFails: failsAfterThree });
  assert.deepEqual(
    shortened.steps.map(tellStep).filter((line) => !line.startsWith('wait')),
    ['ann roll {}', 'ann roll {}', 'ann roll {}'],
  );
  assert.ok(shortened.steps.length <= 5 && (await failsAfterThree(shortened)), shortened.steps.map(tellStep).join('\n'));
  assert.deepEqual(
    shortened.people.map(({ name }) => name),
    ['mira', 'ann'],
  );
  assert.ok(runs <= 400, `${runs} runs`);
});

test('SIM-6: shortening ends when the runs or the time are used up, with what it has by then', async () => {
  const schedule = longSchedule(5);
  let runs = 0;
  const stillFails = (candidate: Schedule): Promise<boolean> => ((runs += 1), failsAfterThree(candidate));
  const few = await shorten(schedule, { stillFails, maxRuns: 12 });
  assert.equal(runs, 12);
  assert.ok(few.schedule.steps.length < schedule.steps.length && (await failsAfterThree(few.schedule)));
  assert.equal((await shorten(schedule, { stillFails, isLate: () => true })).schedule, schedule);
});
