import type { EventContent, EventHeader, EventKind, StoredHighlight, StoredMessage, StoredOp, StoredRecipients } from './event.ts';
import type { InstanceId, LogId, ParticipantId, Tag } from './ids.ts';
import type { JsonObject, JsonValue } from './json.ts';
import { FORMAT_VERSION } from './version.ts';

/** A stored header or content is not of the documented form. The message says which part of it, never its value. */
export class EventTextError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EventTextError';
  }
}

/** The header as stored: a JSON array, see {@link EventHeader}. */
export function encodeHeader(header: EventHeader): string {
  return JSON.stringify([
    FORMAT_VERSION,
    header.logId,
    header.epoch,
    header.seq,
    header.tag,
    header.at,
    header.who,
    header.kind,
    header.command,
    header.instance,
    header.number,
    header.definition,
  ]);
}

/** Reads a stored header. Throws {@link EventTextError} on anything but the documented form. */
export function decodeHeader(text: string): EventHeader {
  const parts = parse(text, 'header');
  if (!Array.isArray(parts)) throw new EventTextError('header is not an array');
  const [format, logId, epoch, seq, tag, at, who, kind, command, instance, number, definition, ...rest] = parts;
  if (format !== FORMAT_VERSION) throw new EventTextError(`header is not of format ${FORMAT_VERSION}, which this program reads`);
  if (rest.length > 0) throw new EventTextError('header has more parts than its format names');
  return {
    logId: name(logId, 'logId') as LogId,
    epoch: count(epoch, 'epoch', 1),
    seq: count(seq, 'seq', 1),
    tag: name(tag, 'tag') as Tag,
    at: time(at),
    who: name(who, 'who') as ParticipantId | 'system',
    kind: eventKind(kind),
    command: name(command, 'command'),
    instance: instance === null ? null : (name(instance, 'instance') as InstanceId),
    number: number === null ? null : count(number, 'number', 1),
    definition: count(definition, 'definition', 0),
  };
}

/** The content as stored: a JSON object with its keys in the documented order, absent where empty. */
export function encodeContent(content: EventContent): string {
  const { salt, input, ops, meta, internal, messages, result, seed, low, highlights, timer } = content;
  return JSON.stringify({
    salt,
    input,
    ops: filled(ops),
    meta: filled(meta),
    internal: filled(internal),
    messages: filled(messages),
    result,
    seed,
    low,
    highlights: filled(highlights),
    timer,
  });
}

/** Reads a stored content. Throws {@link EventTextError} on anything but the documented form. */
export function decodeContent(text: string): EventContent {
  const parts = parse(text, 'content');
  if (!isObject(parts)) throw new EventTextError('content is not an object');
  const content: { -readonly [K in keyof EventContent]: EventContent[K] } = { salt: name(parts['salt'], 'salt') };
  for (const [key, value] of Object.entries(parts)) {
    switch (key) {
      case 'salt':
        break;
      case 'input':
      case 'result':
        content[key] = value;
        break;
      case 'ops':
      case 'meta':
      case 'internal':
        content[key] = opList(value, key);
        break;
      case 'messages':
        content.messages = messageList(value);
        break;
      case 'highlights':
        content.highlights = highlightList(value);
        break;
      case 'seed':
      case 'timer':
        content[key] = name(value, key);
        break;
      case 'low':
        content.low = count(value, key, 0);
        break;
      default:
        throw new EventTextError('content has a key that its format does not name');
    }
  }
  return content;
}

function parse(text: string, what: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new EventTextError(`${what} is not JSON`, { cause });
  }
}

function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}

function name(value: JsonValue | undefined, what: string): string {
  if (typeof value !== 'string' || value === '') throw new EventTextError(`${what} is not a name`);
  return value;
}

function count(value: JsonValue | undefined, what: string, least: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) throw new EventTextError(`${what} is not a count`);
  return value;
}

function time(value: JsonValue | undefined): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new EventTextError('at is not a time');
  return value;
}

function eventKind(value: JsonValue | undefined): EventKind {
  if (value !== 'create' && value !== 'command') throw new EventTextError('kind is not a known kind of event');
  return value;
}

function opList(value: JsonValue, what: string): StoredOp[] {
  if (!Array.isArray(value)) throw new EventTextError(`${what} is not a list`);
  return value.map((op) => {
    if (!isOp(op)) throw new EventTextError(`${what} holds something that is not an op`);
    return op;
  });
}

function messageList(value: JsonValue): StoredMessage[] {
  if (!Array.isArray(value)) throw new EventTextError('messages is not a list');
  return value.map((message) => {
    if (!isObject(message)) throw new EventTextError('messages holds something that is not a message');
    const { name: called, payload, to, ...rest } = message;
    if (Object.keys(rest).length > 0) throw new EventTextError('a message has a key that its format does not name');
    if (payload === undefined) throw new EventTextError('a message has no payload');
    const sent = { name: name(called, 'the name of a message'), payload };
    return to === undefined ? sent : { ...sent, to: recipients(to) };
  });
}

function recipients(value: JsonValue): StoredRecipients {
  if (!isObject(value)) throw new EventTextError('the recipients of a message are not an object');
  const { roles, participants, ...rest } = value;
  if (Object.keys(rest).length > 0) throw new EventTextError('recipients have a key that their format does not name');
  return {
    ...(roles === undefined ? {} : { roles: nameList(roles) }),
    ...(participants === undefined ? {} : { participants: nameList(participants) }),
  };
}

function nameList(value: JsonValue): string[] {
  if (!Array.isArray(value)) throw new EventTextError('the recipients of a message are not lists');
  return value.map((each) => name(each, 'a recipient'));
}

function highlightList(value: JsonValue): StoredHighlight[] {
  if (!Array.isArray(value)) throw new EventTextError('highlights is not a list');
  return value.map((highlight) => {
    if (!isObject(highlight)) throw new EventTextError('highlights holds something that is not a highlight');
    const { text, data, ...rest } = highlight;
    if (Object.keys(rest).length > 0) throw new EventTextError('a highlight has a key that its format does not name');
    return { text: name(text, 'the text of a highlight'), ...(data === undefined ? {} : { data }) };
  });
}

function isOp(value: JsonValue): value is StoredOp {
  return Array.isArray(value) && typeof value[0] === 'string';
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
