import type { JsonValue } from '../protocol/json.ts';
import type { DraftArray } from './draft-array.ts';
import { handleOf } from './draft-handle.ts';
import { isContainer } from './json-rules.ts';
import { StateError } from './state-error.ts';

type Compare = (a: unknown, b: unknown) => number;

/** The methods of an array that change it, as a draft offers them: each is one op, where the language would make many writes. */
export const ARRAY_MUTATORS: ReadonlyMap<string | symbol, unknown> = new Map<string | symbol, unknown>(
  Object.entries({ push, pop, shift, unshift, splice, sort, reverse, fill, copyWithin }),
);

function push(this: unknown, ...values: unknown[]): number {
  const array = draftOf(this);
  array.splice(array.target.length, 0, values);
  return array.target.length;
}

function pop(this: unknown): unknown {
  const array = draftOf(this);
  return array.target.length === 0 ? undefined : takeOut(array, array.target.length - 1, 1)[0];
}

function shift(this: unknown): unknown {
  const array = draftOf(this);
  return array.target.length === 0 ? undefined : takeOut(array, 0, 1)[0];
}

function unshift(this: unknown, ...values: unknown[]): number {
  const array = draftOf(this);
  array.splice(0, 0, values);
  return array.target.length;
}

function splice(this: unknown, ...args: unknown[]): unknown[] {
  const array = draftOf(this);
  const { length } = array.target;
  const start = relativeIndex(args[0], length, 0);
  if (args.length === 0) return [];
  const deleteCount = args.length === 1 ? length - start : Math.min(Math.max(toInteger(args[1]), 0), length - start);
  return takeOut(array, start, deleteCount, args.slice(2));
}

function sort(this: unknown, compare?: Compare): unknown {
  const array = draftOf(this);
  const { target } = array;
  if (compare !== undefined && typeof compare !== 'function') throw new TypeError('sort takes a function or nothing');
  const before = [...target];
  const order = before.map((_value, index) => index);
  if (compare === undefined) {
    const texts = before.map(sortText);
    order.sort((a, b) => compareTexts(texts[a] as string, texts[b] as string));
  } else {
    const views = before.map((value, index) => array.view(value, index));
    order.sort((a, b) => compare(views[a], views[b]));
  }
  if (target.length !== before.length || before.some((value, index) => value !== target[index])) {
    throw new StateError('not-allowed', array.path(), 'the function given to sort must not change the array');
  }
  array.reorder(order);
  return array.proxy;
}

function reverse(this: unknown): unknown {
  const array = draftOf(this);
  array.reorder(array.target.map((_value, index) => array.target.length - 1 - index));
  return array.proxy;
}

function fill(this: unknown, value: unknown, start?: number, end?: number): unknown {
  const array = draftOf(this);
  const { length } = array.target;
  const from = relativeIndex(start, length, 0);
  const count = Math.max(relativeIndex(end, length, length) - from, 0);
  array.splice(
    from,
    count,
    Array.from({ length: count }, () => value),
  );
  return array.proxy;
}

function copyWithin(this: unknown, target: number, start?: number, end?: number): unknown {
  const array = draftOf(this);
  const { length } = array.target;
  const to = relativeIndex(target, length, 0);
  const from = relativeIndex(start, length, 0);
  const count = Math.min(relativeIndex(end, length, length) - from, length - to);
  if (count > 0) {
    const values = array.target.slice(from, from + count).map((value, index) => array.view(value, from + index));
    array.splice(to, count, values);
  }
  return array.proxy;
}

function draftOf(self: unknown): DraftArray {
  const handle = isContainer(self) ? handleOf(self) : undefined;
  if (handle === undefined || !Array.isArray(handle.target)) throw new TypeError('this method belongs to an array of state');
  handle.assertOpen();
  return handle as DraftArray;
}

/** Removes elements and gives them as drafts, which stay usable: they can be changed and put back. */
function takeOut(array: DraftArray, index: number, deleteCount: number, values: readonly unknown[] = []): unknown[] {
  return array.splice(index, deleteCount, values).map((value: JsonValue, at) => array.view(value, index + at));
}

/** What the language would compare by; never fails, also where a key of state is named `toString`. */
function sortText(value: JsonValue): string {
  if (!isContainer(value)) return String(value);
  return Array.isArray(value) ? value.map((item) => (item === null ? '' : sortText(item))).join() : '[object Object]';
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** ToIntegerOrInfinity of the language. */
function toInteger(value: unknown): number {
  const number = Math.trunc(Number(value));
  return Number.isNaN(number) ? 0 : number;
}

/** An index as array methods take it: from the end when negative, cut to the array. */
function relativeIndex(value: unknown, length: number, absent: number): number {
  if (value === undefined) return absent;
  const index = toInteger(value);
  return index < 0 ? Math.max(length + index, 0) : Math.min(index, length);
}
