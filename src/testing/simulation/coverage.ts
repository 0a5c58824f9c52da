import { CRASH_POINTS, FAULT_KINDS, type CrashPoint, type FaultKind, type HistoryEntry } from './history.ts';
import { faultOf, type Schedule } from './schedule.ts';

export type CommandCount = { accepted: number; rejected: number };

/** What was tried so often and never took effect is not there by chance. */
const ENOUGH_TRIES = 25;

/** What happened how often, over all runs: what never happened was not tested. */
export class Coverage {
  readonly faults: Record<FaultKind, number> = zeros(FAULT_KINDS);
  readonly crashPoints: Record<CrashPoint, number> = zeros(CRASH_POINTS);
  readonly commands: Record<string, CommandCount> = {};
  readonly #tried = new Map<FaultKind | CrashPoint, number>();
  #steps = 0;
  #runs = 0;

  /** `commands`: those that are to be counted from the beginning. */
  constructor(commands: readonly string[] = []) {
    for (const name of commands) this.commands[name] = { accepted: 0, rejected: 0 };
  }

  get runs(): number {
    return this.#runs;
  }

  get steps(): number {
    return this.#steps;
  }

  add(schedule: Schedule, history: readonly HistoryEntry[]): void {
    this.#runs += 1;
    this.#steps += schedule.steps.length;
    for (const step of schedule.steps) {
      const fault = faultOf(step);
      if (fault !== undefined) this.#try(fault);
      if (step.do === 'crash at') this.#try(step.point);
    }
    const asked = new Map<number, string>();
    for (const entry of history) {
      if (entry.kind === 'fault') this.faults[entry.fault] += 1;
      else if (entry.kind === 'crash-point') this.crashPoints[entry.point] += 1;
      else if (entry.kind === 'asked') asked.set(entry.ask, entry.name);
      else if (entry.kind === 'answered') this.#answered(asked.get(entry.ask), entry.ok);
    }
  }

  #try(what: FaultKind | CrashPoint): void {
    this.#tried.set(what, (this.#tried.get(what) ?? 0) + 1);
  }

  #answered(name: string | undefined, isAccepted: boolean): void {
    if (name === undefined) return;
    const count = (this.commands[name] ??= { accepted: 0, rejected: 0 });
    if (isAccepted) count.accepted += 1;
    else count.rejected += 1;
  }

  /** Faults and crash points that were tried often and never took effect: the simulation does not do what it says. */
  get neverTookEffect(): readonly string[] {
    const [faults, points] = [
      FAULT_KINDS.filter((fault) => this.faults[fault] === 0 && this.#isTriedEnough(fault)),
      CRASH_POINTS.filter((point) => this.crashPoints[point] === 0 && this.#isTriedEnough(point)),
    ];
    return [...faults.map((fault) => `the fault '${fault}'`), ...points.map((point) => `a crash at the point '${point}'`)];
  }

  #isTriedEnough(what: FaultKind | CrashPoint): boolean {
    return (this.#tried.get(what) ?? 0) >= ENOUGH_TRIES;
  }

  /** Commands that were sent and never accepted. */
  get neverAccepted(): readonly string[] {
    return Object.entries(this.commands).flatMap(([name, { accepted, rejected }]) =>
      accepted === 0 && rejected >= ENOUGH_TRIES ? [name] : [],
    );
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
