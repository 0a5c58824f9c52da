import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { isPlainKey } from '../protocol/plain-key.ts';
import { own } from './own.ts';
import { sessionTimeAt, wallTimeOf } from './session-time.ts';
import type { Internal } from './tree.ts';

/** Something that is to run by itself. `due` is in session time. */
export type TimerEntry = { command: string; args: JsonValue; due: number };

const LONGEST_MS = 366 * 24 * 3_600_000;
const ID_MOST = 64;
const ARGS_MOST = 8_192;

/** What a handler asks for. */
type TimerWish = {
  readonly afterMs: number;
  readonly command: string;
  readonly args: JsonValue;
  readonly id: string | undefined;
  readonly now: number;
  readonly seq: Seq;
};

/** Writes a timer to a draft of `internal`. Throws what the handler's author has to hear. */
export function putTimer(internal: Internal, definition: SessionDefinition, wish: TimerWish): string {
  const { afterMs, command, args, now } = wish;
  if (!Number.isFinite(afterMs) || afterMs < 0 || afterMs > LONGEST_MS)
    throw new RangeError(`schedule: afterMs is from 0 to ${LONGEST_MS}, not ${afterMs}`);
  const names = commandNames(definition);
  if (!names.has(command)) throw new TypeError(`schedule: there is no command '${command}'; legal: ${[...names].join(', ') || 'none'}`);
  if (JSON.stringify(args).length > ARGS_MOST) throw new RangeError(`schedule: the arguments are longer than ${ARGS_MOST} characters`);
  const id = wish.id === undefined ? freeId(internal, wish.seq) : checkedId(wish.id);
  delete internal.timers[id];
  if (Object.keys(internal.timers).length >= definition.limits.maxTimers)
    throw new RangeError(`schedule: this session has ${definition.limits.maxTimers} timers already, as many as its limits allow`);
  internal.timers[id] = { command, args, due: sessionTimeAt(internal, now) + Math.round(afterMs) };
  return id;
}

/** Takes a timer out of a draft of `internal`. */
export function dropTimer(internal: Internal, id: string): boolean {
  return own(internal.timers, id) !== undefined && delete internal.timers[id];
}

/** The timers in the order in which they are due; of those due together the one set first. */
export function timersByDue({ timers }: Pick<Internal, 'timers'>): [id: string, timer: TimerEntry][] {
  return Object.entries(timers).sort(([, a], [, b]) => a.due - b.due);
}

/** The wall-clock time at which the next timer is due; null where there is none or time stands still. */
export function nextDueAt(internal: Pick<Internal, 'timers' | 'time'>): number | null {
  const dues = Object.values(internal.timers).map(({ due }) => due);
  return dues.length === 0 ? null : wallTimeOf(internal, Math.min(...dues));
}

function commandNames({ commands, modes }: SessionDefinition): Set<string> {
  return new Set([commands, ...Object.values(modes)].flatMap((table) => Object.keys(table)));
}

function checkedId(id: string): string {
  if (typeof id === 'string' && id.length >= 1 && id.length <= ID_MOST && isPlainKey(id)) return id;
  throw new TypeError(`schedule: an id is a text of 1 to ${ID_MOST} plain characters`);
}

function freeId({ timers }: Internal, seq: Seq): string {
  let id = `t${seq}`;
  for (let count = 2; Object.hasOwn(timers, id); count += 1) id = `t${seq}-${count}`;
  return id;
}
