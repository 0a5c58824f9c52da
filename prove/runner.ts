import { stageLine, type Stage } from './progress.ts';
import type { Proof, Wrong } from './proof.ts';
import { pieceDirectory, RunningPiece, type PieceOutcome } from './run-piece.ts';
import { absorb, absorbBroken, ENOUGH_WRONG, isFinished, pieceCount, unitsOf, type Tally } from './tally.ts';

/** A proof that takes part in a run. */
export type Entry = {
  readonly proof: Proof;
  readonly file: string;
  readonly tally: Tally;
};

export type RunnerOptions = {
  readonly seed: number;
  readonly jobs: number;
  readonly dir: string;
  readonly minutes?: number;
  /** A command that does the same units of a proof again. */
  readonly repeat: (name: string, from: number, count: number) => string;
  readonly say: (text: string) => void;
  /** Something was finished: what is known is to be kept. */
  readonly onPiece: () => void;
};

type Work = {
  readonly entry: Entry;
  readonly running: Map<number, RunningPiece>;
  next: number;
  /** First start here, and what was done before it. */
  since?: { readonly at: number; readonly done: number };
  /** No piece begins after that; it may be given more. */
  endsAt: number;
  isTold: boolean;
};

/** Does the pieces of proofs, several at a time; those that load the machine by themselves, after the others. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #works: readonly Work[];
  readonly #endsAt: number;
  #isStopped = false;

  constructor(entries: readonly Entry[], options: RunnerOptions) {
    this.#options = options;
    this.#endsAt = options.minutes === undefined ? Infinity : performance.now() + options.minutes * 60_000;
    const inOrder = [...entries].sort((one, other) => Number(one.proof.alone ?? false) - Number(other.proof.alone ?? false));
    this.#works = inOrder.map((entry) => ({ entry, running: new Map(), next: entry.tally.finishedBelow, endsAt: Infinity, isTold: false }));
  }

  /** Until all is done, time is up, or it is stopped. */
  async run(): Promise<void> {
    const running = new Set<Promise<void>>();
    for (;;) {
      while (!this.#isStopped && running.size < this.#options.jobs) {
        const ended = this.#startNext(running.size);
        if (ended === undefined) break;
        running.add(ended);
        void ended.finally(() => running.delete(ended));
      }
      if (running.size === 0) return;
      await Promise.race(running);
    }
  }

  /** Ends what is being done; it can be done again. */
  stop(): void {
    this.#isStopped = true;
    for (const { running } of this.#works) for (const piece of running.values()) piece.stop();
  }

  /** What is under way. */
  stages(): Stage[] {
    return this.#works.filter(({ running }) => running.size > 0).map((work) => this.#stageOf(work));
  }

  #stageOf({ entry: { proof, tally }, running, since, endsAt }: Work): Stage {
    const underWay = [...running.values()].reduce((sum, piece) => sum + piece.unitsDone, 0);
    const now = performance.now();
    const done = Math.min(tally.done + underWay, tally.target);
    return {
      name: proof.name,
      unit: proof.unit,
      done,
      target: tally.target,
      wrong: tally.wrong.length,
      recent: { done: done - (since?.done ?? 0), ms: now - (since?.at ?? now) },
      leftMs: endsAt === Infinity ? undefined : endsAt - now,
    };
  }

  /** Begins the next piece that may run beside so many others. */
  #startNext(beside: number): Promise<void> | undefined {
    const now = performance.now();
    if (now >= this.#endsAt) return undefined;
    if (this.#works.some(({ entry, running }) => entry.proof.alone === true && running.size > 0)) return undefined;
    let work = this.#works.find((each) => this.#hasMore(each) && now < each.endsAt);
    if (work === undefined && this.#endsAt !== Infinity && beside === 0) work = this.#shareWhatIsLeft(now);
    if (work === undefined || (work.entry.proof.alone === true && beside > 0)) return undefined;
    if (work.since === undefined) this.#begin(work, now);
    const piece = work.next;
    work.next += 1;
    return this.#doPiece(work, piece);
  }

  /** True while it has pieces that nobody has begun. */
  #hasMore(work: Work): boolean {
    const { tally } = work.entry;
    if (tally.wrong.length >= ENOUGH_WRONG) return false;
    while (work.next < pieceCount(tally) && isFinished(tally, work.next)) work.next += 1;
    return work.next < pieceCount(tally);
  }

  #begin(work: Work, now: number): void {
    work.since = { at: now, done: work.entry.tally.done };
    const waiting = this.#works.filter((each) => each.since === undefined && this.#hasMore(each)).length;
    if (this.#endsAt !== Infinity) work.endsAt = now + (this.#endsAt - now) / (waiting + 1);
  }

  /** Some needed less than their share: the rest is for those that need more. */
  #shareWhatIsLeft(now: number): Work | undefined {
    const hungry = this.#works.filter((each) => this.#hasMore(each));
    for (const [index, each] of hungry.entries()) each.endsAt = now + ((this.#endsAt - now) * (index + 1)) / hungry.length;
    return hungry[0];
  }

  async #doPiece(work: Work, number: number): Promise<void> {
    const { proof, file, tally } = work.entry;
    const { seed, dir } = this.#options;
    const range = unitsOf(tally, number);
    const directory = pieceDirectory(dir, proof.name, number);
    const started = performance.now();
    const piece = new RunningPiece({ file, seed, ...range, directory }, proof.pieceLimitMs);
    work.running.set(number, piece);
    const outcome = await piece.ended;
    work.running.delete(number);
    if (outcome.kind === 'stopped') return;
    this.#absorb(work, number, outcome, performance.now() - started);
    this.#options.onPiece();
    if (work.running.size === 0 && !this.#hasMore(work)) this.#tellEnd(work, tally);
  }

  #absorb({ entry: { proof, tally } }: Work, number: number, outcome: PieceOutcome, workMs: number): void {
    const before = tally.wrong.length;
    if (outcome.kind === 'result') absorb(tally, number, outcome.result, { workMs, memory: outcome.memory });
    if (outcome.kind === 'broke') {
      const { from, count } = unitsOf(tally, number);
      const repeat = this.#options.repeat(proof.name, from, count);
      absorbBroken(tally, number, { unit: from + Math.min(outcome.unitsDone, count - 1), what: outcome.what, repeat }, workMs);
    }
    for (const wrong of tally.wrong.slice(before)) this.#options.say(wrongLines(proof, wrong));
    if (before < ENOUGH_WRONG && tally.wrong.length >= ENOUGH_WRONG)
      this.#options.say(`${proof.name}: ${tally.wrong.length} wrong answers are enough; the rest of it is not run`);
  }

  #tellEnd(work: Work, tally: Tally): void {
    if (work.isTold) return;
    work.isTold = true;
    const sign = tally.wrong.length === 0 ? '+' : '!';
    this.#options.say(`${sign} ${stageLine({ ...this.#stageOf(work), leftMs: 0 }).replace(/, 0 s left$/, '')}`);
  }
}

/** What is wrong, and how to see it again. */
export function wrongLines({ name, unit }: Proof, { unit: number, what, repeat }: Wrong): string {
  return `WRONG ${name}, ${unit} ${number}: ${what}\n  again: ${repeat}`;
}
