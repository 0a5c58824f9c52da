import { ackedIsDurable } from './acked-is-durable.ts';
import { durableBeforeVisible } from './durable-before-visible.ts';
import { exactlyOnce } from './exactly-once.ts';
import type { Check } from './findings.ts';
import type { Checked, FinishedRun, Looked, Violation } from './finished-run.ts';
import { gapFree } from './gap-free.ts';
import { leaks } from './leaks.ts';
import { lifecycleIsMonotone } from './lifecycle-is-monotone.ts';
import { noWallClock } from './no-wall-clock.ts';
import { nothingCorrupt } from './nothing-corrupt.ts';
import { oneOrder } from './one-order.ts';
import { oneOwner } from './one-owner.ts';
import { presenceConverges } from './presence-converges.ts';
import { RunReading } from './read-run.ts';
import { replayIsEqual } from './replay-is-equal.ts';
import { returnWithoutCliff } from './return-without-cliff.ts';
import { servedAgain } from './served-again.ts';
import { slowIsLocal } from './slow-is-local.ts';
import { staysAlone } from './stays-alone.ts';
import { unknownIsNotRejected } from './unknown-is-not-rejected.ts';

export { canary } from './leaks.ts';
export type { Checked, FinishedRun, Looked, Violation } from './finished-run.ts';

/** A check for each promise, under its number; 16: presence converges; 17: everyone is served again. */
export const CHECKS: ReadonlyMap<number, Check> = new Map([
  [1, ackedIsDurable],
  [2, durableBeforeVisible],
  [3, oneOrder],
  [4, oneOwner],
  [5, exactlyOnce],
  [6, gapFree],
  [7, returnWithoutCliff],
  [8, replayIsEqual],
  [9, unknownIsNotRejected],
  [10, nothingCorrupt],
  [11, staysAlone],
  [12, leaks],
  [13, slowIsLocal],
  [14, lifecycleIsMonotone],
  [15, noWallClock],
  [16, presenceConverges],
  [17, servedAgain],
]);

/** Names of all that the checks count, as in `checkAndCount`: of what was looked at never, nothing has been shown. */
export function everyLook(): string[] {
  return Object.keys(checkAndCount({ history: [], definitions: [], durability: 'full', logs: new Map() }).looked);
}

/** Everything that a run shows of broken promises, the earliest step first, and by how much of it that was judged: `'6 live frames': 812`. */
export function checkAndCount(run: FinishedRun): Checked {
  const reading = new RunReading(run);
  const violations: Violation[] = [];
  const looked: Record<string, number> = {};
  for (const [promise, check] of CHECKS) {
    const checked = check(reading);
    violations.push(...checked.violations);
    for (const [name, times] of Object.entries(checked.looked)) looked[`${promise} ${name}`] = times;
  }
  return {
    violations: violations.toSorted((one, other) => one.step - other.step || one.promise - other.promise),
    looked: looked satisfies Looked,
  };
}

/** The same without the counts. */
export function checkAll(run: FinishedRun): readonly Violation[] {
  return checkAndCount(run).violations;
}
