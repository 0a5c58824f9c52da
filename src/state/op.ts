import type { JsonValue } from '../protocol/json.ts';

export { StateError } from './state-error.ts';
export type { StateErrorCode } from './state-error.ts';

/** Keys (of objects, strings) and indexes (of arrays, numbers) from a root. */
export type Path = (string | number)[];

/**
 * One change of a JSON tree, as stored and sent. The list of kinds is open and versioned: an unknown kind is refused.
 *
 * - `['s', path, value]`: set. A new key goes last; an existing key keeps its place. In an array the index must exist.
 * - `['d', path]`: delete an existing key of an object.
 * - `['p', path, index, deleteCount, ...values]`: splice the array at `path`.
 * - `['o', path, order]`: reorder the array at `path`; `order[i]` is the old index of the new element i.
 */
export type Op = SetOp | DeleteOp | SpliceOp | OrderOp;
export type SetOp = ['s', Path, JsonValue];
export type DeleteOp = ['d', Path];
export type SpliceOp = ['p', Path, number, number, ...JsonValue[]];
export type OrderOp = ['o', Path, number[]];
