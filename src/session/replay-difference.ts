import type { EventContent, EventHeader, StoredMessage, StoredOp } from '../protocol/event.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Rerun } from './reexecution.ts';

/** One thing that is not as the log says. `then` is what the log says, `now` what the code does; undefined: nothing. */
export type Difference = {
  readonly what: 'outcome' | 'result' | 'state' | 'meta' | 'timers' | 'messages' | 'highlights' | 'command' | 'migration';
  readonly then: string | undefined;
  readonly now: string | undefined;
};

type Made = Extract<Rerun, { kind: 'made' }>;

/** What of an event is compared: all of it, or only what hooks do. */
type Meant = { readonly header: EventHeader; readonly content: EventContent; readonly part: 'all' | 'hooked' };

/** How the rerun of an event differs from the event. */
export function differencesIn(outcome: Rerun, { header, content, part }: Meant): Difference[] {
  if (outcome.kind !== 'made') return unlikeOutcome(outcome, content);
  const { command, effect } = outcome.facts;
  const now = contentOf(outcome);
  const found = [
    ...unlike('command', header.command, command),
    ...unlike('result', shown(content.result), shown(effect.result)),
    ...unlikeLists('state', content.ops, now.ops, opText),
    ...unlikeLists('messages', own(content.messages), own(now.messages), JSON.stringify),
    ...unlikeLists('highlights', content.highlights, effect.highlights, JSON.stringify),
  ];
  if (part === 'hooked') return found;
  return [
    ...found,
    ...unlikeLists('meta', content.meta, effect.meta, opText),
    ...unlikeLists('timers', content.internal, now.internal, opText),
  ];
}

/** The same where the event was made by an earlier version: the states are compared instead of the changes. */
export function migratedDifferences(
  outcome: Rerun,
  { header, content, state, meant }: Omit<Meant, 'part'> & { readonly state: JsonObject; readonly meant: JsonObject },
): Difference[] {
  if (outcome.kind !== 'made') return unlikeOutcome(outcome, content);
  const { command, effect } = outcome.facts;
  const keys = [...new Set([...Object.keys(meant), ...Object.keys(state)])];
  return [
    ...unlike('command', header.command, command),
    ...unlike('result', shown(content.result), shown(effect.result)),
    ...unlikeLists('messages', own(content.messages), own(effect.messages), JSON.stringify),
    ...keys.flatMap((key) => unlikeAt(key, meant[key], state[key])),
  ];
}

function contentOf({ facts }: Made): Pick<EventContent, 'ops' | 'internal' | 'messages'> {
  const { effect } = facts;
  return { ops: effect.ops, internal: [...(facts.internal ?? []), ...(effect.internal ?? [])], messages: effect.messages };
}

function unlikeOutcome(outcome: Exclude<Rerun, Made>, content: EventContent): Difference[] {
  const then = content.result === undefined ? 'accepted' : `accepted, result ${shown(content.result)}`;
  return [{ what: 'outcome', then, now: outcomeText(outcome) }];
}

function outcomeText(outcome: Exclude<Rerun, Made>): string {
  if (outcome.kind === 'nothing') return 'nothing happens';
  if (outcome.kind === 'refused') return `refused with ${outcome.code}: ${outcome.message}`;
  const { error } = outcome;
  return `its code throws ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
}

function unlike(what: Difference['what'], then: string | undefined, now: string | undefined): Difference[] {
  return then === now ? [] : [{ what, then, now }];
}

/** Lists in order; of those that differ, what they begin and end with alike is left out. */
function unlikeLists<T>(
  what: Difference['what'],
  then: readonly T[] = [],
  now: readonly T[] = [],
  text: (item: T) => string,
): Difference[] {
  const before = then.map((item) => text(item));
  const after = now.map((item) => text(item));
  let start = 0;
  while (start < before.length && before[start] === after[start]) start += 1;
  let end = 0;
  const shorter = Math.min(before.length, after.length) - start;
  while (end < shorter && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const [gone, come] = [before.slice(start, before.length - end), after.slice(start, after.length - end)];
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, index) => ({ what, then: gone[index], now: come[index] }));
}

/** Down to the deepest place at which two states differ. The order of keys says nothing here: a migration may change it. */
function unlikeAt(path: string, then: JsonValue | undefined, now: JsonValue | undefined): Difference[] {
  if (isObject(then) && isObject(now)) {
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
    return keys.flatMap((key) => unlikeAt(`${path}.${key}`, then[key], now[key]));
  }
  if (Array.isArray(then) && Array.isArray(now) && then.length === now.length)
    return then.flatMap((item, index) => unlikeAt(`${path}.${index}`, item, now[index]));
  if (shown(then) === shown(now)) return [];
  const at = (value: JsonValue | undefined): string | undefined => (value === undefined ? undefined : `${path} = ${shown(value)}`);
  return [{ what: 'state', then: at(then), now: at(now) }];
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Messages of the definition's own; the others are Holdfast's. */
function own(messages: readonly StoredMessage[] = []): StoredMessage[] {
  return messages.filter(({ name }) => !name.startsWith('@'));
}

function shown(value: JsonValue | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value);
}

/** A change as people read it. */
function opText([kind, path, ...rest]: StoredOp): string {
  const place = Array.isArray(path) ? path.map(String).join('.') : '';
  if (kind === 's') return `${place} = ${JSON.stringify(rest[0])}`;
  if (kind === 'd') return `delete ${place}`;
  if (kind === 'o') return `${place} in the order ${JSON.stringify(rest[0])}`;
  const [index, count, ...values] = rest;
  return `${place} from ${JSON.stringify(index)}: ${JSON.stringify(count)} out, in ${JSON.stringify(values)}`;
}
