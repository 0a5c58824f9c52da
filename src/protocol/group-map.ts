/** Values by key, each once. Most keys have one value: such a key costs no set of its own, which is what 10,000 of them feel. */
export class GroupMap<Key, Value extends string | object> {
  readonly #groups = new Map<Key, Value | Group<Value>>();

  /** How many keys have values. */
  get size(): number {
    return this.#groups.size;
  }

  /** The values of a key, in the order in which they came. */
  of(key: Key): Iterable<Value> {
    const found = this.#groups.get(key);
    if (found === undefined) return [];
    return found instanceof Group ? found.values : [found];
  }

  /** How many values a key has. */
  count(key: Key): number {
    const found = this.#groups.get(key);
    if (found === undefined) return 0;
    return found instanceof Group ? found.values.size : 1;
  }

  /** All values. */
  *values(): Iterable<Value> {
    for (const key of this.#groups.keys()) yield* this.of(key);
  }

  add(key: Key, value: Value): void {
    const found = this.#groups.get(key);
    if (found === undefined) this.#groups.set(key, value);
    else if (found instanceof Group) found.values.add(value);
    else if (found !== value) this.#groups.set(key, new Group([found, value]));
  }

  delete(key: Key, value: Value): void {
    const found = this.#groups.get(key);
    if (found === value) this.#groups.delete(key);
    else if (found instanceof Group && found.values.delete(value) && found.values.size === 0) this.#groups.delete(key);
  }
}

/** More than one value, or what was that once. */
class Group<Value> {
  readonly values: Set<Value>;

  constructor(values: readonly Value[]) {
    this.values = new Set(values);
  }
}
