import type { Seq } from '../protocol/ids.ts';
import type { HistoryWrite, SideWrite } from './side-write.ts';

/** Most bytes of one snapshot. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024 * 1024;
/** Most bytes of one history record's data. */
export const MAX_HISTORY_BYTES = 1024 * 1024;
/** Most people of one history record. */
export const MAX_HISTORY_PEOPLE = 10_000;
/** Most bytes of one outbox body. */
export const MAX_OUTBOX_BYTES = 256 * 1024;
/** Most bytes of every short text: a hash, an id, a name of an act or of a target. */
export const MAX_NAME_BYTES = 256;
/** Most side writes of one entry. */
export const MAX_SIDE_WRITES = 10_000;

/** Why the side writes of an entry whose last event is `last` are not acceptable; undefined when they are. */
export function sideRefusal(side: readonly SideWrite[], last: Seq): 'too-large' | 'invalid' | undefined {
  if (side.length > MAX_SIDE_WRITES || side.some(isTooLarge)) return 'too-large';
  return side.every((write) => isSound(write, last)) ? undefined : 'invalid';
}

/** In characters, which is near enough for a bound on memory and costs nothing. */
export function sideLength(write: SideWrite): number {
  switch (write.kind) {
    case 'snapshot':
      return write.data.length;
    case 'history':
      return write.people.reduce((length, person) => length + person.length, write.data.length);
    case 'outbox':
      return write.body.length;
    case 'invite':
    case 'invite-end':
    case 'act':
      return 0;
  }
}

function isTooLarge(write: SideWrite): boolean {
  switch (write.kind) {
    case 'snapshot':
      return isOver(write.data, MAX_SNAPSHOT_BYTES);
    case 'invite':
      return isLongName(write.hash) || isLongName(write.invite);
    case 'invite-end':
      return isLongName(write.hash);
    case 'act':
      return isLongName(write.who) || isLongName(write.what) || isLongName(write.subject ?? '');
    case 'history':
      return write.people.length > MAX_HISTORY_PEOPLE || write.people.some(isLongName) || isOver(write.data, MAX_HISTORY_BYTES);
    case 'outbox':
      return isLongName(write.id) || isLongName(write.target ?? '') || isOver(write.body, MAX_OUTBOX_BYTES);
  }
}

function isSound(write: SideWrite, last: Seq): boolean {
  switch (write.kind) {
    case 'snapshot':
      return isUpTo(write.seq, last);
    case 'act':
      return isUpTo(write.seq, last) && Number.isFinite(write.at);
    case 'history':
      return hasTimes(write);
    case 'invite':
    case 'invite-end':
    case 'outbox':
      return true;
  }
}

function isUpTo(seq: Seq, last: Seq): boolean {
  return Number.isSafeInteger(seq) && seq >= 1 && seq <= last;
}

function hasTimes({ startedAt, endedAt }: HistoryWrite): boolean {
  return Number.isFinite(startedAt) && (endedAt === null || Number.isFinite(endedAt));
}

function isLongName(text: string): boolean {
  return isOver(text, MAX_NAME_BYTES);
}

function isOver(text: string, bytes: number): boolean {
  return Buffer.byteLength(text, 'utf8') > bytes;
}
