/** Whether the JSON text of a JSON value has more than so many characters. Looks at no more of it than that takes. */
export function isLongerThan(value: unknown, characters: number): boolean {
  return roomAfter(value, characters) < 0;
}

/** What is left of `room` after the value; escapes are not counted. Negative as soon as nothing is. */
function roomAfter(value: unknown, room: number): number {
  if (typeof value === 'string') return room - value.length - 2;
  if (typeof value !== 'object' || value === null) return room - String(value).length;
  // Two brackets, and a comma less than children.
  let left = room - 2;
  let comma = 0;
  for (const [key, child] of Array.isArray(value) ? value.entries() : entriesOf(value)) {
    if (left < 0) return left;
    left = roomAfter(child, left - comma - (typeof key === 'string' ? key.length + 3 : 0));
    comma = 1;
  }
  return left;
}

/** One by one: of a large object only the beginning may be looked at. */
function* entriesOf(value: object): Generator<[string, unknown]> {
  for (const key in value) yield [key, (value as Record<string, unknown>)[key]];
}
