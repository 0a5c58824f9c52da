import { duration, plural, whole } from './report.ts';

/** Where lines go; `isTTY` where one can be written over. */
export type Screen = {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
};

/** One proof that is under way. */
export type Stage = {
  readonly name: string;
  readonly unit: string;
  readonly done: number;
  readonly target: number;
  readonly wrong: number;
  /** Done since this process began with it, and for how long. */
  readonly recent: { readonly done: number; readonly ms: number };
  /** Time that it has left where the run has a time limit. */
  readonly leftMs?: number | undefined;
};

const LIVE_EVERY_MS = 250;
const PLAIN_EVERY_MS = 10_000;

/** Tells how far it is: on a terminal in one live line, elsewhere in a line from time to time. */
export class Progress {
  readonly #out: Screen;
  readonly #stages: () => readonly Stage[];
  #timer: NodeJS.Timeout | undefined;
  #isDrawn = false;

  constructor(out: Screen, stages: () => readonly Stage[]) {
    this.#out = out;
    this.#stages = stages;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tell(), this.#out.isTTY ? LIVE_EVERY_MS : PLAIN_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#wipe();
  }

  /** A line that stays. */
  say(text: string): void {
    this.#wipe();
    this.#out.write(`${text}\n`);
  }

  #tell(): void {
    const stages = this.#stages();
    if (stages.length === 0) return;
    if (!this.#out.isTTY) return stages.forEach((stage) => void this.#out.write(`  ${stageLine(stage)}\n`));
    this.#wipe();
    this.#out.write(
      stages
        .map(stageLine)
        .join(' | ')
        .slice(0, (this.#out.columns ?? 80) - 1),
    );
    this.#isDrawn = true;
  }

  #wipe(): void {
    if (this.#isDrawn) this.#out.write('\r\u001B[K');
    this.#isDrawn = false;
  }
}

/** `kill: 40 of 100 rounds, 0 wrong, 1.3/s, 46 s left`. */
export function stageLine({ name, unit, done, target, wrong, recent, leftMs }: Stage): string {
  const rate = recent.ms > 0 ? (recent.done * 1_000) / recent.ms : 0;
  const byRate = rate > 0 ? (target - done) / rate : Infinity;
  const left = Math.min(byRate, leftMs === undefined ? Infinity : Math.max(leftMs, 0) / 1_000);
  const parts = [`${whole(done)} of ${whole(target)} ${plural(unit)}`, `${wrong} wrong`];
  if (rate > 0) parts.push(`${rate >= 100 ? whole(Math.round(rate)) : whole(Number(rate.toPrecision(2)))}/s`);
  if (left < Infinity) parts.push(`${duration(left)} left`);
  return `${name}: ${parts.join(', ')}`;
}
