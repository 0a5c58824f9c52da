import type { Op } from './op.ts';
import { checkJson, checkPath } from './check-json.ts';
import { describeValue, isIndex } from './json-rules.ts';
import { StateError } from './state-error.ts';

/** Checks the form of ops that were stored or received. Throws `StateError`: `unknown-op` for a kind of a later version. */
export function parseOps(value: unknown): Op[] {
  if (!Array.isArray(value)) throw new StateError('bad-op', [], `ops must be a list, not ${describeValue(value)}`);
  for (const op of value as unknown[]) checkOp(op);
  return value as Op[];
}

function checkOp(op: unknown): asserts op is Op {
  if (!Array.isArray(op)) throw new StateError('bad-op', [], `an op must be a list, not ${describeValue(op)}`);
  const [kind, path, ...rest] = op as unknown[];
  checkPath(path);
  switch (kind) {
    case 's':
      if (rest.length !== 1) throw new StateError('bad-op', path, 'a set has exactly one value');
      return checkJson(rest[0]);
    case 'd':
      if (rest.length !== 0) throw new StateError('bad-op', path, 'a delete has nothing but its path');
      return;
    case 'p':
      if (!isIndex(rest[0]) || !isIndex(rest[1])) throw new StateError('bad-op', path, 'a splice needs an index and a count');
      for (const item of rest.slice(2)) checkJson(item);
      return;
    case 'o':
      if (rest.length !== 1 || !isPermutation(rest[0])) throw new StateError('bad-op', path, 'an order must name every index once');
      return;
    default:
      throw new StateError('unknown-op', path, 'ops of this kind are not known to this version');
  }
}

/** Whether a list holds each of 0 .. length-1 once. */
export function isPermutation(value: unknown): value is number[] {
  if (!Array.isArray(value)) return false;
  const seen = new Uint8Array(value.length);
  for (const index of value as unknown[]) {
    if (!isIndex(index) || index >= value.length || seen[index] === 1) return false;
    seen[index] = 1;
  }
  return true;
}
