import type { JsonValue } from '../../protocol/json.ts';

const MOST = 200;
const LONGEST = 64;
const DEEP = 4;
/** Who sends on what was hidden from others makes it known: that would be nobody's fault. */
const HIDDEN = 'canary(';

/** Arguments with what stands for the values of the moment put in: names that the sender's own view holds, and people. */
export function resolveArguments(args: JsonValue, state: JsonValue | undefined, people: readonly string[]): JsonValue {
  let known: Known | undefined;
  const resolve = (value: JsonValue): JsonValue => {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value['$known'] === 'number') {
      known ??= knownNames(state);
      // Mostly what is a name for certain.
      const names = value['$known'] % 4 > 0 && known.keys.length > 0 ? known.keys : known.texts;
      return names[value['$known'] % names.length] ?? 'a';
    }
    if (typeof value['$person'] === 'number') return people[value['$person'] % people.length] ?? 'a';
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolve(inner as JsonValue)]));
  };
  return resolve(args);
}

type Known = { readonly keys: readonly string[]; readonly texts: readonly string[] };

/** Keys of the second level, and short texts and keys further down: what arguments may name. */
function knownNames(state: JsonValue | undefined): Known {
  const [keys, texts] = [new Set<string>(), new Set<string>()];
  const collect = (value: JsonValue, depth: number): void => {
    if (texts.size >= MOST || depth > DEEP) return;
    if (typeof value === 'string' && value.length <= LONGEST && !value.includes(HIDDEN)) texts.add(value);
    if (typeof value !== 'object' || value === null) return;
    if (!Array.isArray(value) && depth > 0) for (const key of Object.keys(value).slice(0, MOST)) (depth === 1 ? keys : texts).add(key);
    for (const inner of Object.values(value)) collect(inner as JsonValue, depth + 1);
  };
  if (state !== undefined) collect(state, 0);
  return { keys: [...keys], texts: [...texts] };
}
