import { RESERVED_KEYS } from './plain-key.ts';

/** Bounds of one JSON text. */
export type JsonLimits = {
  /** UTF-8 bytes of the whole text. */
  readonly bytes: number;
  /** Objects and arrays inside one another. */
  readonly depth: number;
  /** Keys and elements altogether. */
  readonly values: number;
  /** UTF-16 units of one string as written. */
  readonly string: number;
};

/** Why a text is refused before anything parses it. */
export type ScanFault = { readonly code: 'bad-frame' | 'too-large'; readonly message: string };

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const LOWER_U = 0x75;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Up to so many characters a number of digits alone is below 2^53. */
const SHORT_NUMBER = 15;

/**
 * One pass over a text without recursion and, for usual texts, without allocation: size, depth, counts, reserved keys and
 * what might not come back as it was sent: numbers beyond ±(2^53 - 1), halves of surrogate pairs, keys written with an
 * escape. (V8's `JSON.parse` can take such a key for another one that has a backslash and was parsed before, whoever sent
 * it: https://github.com/nodejs/node/issues/63785.) Returns the number of keys, or the fault. Whether the text is JSON at
 * all is left to `JSON.parse`: for every text that it accepts, what is found here holds. `what` it is called in refusals.
 */
export function scanJson(text: string, limits: JsonLimits, what = 'frame'): number | ScanFault {
  if (text.length > limits.bytes) return tooLarge(`the ${what}`, limits.bytes, 'bytes');
  scanner.start(text, limits);
  const fault = scanner.run();
  scanner.release();
  if (fault !== undefined) return fault;
  return scanner.bytes > limits.bytes ? tooLarge(`the ${what}`, limits.bytes, 'bytes') : scanner.keys;
}

class Scanner {
  keys = 0;
  /** Of the whole text as UTF-8, once it was run through. */
  bytes = 0;
  #text = '';
  #limits!: JsonLimits;
  #at = 0;
  #depth = 0;
  #values = 0;
  /** Bytes beyond one for each UTF-16 unit. */
  #extraBytes = 0;

  start(text: string, limits: JsonLimits): void {
    this.#text = text;
    this.#limits = limits;
    this.#at = this.#depth = this.#values = this.#extraBytes = this.keys = 0;
  }

  /** Lets go of the text. */
  release(): void {
    this.#text = '';
  }

  run(): ScanFault | undefined {
    const text = this.#text;
    while (this.#at < text.length) {
      const unit = text.charCodeAt(this.#at++);
      let fault: ScanFault | undefined;
      if (unit === QUOTE) fault = this.#string();
      else if (unit === COMMA) fault = this.#value();
      else if (unit === OPEN_OBJECT || unit === OPEN_ARRAY) fault = this.#open();
      else if (unit === CLOSE_OBJECT || unit === CLOSE_ARRAY) this.#depth -= 1;
      else if (unit === MINUS || (unit >= ZERO && unit <= NINE)) fault = this.#number();
      if (fault !== undefined) return fault;
    }
    this.bytes = text.length + this.#extraBytes;
    return undefined;
  }

  #open(): ScanFault | undefined {
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) return tooLarge('the nesting', this.#limits.depth, 'levels');
    return this.#value();
  }

  #value(): ScanFault | undefined {
    this.#values += 1;
    return this.#values > this.#limits.values ? tooLarge('the number of values', this.#limits.values, 'keys and elements') : undefined;
  }

  /** From behind the opening quote to behind the closing one, and on over a key's colon. */
  #string(): ScanFault | undefined {
    const text = this.#text;
    const start = this.#at;
    let escaped = false;
    let at = start;
    for (; at < text.length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit === QUOTE) break;
      if (unit === BACKSLASH) {
        escaped = true;
        at += 1;
      } else if (unit > 0x7f) this.#extraBytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
    }
    this.#at = at + 1;
    if (at - start > this.#limits.string) return tooLarge('a string', this.#limits.string, 'characters');
    if (this.#isKey()) {
      this.keys += 1;
      if (escaped) return { code: 'bad-frame', message: `The key at character ${start} is written with an escape.` };
      if (isReserved(text, start, at)) return { code: 'bad-frame', message: `The key at character ${start} is reserved.` };
    }
    if ((escaped || this.#extraBytes > 0) && hasLoneSurrogate(text, start, at)) {
      return { code: 'bad-frame', message: `The string at character ${start} holds half of a surrogate pair.` };
    }
    return undefined;
  }

  /** Whether the string that just ended is a key. Goes on over the colon. */
  #isKey(): boolean {
    const text = this.#text;
    let at = this.#at;
    while (isSpace(text.charCodeAt(at))) at += 1;
    if (text.charCodeAt(at) !== COLON) return false;
    this.#at = at + 1;
    return true;
  }

  #number(): ScanFault | undefined {
    const text = this.#text;
    const start = this.#at - 1;
    let plain = true;
    for (; this.#at < text.length; this.#at += 1) {
      const unit = text.charCodeAt(this.#at);
      if (unit >= ZERO && unit <= NINE) continue;
      if (!isNumberUnit(unit)) break;
      plain = false;
    }
    if (plain && this.#at - start <= SHORT_NUMBER) return undefined;
    if (Math.abs(Number(text.slice(start, this.#at))) <= Number.MAX_SAFE_INTEGER) return undefined;
    return { code: 'bad-frame', message: `The number at character ${start} is beyond ±(2^53 - 1).` };
  }
}

/** One for all, since scanning never waits and never scans inside of scanning. */
const scanner = new Scanner();

function tooLarge(what: string, most: number, unit: string): ScanFault {
  return { code: 'too-large', message: `At most ${most} ${unit}: ${what} is larger.` };
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** `.`, `e`, `E`, `+`, `-` */
function isNumberUnit(unit: number): boolean {
  return unit === 0x2e || unit === 0x65 || unit === 0x45 || unit === 0x2b || unit === MINUS;
}

function isReserved(text: string, start: number, end: number): boolean {
  const length = end - start;
  return (length === 9 || length === 11) && RESERVED_KEYS.some((name) => name.length === length && text.startsWith(name, start));
}

/** Half of a surrogate pair alone, raw or escaped, between `start` and `end`. */
function hasLoneSurrogate(text: string, start: number, end: number): boolean {
  let high = false;
  for (let at = start; at < end;) {
    let unit = text.charCodeAt(at);
    if (unit !== BACKSLASH) at += 1;
    else if (text.charCodeAt(at + 1) === LOWER_U) {
      unit = Number.parseInt(text.slice(at + 2, at + 6), 16);
      at += 6;
    } else at += 2;
    const low = unit >= 0xdc00 && unit <= 0xdfff;
    if (high !== low) return true;
    high = unit >= 0xd800 && unit <= 0xdbff;
  }
  return high;
}
