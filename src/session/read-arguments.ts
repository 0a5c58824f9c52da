import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { refuse, type Refusal } from './outcome.ts';

const MOST_ID_BYTES = 256;

/** Thrown while the arguments of a built-in command are read; becomes a refusal that names the member. */
class BadArgument extends Error {}

/** Reads the arguments of a built-in command by `read`; a member that does not fit refuses the command, and so does one that is unknown. */
export function readArguments<T extends object>(args: JsonValue, read: (reader: ArgumentReader) => T): T | Refusal {
  try {
    const reader = new ArgumentReader(args);
    const value = read(reader);
    reader.finish();
    return value;
  } catch (error) {
    if (error instanceof BadArgument) return refuse('invalid-arguments', error.message);
    throw error;
  }
}

export class ArgumentReader {
  readonly #args: JsonObject;
  readonly #read = new Set<string>();

  constructor(args: JsonValue) {
    if (args !== null && (typeof args !== 'object' || Array.isArray(args))) throw new BadArgument('The arguments are an object.');
    this.#args = args ?? {};
  }

  /** A string of 1 to `most` characters without control characters. */
  text(name: string, most: number): string {
    const value = this.#take(name);
    if (typeof value === 'string' && value.length >= 1 && value.length <= most && !hasControl(value)) return value;
    throw new BadArgument(`${name}: a text of 1 to ${most} characters is needed.`);
  }

  /** The same, or null where it is absent or null. */
  textOrNull(name: string, most: number): string | null {
    return this.#isMissing(name) ? null : this.text(name, most);
  }

  /** An id that can be a key of the state, and that every store takes. */
  key(name: string): string {
    const value = this.#take(name);
    if (typeof value === 'string' && value.length >= 1 && value.length <= 128 && isPlainKey(value) && !isLong(value)) return value;
    throw new BadArgument(`${name}: an id is needed.`);
  }

  /** One of these words. */
  word(name: string, legal: readonly string[]): string {
    const value = this.#take(name);
    if (typeof value === 'string' && legal.includes(value)) return value;
    throw new BadArgument(`${name}: one of ${legal.join(', ')} is needed.`);
  }

  /** A string of the form that `form` describes in words. */
  like(name: string, pattern: RegExp, form: string): string {
    const value = this.#take(name);
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new BadArgument(`${name}: ${form} is needed.`);
  }

  likeOrNull(name: string, pattern: RegExp, form: string): string | null {
    return this.#isMissing(name) ? null : this.like(name, pattern, form);
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    if (typeof value === 'boolean') return value;
    throw new BadArgument(`${name}: true or false is needed.`);
  }

  /** A whole number in a range, or null where it is absent or null. */
  wholeOrNull(name: string, least: number, most: number): number | null {
    if (this.#isMissing(name)) return null;
    const value = this.#take(name);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new BadArgument(`${name}: a whole number from ${least} to ${most} is needed.`);
  }

  /** True where the member was given, null included. */
  has(name: string): boolean {
    return Object.hasOwn(this.#args, name);
  }

  finish(): void {
    const unknown = Object.keys(this.#args).find((name) => !this.#read.has(name));
    if (unknown !== undefined) throw new BadArgument(`${unknown}: no such argument; legal: ${[...this.#read].join(', ') || 'none'}.`);
  }

  #take(name: string): JsonValue | undefined {
    this.#read.add(name);
    return Object.hasOwn(this.#args, name) ? this.#args[name] : undefined;
  }

  #isMissing(name: string): boolean {
    return (this.#take(name) ?? null) === null;
  }
}

function hasControl(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return /[\u0000-\u001f\u007f\u2028\u2029]/.test(text);
}

/** In bytes, which stores count: 128 characters may be more of them than any id that a credential can name. */
function isLong(id: string): boolean {
  return Buffer.byteLength(id) > MOST_ID_BYTES;
}
