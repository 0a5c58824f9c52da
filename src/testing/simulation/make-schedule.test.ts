import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tinyTabletop } from '../tiny-tabletop.ts';
import { CRASH_POINTS, FAULT_KINDS, type FaultKind } from './history.ts';
import { ScheduleMaker } from './make-schedule.ts';
import { faultOf, type Schedule, type Step } from './schedule.ts';
import { settle } from './simulation-options.ts';

const SEEDS = 300;

function makerWith(faults: readonly FaultKind[] = FAULT_KINDS): ScheduleMaker {
  return new ScheduleMaker({ ...settle(tinyTabletop, {}), faults, definitions: [tinyTabletop], servers: 2, versions: 2 });
}

function schedules(faults?: readonly FaultKind[]): readonly Schedule[] {
  const maker = makerWith(faults);
  return Array.from({ length: SEEDS }, (_, index) => maker.make(index + 1));
}

test('SIM-3: the same seed gives the same schedule, as data; another seed another one', () => {
  const [one, again, other] = [makerWith().make(17), makerWith().make(17), makerWith().make(18)];
  assert.equal(JSON.stringify(one), JSON.stringify(again));
  assert.notDeepEqual(one.steps, other.steps);
  assert.deepEqual(JSON.parse(JSON.stringify(one)), one);
  assert.equal(one.steps.length, 200);
});

test('SIM-4: every fault, crash point and command is in some schedules and absent from others', () => {
  const all = schedules();
  // One follows from power cuts at durability normal, one from a second server.
  const begun = FAULT_KINDS.filter((fault) => fault !== 'unsynced loss' && fault !== 'two owners' && fault !== 'restart');
  for (const fault of [...begun, 'restart' as const]) occursInSome(all, fault, (step) => faultOf(step) === fault);
  for (const point of CRASH_POINTS.filter((name) => !name.includes('remove')))
    occursInSome(all, point, (step) => step.do === 'crash at' && step.point === point);
  for (const name of ['moveToken', 'roll', 'hide', 'strike'])
    occursInSome(all, name, (step) => step.do === 'command' && step.name === name);
  for (const act of ['kick', 'role', 'pause', 'end']) occursInSome(all, act, (step) => step.do === 'manage' && step.act === act);
  assert.ok(all.some(({ durability }) => durability === 'normal') && all.some(({ durability }) => durability === 'full'));
});

function occursInSome(all: readonly Schedule[], what: string, is: (step: Step) => boolean): void {
  const count = all.filter(({ steps }) => steps.some(is)).length;
  assert.ok(count > 0 && count < SEEDS, `${what} is in ${count} of ${SEEDS}`);
}

test('SIM-4: no fault occurs that was not asked for', () => {
  const found = new Set(schedules(['cut', 'disk full']).flatMap(({ steps }) => steps.flatMap((step) => faultOf(step) ?? [])));
  assert.deepEqual(found, new Set(['cut', 'disk full']));
  assert.ok(schedules([]).every(({ steps }) => steps.every((step) => faultOf(step) === undefined)));
});

/** Whether anyone could be served after each step, as far as the schedule says. */
function served(steps: readonly Step[]): boolean[] {
  const up = new Set([0]);
  let [isFull, isRefused] = [false, false];
  return steps.map((step) => {
    if (step.do === 'start' || step.do === 'thaw') up.add(step.server);
    if (step.do === 'crash' || step.do === 'stop' || step.do === 'freeze' || step.do === 'crash at') up.delete(step.server);
    if (step.do === 'power cut') up.clear();
    if (step.do === 'disk full') isFull = step.on;
    if (step.do === 'refuse') isRefused = step.on;
    return up.size > 0 && !isFull && !isRefused;
  });
}

test('SIM-5: whatever keeps everyone away ends soon: a server that is down is started, one that stands still goes on, a full disk gets room', () => {
  let most = 0;
  for (const { seed, steps } of schedules()) {
    let without = 0;
    for (const isServed of served(steps)) {
      without = isServed ? 0 : without + 1;
      most = Math.max(most, without);
      assert.ok(without < 45, `seed ${seed}`);
    }
  }
  assert.ok(most > 5, 'some of it lasts a while');
});
