import type { JsonValue } from '../../protocol/json.ts';

const MOST = 200;
const LONGEST = 64;
const DEEP = 4;
/** Who sends on what was hidden from others makes it known: that would be nobody's fault. */
const HIDDEN = 'canary(';

/** Arguments with what stands for the values of the moment put in: names that the sender's own view holds, and people. */
export function resolveArguments(args: JsonValue, state: JsonValue | undefined, people: readonly string[]): JsonValue {
  let known: readonly string[] | undefined;
  const resolve = (value: JsonValue): JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value['$known'] === 'number') {
      known ??= knownNames(state);
      return known[value['$known'] % known.length] ?? 'a';
    }
    if (typeof value['$person'] === 'number') return people[value['$person'] % people.length] ?? 'a';
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner as JsonValue)]));
  };
  return resolve(args);
}

/** Keys below the top level, and short texts: what arguments may name. */
function knownNames(state: JsonValue | undefined): readonly string[] {
  const names = new Set<string>();
  const collect = (value: JsonValue, depth: number): void => {
    if (names.size >= MOST || depth > DEEP) return;
    if (typeof value === 'string' && value.length <= LONGEST && !value.includes(HIDDEN)) names.add(value);
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value) && depth > 0) for (const key of Object.keys(value)) names.add(key);
    for (const inner of Object.values(value)) collect(inner as JsonValue, depth + 1);
  };
  if (state !== undefined) collect(state, 0);
  return [...names];
}
