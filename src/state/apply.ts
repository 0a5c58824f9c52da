import type { JsonArray, JsonObject, JsonValue } from '../protocol/json.ts';
import type { Container } from './json-rules.ts';
import type { Op, OrderOp, Path, SpliceOp } from './op.ts';
import { cloneJson } from './copy-json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { isContainer, isIndex } from './json-rules.ts';
import { isPermutation } from './parse-ops.ts';
import { spliceValues } from './splice-values.ts';
import { StateError, type StateErrorCode } from './state-error.ts';

export { parseOps } from './parse-ops.ts';

export type ApplyOptions = {
  /**
   * Leave `root` as it is and return a new root that shares every container that did not change: a change of identity is
   * a change of content. Values of ops then become part of the new tree and must not be changed by anyone.
   */
  readonly share?: boolean;
};

/**
 * Applies ops in order: in place (values are copied in), or with `share` on a new root. Throws `StateError` on the first
 * op that does not fit the tree; in place, the ops before it have then been applied.
 */
export function applyOps<T extends JsonObject>(root: T, ops: readonly Op[], options: ApplyOptions = {}): T {
  if (options.share === true) return applyShared(root, ops);
  for (const op of ops) applyOp(root, op, (container) => container, cloneJson);
  return root;
}

/** `applyOps` with `share`. */
export function applyShared<T extends JsonObject>(root: T, ops: readonly Op[]): T {
  if (ops.length === 0) return root;
  const copies = new Map<Container, Container>();
  const copyOnce = (container: Container): Container => copies.get(container) ?? rememberCopy(copies, container);
  const copy = copyOnce(root);
  for (const op of ops) applyOp(copy, op, copyOnce, (value) => value);
  return copy as T;
}

function rememberCopy(copies: Map<Container, Container>, container: Container): Container {
  const copy = Array.isArray(container) ? [...container] : { ...container };
  copies.set(container, copy);
  // A copy met again on a later path is already ours.
  copies.set(copy, copy);
  return copy;
}

type Own = (container: Container) => Container;
type TakeIn = (value: JsonValue) => JsonValue;

function applyOp(root: Container, op: Op, own: Own, takeIn: TakeIn): void {
  const [kind, path] = op;
  switch (kind) {
    case 's':
      return applySet(holderOf(root, path, own), path, takeIn(op[2]));
    case 'd':
      return applyDelete(holderOf(root, path, own), path);
    case 'p':
      return applySplice(arrayAt(root, path, own), op, takeIn);
    case 'o':
      return applyOrder(arrayAt(root, path, own), op);
    default:
      throw misplaced(path, 'unknown-op');
  }
}

function applySet(holder: Container, path: Path, value: JsonValue): void {
  const key = path[path.length - 1];
  if (Array.isArray(holder)) {
    if (!isIndex(key) || key >= holder.length) throw misplaced(path);
    holder[key] = value;
  } else {
    if (typeof key !== 'string' || !isPlainKey(key)) throw misplaced(path);
    holder[key] = value;
  }
}

function applyDelete(holder: Container, path: Path): void {
  const key = path[path.length - 1];
  if (Array.isArray(holder) || typeof key !== 'string' || !Object.hasOwn(holder, key)) {
    throw misplaced(path);
  }
  delete holder[key];
}

function applySplice(array: JsonArray, op: SpliceOp, takeIn: TakeIn): void {
  const [, path, index, deleteCount] = op;
  if (!isIndex(index) || !isIndex(deleteCount) || index + deleteCount > array.length) {
    throw misplaced(path);
  }
  const values: JsonValue[] = [];
  for (let at = 4; at < op.length; at += 1) values.push(takeIn(op[at] as JsonValue));
  spliceValues(array, index, deleteCount, values);
}

function applyOrder(array: JsonArray, [, path, order]: OrderOp): void {
  if (!isPermutation(order) || order.length !== array.length) throw misplaced(path, 'bad-op');
  const before = [...array];
  for (const [index, from] of order.entries()) array[index] = before[from] as JsonValue;
}

/** The container that holds the last key of the path. */
function holderOf(root: Container, path: Path, own: Own): Container {
  if (path.length === 0) throw misplaced(path);
  return walk(root, path, path.length - 1, own);
}

function arrayAt(root: Container, path: Path, own: Own): JsonArray {
  const found = walk(root, path, path.length, own);
  if (!Array.isArray(found)) throw misplaced(path);
  return found;
}

function walk(root: Container, path: Path, length: number, own: Own): Container {
  let container = root;
  for (let at = 0; at < length; at += 1) {
    const child = childAt(container, path[at]);
    if (!isContainer(child)) throw misplaced(path.slice(0, at + 1));
    const owned = own(child);
    if (owned !== child) replaceChild(container, path[at], owned);
    container = owned;
  }
  return container;
}

function childAt(container: Container, key: string | number | undefined): JsonValue | undefined {
  if (Array.isArray(container)) return isIndex(key) ? container[key] : undefined;
  return typeof key === 'string' && Object.hasOwn(container, key) ? container[key] : undefined;
}

function replaceChild(container: Container, key: string | number | undefined, value: Container): void {
  if (Array.isArray(container)) container[key as number] = value;
  else container[key as string] = value;
}

function misplaced(path: Path, code: StateErrorCode = 'bad-path'): StateError {
  return new StateError(code, path, 'this is not what the op needs');
}
