import { nearestName } from './nearest-name.ts';

/** Faults found while checking a definition, each `place: what is wrong; legal: ...`. */
export type Faults = Generator<string, void, undefined>;

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
/** `then` would make the client's `commands` look like a promise; the others are not safe as keys. */
const RESERVED: readonly string[] = ['then', 'constructor', 'prototype', 'system'];

/** A name that users chose: of a definition, command, message, mode or role. */
export function* checkName(place: string, name: unknown): Faults {
  if (typeof name !== 'string') yield `${place}: a name is a string`;
  else if (name.startsWith('@')) yield `${place}: names beginning with @ are built in`;
  else if (RESERVED.includes(name)) yield `${place}: this name is reserved`;
  else if (!NAME.test(name)) yield `${place}: a name begins with a letter and has at most 64 letters, digits, "_", "-" and "."`;
}

/** `name` must be one of `legal`. */
export function* checkLegal(place: string, what: string, name: unknown, legal: readonly string[]): Faults {
  if (typeof name === 'string' && legal.includes(name)) return;
  const meant = typeof name === 'string' ? nearestName(name, legal) : undefined;
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  yield `${place}: ${what}${hint}; legal: ${legal.length === 0 ? 'none' : legal.join(', ')}`;
}

/** Every property of `value` must be one of `legal`. */
export function* checkProperties(place: string, value: object, legal: readonly string[]): Faults {
  for (const key of Object.keys(value)) yield* checkLegal(`${place}.${key}`, 'no such property', key, legal);
}

/** `undefined` is legal; anything else must be an object that is no array. */
export function* checkRecord(place: string, value: unknown, what: string): Faults {
  if (value !== undefined && !isRecord(value)) yield `${place}: ${what}, not ${kindOf(value)}`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A value as shown in a fault: itself where that is short and safe, otherwise its kind. */
export function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value === 'string' ? `'${value}'` : kindOf(value);
}

/** What user code threw, in one line. */
export function thrownText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : shown(error);
}
