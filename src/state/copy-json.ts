import type { JsonArray, JsonObject, JsonValue } from '../protocol/json.ts';
import type { Container } from './json-rules.ts';
import type { Path } from './op.ts';
import { REMOVED, handleOf, type DraftHandle } from './draft-handle.ts';
import { MAX_DEPTH, describeValue, isContainer, keyFault } from './json-rules.ts';
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

/** One checked copy (or adoption) of one value; `bytes` is its estimated size afterwards. */
export class JsonCopier {
  bytes = 0;
  readonly #limits: CopyLimits;
  readonly #where: () => Path;
  readonly #meet: (draft: DraftHandle, nested: boolean) => void;
  readonly #trail: Path = [];
  readonly #ancestors: object[] = [];
  /** While adopting, and only below containers that are kept: what a constant or a draft holds is never kept. */
  #keeping = false;
  /** Something that is to be kept has properties that a tree cannot have. */
  #exotic = false;
  /** What must be changed in kept containers. */
  readonly #repairs: Repair[] = [];
  #holder: object | undefined;

  /** `where` names the place of the value in its tree, for errors; `meet` hears of drafts that are copied. */
  constructor(limits: CopyLimits, where: () => Path, meet: (draft: DraftHandle, nested: boolean) => void = () => {}) {
    this.#limits = limits;
    this.#where = where;
    this.#meet = meet;
  }

  /**
   * Checks as `copy` does, but keeps plain containers themselves. In them, drafts and whatever cannot be changed are
   * replaced by copies, and `-0` by `0`. `holder` is what the value is put into: it must not be inside.
   */
  adopt(value: Container, holder: Container): Container {
    this.#keeping = true;
    this.#holder = holder;
    const kept = this.#copyContainer(value);
    this.#keeping = false;
    if (this.#exotic) {
      this.bytes = 0;
      return this.#copyContainer(value);
    }
    for (const { container, key, item } of this.#repairs) Reflect.set(container, key, item);
    return kept;
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
    const outer = this.#keeping;
    this.#keeping = outer && handle === undefined && isOpen(source);
    if (this.#keeping && source === this.#holder) throw this.#error('cycle', 'an object cannot be put into itself');
    const copy = Array.isArray(source) ? this.#copyArray(source) : this.#copyObject(source);
    this.#keeping = outer;
    this.#ancestors.pop();
    return copy;
  }

  #copyArray(source: unknown[]): JsonArray {
    const copy = this.#keeping ? (source as JsonArray) : [];
    for (let index = 0; index < source.length; index += 1) {
      this.#trail.push(index);
      if (!Object.hasOwn(source, index)) throw this.#error('sparse', 'the array has a hole here, which JSON cannot hold; use null');
      const item = this.copy(source[index]);
      if (copy !== source) copy.push(item);
      else if (!Object.is(item, source[index])) this.#repairs.push({ container: copy, key: index, item });
      this.#trail.pop();
    }
    return copy;
  }

  #copyObject(source: object): JsonObject {
    const prototype: unknown = Object.getPrototypeOf(source);
    if (prototype !== Object.prototype && isContainer(prototype) && Object.getPrototypeOf(prototype) !== null) return this.#refuse(source);
    const copy = this.#keeping ? (source as JsonObject) : {};
    for (const key of Reflect.ownKeys(source)) {
      if (typeof key === 'symbol') throw this.#error('bad-value', `the key ${String(key)} is a symbol, which JSON cannot hold`);
      const descriptor = Object.getOwnPropertyDescriptor(source, key);
      if (copy === source && !isOrdinary(descriptor)) this.#exotic = true;
      if (descriptor?.enumerable !== true || descriptor.value === REMOVED) continue;
      this.#trail.push(key);
      const fault = keyFault(key);
      if (fault !== undefined) throw this.#error('reserved-key', fault);
      if (descriptor.get !== undefined || descriptor.set !== undefined)
        throw this.#error('bad-value', 'an accessor cannot be stored; only JSON');
      this.#spend(key.length + 4);
      const item = this.copy(descriptor.value);
      if (copy !== source) copy[key] = item;
      else if (!Object.is(item, descriptor.value)) this.#repairs.push({ container: copy, key, item });
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

type Repair = { readonly container: Container; readonly key: string | number; readonly item: JsonValue };

/** Whether a container is an object or array that a draft can write through: neither frozen nor of a class of its own. */
function isOpen(source: object): boolean {
  return Object.isExtensible(source) && (!Array.isArray(source) || Object.getPrototypeOf(source) === Array.prototype);
}

function isOrdinary(descriptor: PropertyDescriptor | undefined): boolean {
  return descriptor?.enumerable === true && descriptor.writable === true && descriptor.configurable === true;
}

/** Estimate for a number, a boolean and null: what most of them take. */
export const NUMBER_BYTES = 5;
