/** Wall-clock milliseconds. */
export function nowMs(): number {
  return Date.now();
}

/** Wall-clock milliseconds as people and programs both read them. */
export function timeText(at: number): string {
  return new Date(at).toISOString();
}
