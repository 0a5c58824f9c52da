import type { JsonValue } from '../../protocol/json.ts';
import type { Schedule, Step } from './schedule.ts';

export type ShortenOptions = {
  /** Runs a schedule; true where the same promise is broken again. */
  readonly stillFails: (schedule: Schedule) => Promise<boolean>;
  /** Schedules run at most. Default 400. */
  readonly maxRuns?: number | undefined;
  /** True when enough time was spent. */
  readonly isLate?: (() => boolean) | undefined;
};

export type Shortened = { readonly schedule: Schedule; readonly runs: number };

/**
 * The same failure with as little as possible: whole stretches of steps are left out, then shorter ones, then single ones
 * (delta debugging); what is left is made simpler, step by step; then once more, for what that made superfluous.
 */
export async function shorten(schedule: Schedule, options: ShortenOptions): Promise<Shortened> {
  const search = new Search(schedule, options);
  let before;
  do {
    before = search.schedule;
    await search.leaveOut();
    await search.simplify();
  } while (search.schedule !== before && !search.isOver);
  return { schedule: search.schedule, runs: search.runs };
}

class Search {
  schedule: Schedule;
  runs = 0;
  readonly #options: ShortenOptions;

  constructor(schedule: Schedule, options: ShortenOptions) {
    this.schedule = schedule;
    this.#options = options;
  }

  get isOver(): boolean {
    return this.runs >= (this.#options.maxRuns ?? 400) || this.#options.isLate?.() === true;
  }

  async #takeIfFails(candidate: Schedule): Promise<boolean> {
    if (this.isOver) return false;
    this.runs += 1;
    const fails = await this.#options.stillFails(candidate);
    if (fails) this.schedule = candidate;
    return fails;
  }

  async leaveOut(): Promise<void> {
    for (let size = Math.ceil(this.schedule.steps.length / 2); size >= 1 && !this.isOver; size = Math.floor(size / 2)) {
      // From the end: what comes last needs what came before, seldom the other way round.
      for (let from = this.schedule.steps.length - size; from > -size && !this.isOver; from -= size) {
        const start = Math.max(0, from);
        await this.#takeIfFails({ ...this.schedule, steps: this.schedule.steps.toSpliced(start, from + size - start) });
      }
    }
    const { people, steps } = this.schedule;
    const acting = people.filter(
      ({ name, role }, index) => index === 0 || role === 'gm' || steps.some((step) => 'who' in step && step.who === name),
    );
    if (acting.length < people.length) await this.#takeIfFails({ ...this.schedule, people: acting });
  }

  async simplify(): Promise<void> {
    for (let index = 0; index < this.schedule.steps.length && !this.isOver; index += 1) {
      const step = this.schedule.steps[index];
      for (const simpler of step === undefined ? [] : simplerThan(step)) {
        if (await this.#takeIfFails({ ...this.schedule, steps: this.schedule.steps.with(index, simpler) })) break;
      }
    }
  }
}

/** The simplest first. */
function simplerThan(step: Step): readonly Step[] {
  switch (step.do) {
    case 'wait':
      return [0, 10, 1_000, 10_000].filter((ms) => ms < step.ms).map((ms) => ({ ...step, ms }));
    case 'command':
      return simplerArguments(step.args).map((args) => ({ ...step, args }));
    case 'flood':
      return [1, 10].filter((times) => times < step.times).map((times) => ({ ...step, times }));
    case 'append':
    case 'duplicate':
    case 'reorder':
    case 'fail reads':
      return step.times > 1 ? [{ ...step, times: 1 }] : [];
    case 'crash at':
      return [{ do: 'crash', server: step.server }];
    case 'stop':
      return [{ do: 'crash', server: step.server }];
    default:
      return [];
  }
}

function simplerArguments(args: JsonValue): readonly JsonValue[] {
  if (typeof args !== 'object' || args === null || Array.isArray(args)) return args === null ? [] : [{}];
  const keys = Object.keys(args);
  const shorter = keys.map((key) => Object.fromEntries(Object.entries(args).filter(([other]) => other !== key)));
  const simple = keys.flatMap((key) => simplerValues(args[key] ?? null).map((value) => ({ ...args, [key]: value })));
  return [...(keys.length > 0 ? [{}] : []), ...shorter, ...simple];
}

function simplerValues(value: JsonValue): readonly JsonValue[] {
  if (typeof value === 'string') return ['', 'a'].filter((simple) => simple.length < value.length);
  if (typeof value === 'number') return value === 0 || value === 1 ? [] : [0, 1];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.length > 1 ? [[], value.slice(0, 1)] : value.length > 0 ? [[]] : [];
  if ('$known' in value || '$person' in value) return ['a'];
  return Object.keys(value).length > 0 ? [{}] : [];
}
