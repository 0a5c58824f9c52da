import { FrameError } from './frame-error.ts';
import type { JsonValue } from './json.ts';
import { PRESENCE_LIMITS, type OwnPresenceFrame } from './presence.ts';
import type { FieldReader } from './read-fields.ts';

const MEMBERS = ['t', 'idle', 'activity', 'data'];
const ACTIVITY_NAME = /^[\p{L}\p{N} _.-]+$/u;

/** Reads a client's presence frame; throws `FrameError`. */
export function readOwnPresence(reader: FieldReader): OwnPresenceFrame {
  reader.only(MEMBERS);
  const frame: OwnPresenceFrame = { t: 'presence' };
  if (reader.has('idle')) frame.idle = reader.flag('idle');
  if (reader.has('activity')) frame.activity = reader.json('activity') === null ? null : readActivity(reader.object('activity'));
  if (reader.has('data')) frame.data = readData(reader);
  return frame;
}

function readActivity(reader: FieldReader): { name: string; ttlMs?: number } {
  reader.only(['name', 'ttlMs']);
  const name = reader.string('name', PRESENCE_LIMITS.activityName);
  if (!ACTIVITY_NAME.test(name)) reader.fail('name', 'a name of letters, digits, spaces, _, . and -');
  if (!reader.has('ttlMs')) return { name };
  const ttlMs = reader.whole('ttlMs', 1);
  return ttlMs <= PRESENCE_LIMITS.activityMs ? { name, ttlMs } : reader.fail('ttlMs', `at most ${PRESENCE_LIMITS.activityMs}`);
}

function readData(reader: FieldReader): JsonValue {
  const data = reader.json('data');
  if (lengthOf(data) <= PRESENCE_LIMITS.data) return data;
  throw new FrameError('too-large', `presence.data is more than ${PRESENCE_LIMITS.data} bytes of JSON.`);
}

/** UTF-8 bytes of the value as JSON. */
function lengthOf(data: JsonValue): number {
  const text = JSON.stringify(data);
  return text.length > PRESENCE_LIMITS.data ? text.length : new TextEncoder().encode(text).length;
}
