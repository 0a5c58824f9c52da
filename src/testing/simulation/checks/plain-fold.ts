import type { StoredOp } from '../../../protocol/event.ts';
import type { JsonObject, JsonValue } from '../../../protocol/json.ts';

type Container = JsonObject | JsonValue[];

/**
 * What ops make of a tree, in the plainest words and apart from the code that is under test. The tree itself stays as it is; what
 * did not change is shared. Throws on what does not fit.
 */
export function foldPlainly(root: JsonObject, ops: readonly StoredOp[]): JsonObject {
  return ops.reduce((tree, [kind, path, ...rest]) => changed(tree, path as (string | number)[], change(kind, rest)) as JsonObject, root);
}

/** What becomes of a value; `undefined` in: it is not there, out: it goes. */
type Change = (value: JsonValue | undefined) => JsonValue | undefined;

function change(kind: string, rest: readonly JsonValue[]): Change {
  switch (kind) {
    case 's':
      return () => rest[0];
    case 'd':
      return () => undefined;
    case 'p':
      return (list) => spliced(listIn(list), rest);
    case 'o':
      return (list) => (rest[0] as number[]).map((from) => listIn(list)[from] as JsonValue);
    default:
      throw new Error(`an op of an unknown kind: ${kind}`);
  }
}

function spliced(list: readonly JsonValue[], [index, count, ...values]: readonly JsonValue[]): JsonValue[] {
  const at = index as number;
  return [...list.slice(0, at), ...values, ...list.slice(at + (count as number))];
}

function listIn(value: JsonValue | undefined): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new Error('a list is changed that is none');
  return value;
}

function changed(value: JsonValue | undefined, [key, ...path]: readonly (string | number)[], how: Change): JsonValue | undefined {
  if (key === undefined) return how(value);
  if (typeof value !== 'object' || value === null) throw new Error(`nothing at '${key}' can be changed`);
  const copy: Container = Array.isArray(value) ? [...value] : { ...value };
  const parts = copy as Record<string | number, JsonValue>;
  const next = changed(Object.hasOwn(copy, key) ? parts[key] : undefined, path, how);
  if (next === undefined) delete parts[key];
  else parts[key] = next;
  return copy;
}
