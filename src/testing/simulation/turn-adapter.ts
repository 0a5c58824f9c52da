/** Lets promises and streams go on until none of them can any more. No time passes. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
