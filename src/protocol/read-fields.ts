import { FrameError } from './frame-error.ts';
import type { JsonValue } from './json.ts';

/** An object of the wire whose members are not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** 22 to 64 characters usually; an instance's id has dots. */
const ID = /^[A-Za-z0-9_.-]{1,128}$/;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads members of one frame; every method throws `FrameError` that names the member. */
export class FieldReader {
  readonly #fields: Fields;
  readonly #what: string;

  constructor(fields: Fields, what: string) {
    this.#fields = fields;
    this.#what = what;
  }

  has(name: string): boolean {
    return this.#fields[name] !== undefined;
  }

  /** A whole number from `least`. */
  whole(name: string, least: number): number {
    const value = this.#fields[name];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
    return this.fail(name, `a whole number from ${least}`);
  }

  number(name: string): number {
    const value = this.#fields[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : this.fail(name, 'a number');
  }

  flag(name: string): boolean {
    const value = this.#fields[name];
    return typeof value === 'boolean' ? value : this.fail(name, 'true or false');
  }

  /** A string of 1 to `most` characters. */
  string(name: string, most: number): string {
    const value = this.#fields[name];
    if (typeof value === 'string' && value.length >= 1 && value.length <= most) return value;
    return this.fail(name, `a string of 1 to ${most} characters`);
  }

  /** An id: letters, digits, `_`, `-` and `.`. */
  id<Id extends string>(name: string): Id {
    const value = this.#fields[name];
    return isId<Id>(value) ? value : this.fail(name, 'an id');
  }

  /** One of a few words. */
  word<Word extends string>(name: string, legal: readonly Word[]): Word {
    const value = this.#fields[name];
    return legal.find((word) => word === value) ?? this.fail(name, `one of ${legal.join(', ')}`);
  }

  object(name: string): FieldReader {
    const value = this.#fields[name];
    return isFields(value) ? new FieldReader(value, `${this.#what}.${name}`) : this.fail(name, 'an object');
  }

  /** Everything that comes from `JSON.parse` is a JSON value. */
  json(name: string): JsonValue {
    return this.has(name) ? (this.#fields[name] as JsonValue) : this.fail(name, 'a value');
  }

  array(name: string): readonly unknown[] {
    const value = this.#fields[name];
    return Array.isArray(value) ? value : this.fail(name, 'an array');
  }

  /** No other members than these. */
  only(names: readonly string[]): void {
    for (const name of Object.keys(this.#fields)) {
      if (!names.includes(name)) throw new FrameError('bad-frame', `${this.#what} has no member ${JSON.stringify(name.slice(0, 32))}.`);
    }
  }

  fail(name: string, expected: string): never {
    throw new FrameError('bad-frame', `${this.#what}.${name} is not ${expected}.`);
  }
}

function isId<Id extends string>(value: unknown): value is Id {
  return typeof value === 'string' && ID.test(value);
}
