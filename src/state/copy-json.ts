import type { JsonArray, JsonObject, JsonValue } from '../protocol/json.ts';
import type { Container } from './json-rules.ts';
import type { Path } from './op.ts';
import { REMOVED, handleOf, type DraftHandle } from './draft-handle.ts';
import { MAX_DEPTH, describeValue, isContainer, isReservedKey } from './json-rules.ts';
import { StateError } from './state-error.ts';

export type CopyLimits = {
  /** Most containers inside one another. */
  readonly maxDepth: number;
  /** Most characters that the value takes as JSON, estimated. */
  readonly maxBytes: number;
};

/**
 * Checks any value and detaches it: a copy that holds only JSON, with `-0` as `0`. Drafts are copied as they stand.
 * Throws `StateError` that says where for everything else: `undefined`, functions, class instances, holes, cycles, ...
 */
export function copyJson(value: unknown, limits: Partial<CopyLimits> = {}): JsonValue {
  const { maxDepth = MAX_DEPTH, maxBytes = Number.POSITIVE_INFINITY } = limits;
  return new JsonCopier({ maxDepth, maxBytes }, () => []).copy(value);
}

/** A deep copy of what is known to be JSON. */
export function cloneJson<T extends JsonValue>(value: T): T;
export function cloneJson(value: JsonValue): JsonValue {
  if (!isContainer(value)) return value;
  if (Array.isArray(value)) return value.map(cloneJson);
  // A spread, since assigning one key after the other would run the setter of a hostile `__proto__`.
  const copy: JsonObject = { ...value };
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (isContainer(item)) copy[key] = cloneJson(item);
  }
  return copy;
}

/** One checked copy of one value; `bytes` is its estimated size afterwards. */
export class JsonCopier {
  bytes = 0;
  readonly #limits: CopyLimits;
  readonly #where: () => Path;
  readonly #meet: (draft: DraftHandle, nested: boolean) => void;
  readonly #trail: Path = [];
  readonly #ancestors: object[] = [];

  /** `where` names the place of the value in its tree, for errors; `meet` hears of drafts that are copied. */
  constructor(limits: CopyLimits, where: () => Path, meet: (draft: DraftHandle, nested: boolean) => void = () => {}) {
    this.#limits = limits;
    this.#where = where;
    this.#meet = meet;
  }

  copy(value: unknown): JsonValue {
    switch (typeof value) {
      case 'string':
        this.#spend(value.length + 2);
        return value;
      case 'number':
        if (!Number.isFinite(value)) return this.#refuse(value);
        this.#spend(NUMBER_BYTES);
        return value === 0 ? 0 : value;
      case 'boolean':
        this.#spend(NUMBER_BYTES);
        return value;
      case 'object':
        if (value !== null) return this.#copyContainer(value);
        this.#spend(NUMBER_BYTES);
        return null;
      default:
        return this.#refuse(value);
    }
  }

  #copyContainer(value: object): Container {
    const handle = handleOf(value);
    if (handle !== undefined) {
      handle.assertOpen();
      this.#meet(handle, this.#ancestors.length > 0);
    }
    const source = handle?.target ?? value;
    if (this.#ancestors.includes(source)) throw this.#error('cycle', 'the value contains itself, which JSON cannot hold');
    if (this.#ancestors.length >= this.#limits.maxDepth) throw this.#error('too-deep', 'the value nests deeper than the limit');
    this.#spend(2);
    this.#ancestors.push(source);
    const copy = Array.isArray(source) ? this.#copyArray(source) : this.#copyObject(source);
    this.#ancestors.pop();
    return copy;
  }

  #copyArray(source: readonly unknown[]): JsonArray {
    const copy: JsonArray = [];
    for (let index = 0; index < source.length; index += 1) {
      this.#trail.push(index);
      if (!Object.hasOwn(source, index)) throw this.#error('sparse', 'the array has a hole here, which JSON cannot hold; use null');
      copy.push(this.copy(source[index]));
      this.#trail.pop();
    }
    return copy;
  }

  #copyObject(source: object): JsonObject {
    const prototype: unknown = Object.getPrototypeOf(source);
    if (prototype !== Object.prototype && isContainer(prototype) && Object.getPrototypeOf(prototype) !== null) return this.#refuse(source);
    const copy: JsonObject = {};
    for (const key of Reflect.ownKeys(source)) {
      if (typeof key === 'symbol') throw this.#error('bad-value', `the key ${String(key)} is a symbol, which JSON cannot hold`);
      const descriptor = Object.getOwnPropertyDescriptor(source, key);
      if (descriptor?.enumerable !== true || descriptor.value === REMOVED) continue;
      this.#trail.push(key);
      if (isReservedKey(key)) throw this.#error('reserved-key', 'this key is reserved by the language and refused');
      if (descriptor.get !== undefined || descriptor.set !== undefined)
        throw this.#error('bad-value', 'an accessor cannot be stored; only JSON');
      this.#spend(key.length + 4);
      copy[key] = this.copy(descriptor.value);
      this.#trail.pop();
    }
    return copy;
  }

  #spend(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes > this.#limits.maxBytes) throw this.#error('too-large', 'the value makes this larger than the limit');
  }

  #refuse(value: unknown): never {
    if (value === undefined) {
      const advice = this.#trail.length === 0 ? 'delete the key instead, or use null' : 'leave the key out, or use null';
      throw this.#error('undefined-value', `undefined cannot be stored; ${advice}`);
    }
    throw this.#error(
      'bad-value',
      `${describeValue(value)} cannot be stored; only JSON: strings, finite numbers, true, false, null, arrays and plain objects`,
    );
  }

  #error(
    code: 'bad-value' | 'undefined-value' | 'reserved-key' | 'sparse' | 'cycle' | 'too-deep' | 'too-large',
    message: string,
  ): StateError {
    return new StateError(code, [...this.#where(), ...this.#trail], message);
  }
}

/** Estimate for a number, a boolean and null: what most of them take. */
export const NUMBER_BYTES = 5;
