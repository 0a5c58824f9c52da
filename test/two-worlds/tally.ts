/** How often everything occurred. */
export class Tally {
  readonly #counts = new Map<string, Map<string, number>>();

  /** Everything that has to occur, and has not yet. */
  expect(group: string, names: Iterable<string>): void {
    for (const name of names) this.add(group, name, 0);
  }

  add(group: string, name: string, times = 1): void {
    const counts = this.#counts.get(group) ?? new Map<string, number>();
    this.#counts.set(group, counts.set(name, (counts.get(name) ?? 0) + times));
  }

  merge(other: Tally): void {
    for (const [group, counts] of other.#counts) for (const [name, times] of counts) this.add(group, name, times);
  }

  /** What never occurred. */
  get missing(): string[] {
    return [...this.#counts].flatMap(([group, counts]) =>
      [...counts].flatMap(([name, times]) => (times === 0 ? [`${group}: ${name}`] : [])),
    );
  }

  get table(): string {
    const groups = [...this.#counts].sort(([one], [other]) => (one < other ? -1 : 1));
    return groups
      .map(([group, counts]) => {
        const rows = [...counts].sort(([one], [other]) => (one < other ? -1 : 1));
        return [group, ...rows.map(([name, times]) => `  ${String(times).padStart(8)}  ${name}`)].join('\n');
      })
      .join('\n');
  }
}
