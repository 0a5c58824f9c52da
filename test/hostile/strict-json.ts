/** What RFC 8259 says of a text, read character by character and apart from how the product does it. */
export type StrictRead = {
  readonly value: unknown;
  readonly depth: number;
  /** Keys and elements; an empty object or array counts as one. */
  readonly values: number;
  readonly longestString: number;
  /** Why a text is refused that is JSON all the same. */
  readonly faults: readonly ('twice' | 'reserved' | 'escaped-key' | 'surrogate' | 'number')[];
};

/** One for all, since a trace of where it was thrown costs more than all the reading. */
const NOT_JSON = new Error('not JSON');

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// oxlint-disable-next-line no-control-regex -- they are what may not stand in a string
const PLAIN = /[^"\\\u0000-\u001f]+/y;
const SPACE = /[ \n\r\t]*/y;
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t' };
const RESERVED = new Set(['__proto__', 'constructor', 'prototype']);

/** Undefined: the text is no JSON. */
export function readStrictly(text: string): StrictRead | undefined {
  try {
    return new StrictReader(text).read();
  } catch (error) {
    if (error === NOT_JSON) return undefined;
    throw error;
  }
}

class StrictReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #deepest = 0;
  #values = 0;
  #longest = 0;
  readonly #faults: StrictRead['faults'][number][] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): StrictRead {
    const value = this.#value();
    this.#space();
    if (this.#at !== this.#text.length) throw NOT_JSON;
    return { value, depth: this.#deepest, values: this.#values, longestString: this.#longest, faults: this.#faults };
  }

  #space(): void {
    const unit = this.#text.charCodeAt(this.#at);
    if (!(unit <= 0x20)) return;
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #value(): unknown {
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.#object();
    if (first === '[') return this.#array();
    if (first === '"') return this.#string().value;
    for (const [word, value] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const) {
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #number(): number {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text)?.[0];
    if (found === undefined) throw NOT_JSON;
    this.#at += found.length;
    const value = Number(found);
    if (!(Math.abs(value) <= 2 ** 53 - 1)) this.#faults.push('number');
    return value;
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    this.#deepest = Math.max(this.#deepest, this.#depth);
    // Far beyond every bound, and not beyond this reader's own stack.
    if (this.#depth > 2_000) throw NOT_JSON;
    this.#space();
  }

  #leave(count: number): void {
    this.#at += 1;
    this.#depth -= 1;
    this.#values += Math.max(1, count);
  }

  #array(): unknown[] {
    this.#enter();
    const items: unknown[] = [];
    while (this.#text[this.#at] !== ']') {
      if (items.length > 0) this.#comma();
      items.push(this.#value());
      this.#space();
    }
    this.#leave(items.length);
    return items;
  }

  #object(): object {
    this.#enter();
    const entries: [string, unknown][] = [];
    const keys = new Set<string>();
    while (this.#text[this.#at] !== '}') {
      if (entries.length > 0) this.#comma();
      this.#space();
      if (this.#text[this.#at] !== '"') throw NOT_JSON;
      const { value: key, escaped } = this.#string();
      if (escaped) this.#faults.push('escaped-key');
      if (RESERVED.has(key)) this.#faults.push('reserved');
      if (keys.has(key)) this.#faults.push('twice');
      keys.add(key);
      this.#space();
      if (this.#text[this.#at] !== ':') throw NOT_JSON;
      this.#at += 1;
      entries.push([key, this.#value()]);
      this.#space();
    }
    this.#leave(entries.length);
    return Object.fromEntries(entries);
  }

  #comma(): void {
    if (this.#text[this.#at] !== ',') throw NOT_JSON;
    this.#at += 1;
  }

  #string(): { value: string; escaped: boolean } {
    const start = (this.#at += 1);
    let value = '';
    let escaped = false;
    for (;;) {
      PLAIN.lastIndex = this.#at;
      const plain = PLAIN.exec(this.#text)?.[0] ?? '';
      value += plain;
      this.#at += plain.length;
      const unit = this.#text[this.#at];
      if (unit !== '"' && unit !== '\\') throw NOT_JSON;
      this.#at += 1;
      if (unit === '"') break;
      escaped = true;
      value += this.#escape();
    }
    this.#longest = Math.max(this.#longest, this.#at - 1 - start);
    if (!value.isWellFormed()) this.#faults.push('surrogate');
    return { value, escaped };
  }

  #escape(): string {
    const kind = this.#text[this.#at] ?? '';
    this.#at += 1;
    if (kind !== 'u') {
      const meant = ESCAPES[kind];
      if (meant === undefined || !Object.hasOwn(ESCAPES, kind)) throw NOT_JSON;
      return meant;
    }
    const hex = this.#text.slice(this.#at, this.#at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw NOT_JSON;
    this.#at += 4;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
}
