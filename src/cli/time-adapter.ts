/** Wall-clock milliseconds. */
export function nowMs(): number {
  return Date.now();
}

/** Wall-clock milliseconds as people and programs both read them. */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}

/** Wall-clock milliseconds of a date or time in ISO form; NaN for anything else. */
export function timeOf(text: string): number {
  return /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}
