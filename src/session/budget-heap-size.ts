import type { JsonValue } from '../protocol/json.ts';

/**
 * How much of V8's heap a value takes, in bytes, from what V8 is known to make of it (64 bit, no compressed pointers). See
 * src/objects of V8: js-objects, dictionary, string. Held against real heaps in budget-heap-size.test.ts.
 */
const POINTER = 8;
const OBJECT_HEAD = 24;
const ARRAY_HEAD = 48;
const STRING_HEAD = 16;
const BOXED_NUMBER = 16;
/** An object of more keys than this, or of a shape of its own with more than the second, is a hash table. */
const FAST_MOST = 128;
const FAST_OWN_MOST = 12;
/** Hidden class and descriptors, by key, of an object that shares its shape with no other. */
const OWN_SHAPE = 64;
const TABLE_HEAD = 64;
const TABLE_ENTRY = 24;
/** Strings up to this length are mostly one and the same wherever they stand; so many of them are told apart. */
const SHORT = 10;
const SHORTS_MOST = 1_024;

/** Of a container with more children than this only so many are looked at, evenly spread; fewer in those inside it. */
const LOOKED_AT = 256;
const LOOKED_AT_LEAST = 16;
const NARROWING = 8;

/**
 * What was put together by handlers has room to grow: objects four slots and then three at a time, arrays seventeen or a
 * fifth more, and texts that were joined still hold their parts. What was read from a snapshot fits exactly.
 */
const OBJECT_SLOTS = 4;
const MORE_SLOTS = 3;
const ARRAY_SLOTS = 17;
const ARRAY_ROOM = 1.2;
const JOINED_TEXT = 24;

/**
 * Heap bytes of a JSON value, estimated. Large containers are sampled, so this takes a bounded time whatever is in them.
 * `written`: which share of it was made by handlers, not read from a snapshot.
 */
export function heapSizeOf(value: JsonValue, written = 0): number {
  return new HeapSize(written).of(value, LOOKED_AT, false);
}

/** Heap bytes that a write may add at most: what was overwritten is not known. */
export function heapSizeAdded(value: JsonValue): number {
  return typeof value === 'object' && value !== null ? heapSizeOf(value, 1) : sizeOfPlain(value, false);
}

/** One walk: objects whose keys were seen before share their shape. */
class HeapSize {
  readonly #shapes = new Set<string>();
  readonly #shorts = new Set<string>();
  readonly #written: number;
  #keys = 0;
  #first: string | undefined;
  #last: string | undefined;

  constructor(written: number) {
    this.#written = written;
  }

  of(value: JsonValue, most: number, inArray: boolean): number {
    if (typeof value === 'string') return value.length <= SHORT ? this.#ofShort(value) : sizeOfText(value) + JOINED_TEXT * this.#written;
    if (typeof value !== 'object' || value === null) return sizeOfPlain(value, inArray);
    return Array.isArray(value) ? this.#ofArray(value, most) : this.#ofObject(value, most);
  }

  #ofShort(text: string): number {
    if (text.length < 2 || this.#shorts.has(text)) return 0;
    if (this.#shorts.size < SHORTS_MOST) this.#shorts.add(text);
    return sizeOfText(text);
  }

  #ofArray(array: readonly JsonValue[], most: number): number {
    const step = Math.max(1, array.length / most);
    let inside = 0;
    let looked = 0;
    for (let at = 0; at < array.length; at += step) {
      inside += this.of(array[Math.floor(at)] as JsonValue, narrower(most, step), true);
      looked += 1;
    }
    return ARRAY_HEAD + POINTER * this.#room(array.length, roomOfArray(array.length)) + scaled(inside, looked, array.length);
  }

  #ofObject(object: Readonly<Record<string, JsonValue>>, most: number): number {
    const keys = Object.keys(object);
    const count = keys.length;
    if (count === 0) return OBJECT_HEAD + 4 * POINTER;
    const isTable = count > FAST_MOST || (!this.#isKnownShape(keys) && count > FAST_OWN_MOST);
    const isOwn = !isTable && this.#isNew;
    const step = Math.max(1, count / most);
    let inside = 0;
    let looked = 0;
    for (let at = 0; at < count; at += step) {
      const key = keys[Math.floor(at)] as string;
      if (isTable || isOwn) inside += sizeOfText(key);
      inside += this.of(object[key] as JsonValue, narrower(most, step), false);
      looked += 1;
    }
    const own = isTable
      ? TABLE_HEAD + TABLE_ENTRY * tableCapacity(count)
      : POINTER * this.#room(count, roomOfObject(count)) + (isOwn ? OWN_SHAPE * count : 0);
    return OBJECT_HEAD + own + scaled(inside, looked, count);
  }

  /** Slots, of which those who write leave some free. */
  #room(needed: number, room: number): number {
    return needed + (room - needed) * this.#written;
  }

  #isNew = false;

  /** Neighbours mostly have one shape: that is told without a look-up. */
  #isKnownShape(keys: readonly string[]): boolean {
    const [first] = keys;
    const last = keys[keys.length - 1];
    this.#isNew = false;
    if (keys.length === this.#keys && first === this.#first && last === this.#last) return true;
    this.#keys = keys.length;
    this.#first = first;
    this.#last = last;
    const shape = `${keys.length} ${first} ${last}`;
    this.#isNew = !this.#shapes.has(shape);
    if (this.#isNew) this.#shapes.add(shape);
    return !this.#isNew;
  }
}

function scaled(inside: number, looked: number, count: number): number {
  return looked === 0 ? 0 : inside * (count / looked);
}

function roomOfArray(length: number): number {
  if (length === 0) return 0;
  return length <= ARRAY_SLOTS ? ARRAY_SLOTS : length * ARRAY_ROOM;
}

/** Slots beyond those in the object itself stand in an array of their own, which has a head. */
function roomOfObject(count: number): number {
  return count <= OBJECT_SLOTS ? OBJECT_SLOTS : OBJECT_SLOTS + 2 + MORE_SLOTS * Math.ceil((count - OBJECT_SLOTS) / MORE_SLOTS);
}

function narrower(most: number, step: number): number {
  return step === 1 ? most : Math.max(LOOKED_AT_LEAST, Math.floor(most / NARROWING));
}

/** A hash table doubles when it is two thirds full. */
function tableCapacity(count: number): number {
  return 2 ** Math.ceil(Math.log2(count * 1.5));
}

function sizeOfPlain(value: JsonValue, inArray: boolean): number {
  if (typeof value === 'string') return sizeOfText(value);
  // Whole numbers of 32 bits stand in their slot, and an array of numbers holds them all in place.
  return typeof value !== 'number' || inArray || (value | 0) === value ? 0 : BOXED_NUMBER;
}

function sizeOfText(text: string): number {
  return STRING_HEAD + Math.ceil((isWide(text) ? 2 * text.length : text.length) / POINTER) * POINTER;
}

/** Looking at every character would cost more than the answer is worth. */
function isWide(text: string): boolean {
  return text.charCodeAt(0) > 255 || text.charCodeAt(text.length >> 1) > 255 || text.charCodeAt(text.length - 1) > 255;
}
