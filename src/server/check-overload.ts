import { LOAD_NAMES, type LoadLimit } from './overload.ts';
import type { ServerOptions } from './server-options.ts';

const OTHERS = ['retryAfterMs', 'lookEveryMs'] as const;

/** Everything wrong with the policy of overload. */
export function* checkOverload({ overload, sessions }: ServerOptions): Generator<string> {
  if (overload === undefined || overload === false) return;
  for (const name of LOAD_NAMES) yield* checkLoad(`overload.${name}`, overload[name] ?? {});
  for (const name of OTHERS) {
    const value = overload[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 100))
      yield `overload.${name}: a whole number of milliseconds from 100, not ${value}.`;
  }
  const types = new Set(sessions.map(({ name }) => name));
  for (const type of overload.prefer ?? []) if (!types.has(type)) yield `overload.prefer: this server hosts no session type '${type}'.`;
}

function* checkLoad(place: string, { soft, hard }: Partial<LoadLimit>): Generator<string> {
  for (const [key, value] of Object.entries({ soft, hard }))
    if (value !== undefined && value !== null && !(value > 0))
      yield `${place}.${key}: a number above 0, or null for no limit, not ${value}.`;
  if (typeof soft === 'number' && typeof hard === 'number' && soft > hard) yield `${place}: soft (${soft}) is above hard (${hard}).`;
}
