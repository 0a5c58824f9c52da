/** How many lists each person watches at a time. */
export class WatchQuota {
  readonly #most: number;
  readonly #open = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  get most(): number {
    return this.#most;
  }

  /** One more for that person: what ends it again; undefined when they have as many as they may. */
  take(person: string): (() => void) | undefined {
    const open = this.#open.get(person) ?? 0;
    if (open >= this.#most) return undefined;
    this.#open.set(person, open + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      const left = (this.#open.get(person) ?? 1) - 1;
      if (left === 0) this.#open.delete(person);
      else this.#open.set(person, left);
    };
  }
}
