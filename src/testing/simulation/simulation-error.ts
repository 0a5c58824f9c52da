import type { Violation } from './checks/finished-run.ts';
import { tellStep, type Schedule } from './schedule.ts';

/** What each promise says, in few words. */
const PROMISES: readonly string[] = [
  'your own check',
  'acknowledged means durable',
  'durable before visible',
  'one order',
  'one owner',
  'exactly once',
  'a gap-free prefix of one’s own view',
  'reconnect has no cliff',
  'snapshot and tail equal the full replay',
  'a failed write is unknown, not rejected',
  'nothing corrupt is applied or sent',
  'a poisoned session stays alone',
  'content reaches only whom it is for',
  'slow is local',
  'the life of a session is monotone',
  'safety never rests on wall clocks',
  'presence converges',
  'live again after the last fault',
];

export type Failure = {
  readonly seed: number;
  readonly violation: Violation;
  /** Every promise that was broken in the run. */
  readonly violations: readonly Violation[];
  readonly schedule: Schedule;
  readonly shortened: Schedule;
  /** How to run it again. */
  readonly repeat: string;
};

/** Schedules up to this many characters are printed whole, so that they can be run again as they are. */
const PRINTED = 4_000;

/** A promise, or the user's own check, did not hold. The message holds everything that is needed to see it again. */
export class SimulationError extends Error {
  readonly seed: number;
  /** The step of the seed's own schedule in which it was seen, from 1. */
  readonly step: number;
  /** 1 to 17, as in the page of guarantees; 0: the check of one's own. */
  readonly promise: number;
  readonly what: string;
  // Not fields: who prints an error prints its fields, and the message says all that is worth reading.
  readonly #failure: Failure;

  constructor(failure: Failure) {
    super(tell(failure));
    this.name = 'SimulationError';
    this.seed = failure.seed;
    this.step = failure.violation.step;
    this.promise = failure.violation.promise;
    this.what = failure.violation.what;
    this.#failure = failure;
  }

  /** Every promise that was broken in the run. */
  get violations(): readonly Violation[] {
    return this.#failure.violations;
  }

  get schedule(): Schedule {
    return this.#failure.schedule;
  }

  /** The least that still fails the same way. */
  get shortened(): Schedule {
    return this.#failure.shortened;
  }
}

export function tellPromise(promise: number): string {
  return promise === 0 ? String(PROMISES[0]) : `promise ${promise} (${PROMISES[promise] ?? 'unknown'})`;
}

function tell({ seed, violation, violations, schedule, shortened, repeat }: Failure): string {
  const width = String(shortened.steps.length).length;
  const lines = shortened.steps.map((step, index) => `  ${String(index + 1).padStart(width)}  ${tellStep(step)}`);
  const json = JSON.stringify(shortened);
  const more = violations.length > 1 ? [`(${violations.length} things were wrong in this run; this was the first.)`] : [];
  return [
    `seed ${seed}, step ${violation.step}: ${tellPromise(violation.promise)} does not hold: ${violation.what}`,
    ...more,
    '',
    `The shortest schedule found that does it (${shortened.steps.length} of ${schedule.steps.length} steps; ${shortened.people.length} people, durability ${shortened.durability}):`,
    ...lines,
    '',
    `The whole run again:  ${repeat}`,
    json.length <= PRINTED
      ? `The short one alone:  simulate(..., { schedule: ${json} })`
      : 'The short one alone:  simulate(..., { schedule: error.shortened })',
  ].join('\n');
}
