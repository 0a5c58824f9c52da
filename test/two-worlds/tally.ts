/** How often everything occurred. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(group: string, name: string, times = 1): void {
    const key = `${group}: ${name}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  merge(other: Tally): void {
    for (const [key, times] of other.#counts) this.#counts.set(key, (this.#counts.get(key) ?? 0) + times);
  }

  get counts(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
