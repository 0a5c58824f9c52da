import type { PieceResult, Proof, Wrong } from './proof.ts';

/** A proof that has this many wrong answers is refuted: the rest of it is not run. */
export const ENOUGH_WRONG = 10;

/** What one proof has found so far. JSON, because it is kept between runs. */
export type Tally = {
  readonly name: string;
  /** Units `from` to `from + target - 1`. */
  readonly from: number;
  readonly target: number;
  readonly pieceUnits: number;
  done: number;
  /** Pieces below this number are finished, and these beyond it. */
  finishedBelow: number;
  finishedBeyond: number[];
  /** Time of all its pieces together. */
  workMs: number;
  /** Most of one piece's process. */
  memory: number;
  readonly counts: Record<string, number>;
  readonly highest: Record<string, number>;
  readonly wrong: Wrong[];
};

export function newTally(proof: Proof, from: number, target: number): Tally {
  const { name, pieceUnits } = proof;
  return {
    name,
    from,
    target,
    pieceUnits,
    done: 0,
    finishedBelow: 0,
    finishedBeyond: [],
    workMs: 0,
    memory: 0,
    counts: {},
    highest: {},
    wrong: [],
  };
}

export function pieceCount({ target, pieceUnits }: Tally): number {
  return Math.ceil(target / pieceUnits);
}

/** First unit and number of units of a piece. */
export function unitsOf({ from, target, pieceUnits }: Tally, piece: number): { readonly from: number; readonly count: number } {
  const start = piece * pieceUnits;
  return { from: from + start, count: Math.min(pieceUnits, target - start) };
}

export function isFinished(tally: Tally, piece: number): boolean {
  return piece < tally.finishedBelow || tally.finishedBeyond.includes(piece);
}

/** True when nothing of it is left to run. */
export function isExhausted(tally: Tally): boolean {
  return tally.finishedBelow >= pieceCount(tally) || tally.wrong.length >= ENOUGH_WRONG;
}

function finish(tally: Tally, piece: number): void {
  tally.finishedBeyond.push(piece);
  while (tally.finishedBeyond.includes(tally.finishedBelow)) {
    tally.finishedBeyond.splice(tally.finishedBeyond.indexOf(tally.finishedBelow), 1);
    tally.finishedBelow += 1;
  }
}

/** Adds what a piece found. */
export function absorb(tally: Tally, piece: number, found: PieceResult, cost: { readonly workMs: number; readonly memory: number }): void {
  finish(tally, piece);
  tally.done += unitsOf(tally, piece).count;
  tally.workMs += cost.workMs;
  tally.memory = Math.max(tally.memory, cost.memory);
  for (const [key, times] of Object.entries(found.counts)) tally.counts[key] = (tally.counts[key] ?? 0) + times;
  for (const [key, most] of Object.entries(found.highest ?? {})) tally.highest[key] = Math.max(tally.highest[key] ?? -Infinity, most);
  tally.wrong.push(...found.wrong);
}

/** A piece that broke: its claim is refuted by that alone. It is not done again. */
export function absorbBroken(tally: Tally, piece: number, wrong: Wrong, workMs: number): void {
  finish(tally, piece);
  tally.workMs += workMs;
  tally.wrong.push(wrong);
}

/** What must occur and has not, once as many units are done as should be enough: the target of the short form. */
export function unseenOf(tally: Tally, proof: Proof): string[] {
  if (tally.done < proof.short) return [];
  return (proof.mustOccur ?? []).filter((key) => !((tally.counts[key] ?? 0) > 0));
}
