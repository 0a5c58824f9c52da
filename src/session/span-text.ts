const UNITS = [
  [24 * 3_600_000, 'd', 3],
  [3_600_000, 'h', 3],
  [60_000, 'min', 3],
  [1_000, 's', 1],
] as const;

/** A span of time in one whole number: `3 d`, `26 h`, `45 min`, `10 s`. Small numbers of a unit are told in the smaller one. */
export function spanText(ms: number): string {
  for (const [unit, name, least] of UNITS) if (ms >= unit * least) return `${Math.floor(ms / unit)} ${name}`;
  return `${Math.max(0, Math.floor(ms))} ms`;
}
