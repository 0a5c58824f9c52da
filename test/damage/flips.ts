import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeSmallLog, PLACES, readLog, type Place, type SmallLog } from './small-log.ts';

/** Bytes of all files of the small log. */
export const ALL_BYTES = 538_597;
/** Coprime to the number of bytes, and of the golden ratio: so many units in a row are spread evenly, and all units are every byte once. */
const STRIDE = 332_873;

export type FlipUnits = {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly directory: string;
  done?(units: number): void;
};

export type FlipResult = {
  /** By file, what became of how many flips. */
  readonly counts: Record<string, number>;
  readonly wrong: { readonly unit: number; readonly what: string }[];
};

/** Flips one bit of one byte for each unit, reads everything, and puts it back. Which byte follows from unit and seed; the bit from byte and seed. */
export async function runFlips({ seed, from, count, directory, done }: FlipUnits): Promise<FlipResult> {
  const log = await makeSmallLog(directory);
  checkLength(log);
  const result: FlipResult = { counts: {}, wrong: [] };
  for (let unit = from; unit < from + count; unit += 1) {
    const { place, at } = placeOf(log, indexOf(unit, seed));
    const { outcome, wrong } = await flip(log, place, at, (at + seed) % 8);
    const key = `${place.file}: ${outcome}`;
    result.counts[key] = (result.counts[key] ?? 0) + 1;
    if (wrong !== undefined) result.wrong.push({ unit, what: `byte ${at} of ${place.file}: ${wrong}` });
    done?.(1);
  }
  return result;
}

/** Which of all bytes a unit flips. */
export function indexOf(unit: number, seed: number): number {
  return (unit * STRIDE + seed * 7_919) % ALL_BYTES;
}

function checkLength(log: SmallLog): void {
  const bytes = PLACES.reduce((sum, place) => sum + lengthOf(log, place), 0);
  if (bytes !== ALL_BYTES) throw new Error(`The small log has ${bytes} bytes now: let ALL_BYTES say so, and STRIDE be coprime to it.`);
}

function lengthOf(log: SmallLog, { dir, file }: Place): number {
  return statSync(join(log.dirs[dir], file)).size;
}

function placeOf(log: SmallLog, index: number): { place: Place; at: number } {
  let at = index;
  for (const place of PLACES) {
    const length = lengthOf(log, place);
    if (at < length) return { place, at };
    at -= length;
  }
  throw new Error(`the small log has no byte ${index}`);
}

/** What became of it: `found` in one of the ways in which damage is, or what is read is as it was (`harmless`). */
async function flip(log: SmallLog, { dir, file }: Place, at: number, bit: number): Promise<{ outcome: string; wrong?: string }> {
  const handle = openSync(join(log.dirs[dir], file), 'r+');
  const byte = Buffer.alloc(1);
  readSync(handle, byte, 0, 1, at);
  const put = (value: number): void => void writeSync(handle, Buffer.of(value), 0, 1, at);
  put((byte[0] as number) ^ (1 << bit));
  try {
    const found = await readLog(log.dirs[dir], log.session);
    if (found.kind !== 'rebuilt') return { outcome: found.kind, ...wrongEvents(log, 'events' in found ? found.events : []) };
    const outcome =
      found.events.length < found.head
        ? 'found in the history'
        : found.head < log.events.length
          ? 'harmless, its end not recorded'
          : 'harmless';
    if (found.head < log.recorded) return { outcome, wrong: `the log ends at ${found.head}, although ${log.recorded} was recorded` };
    if (found.tree !== (await log.treeAt(found.head))) return { outcome, wrong: `the state at ${found.head} is another` };
    return { outcome, ...wrongEvents(log, found.events) };
  } finally {
    put(byte[0] as number);
    closeSync(handle);
  }
}

function wrongEvents(log: SmallLog, events: readonly string[]): { wrong?: string } {
  const index = events.findIndex((event, place) => event !== log.events[place]);
  return index < 0 ? {} : { wrong: `event ${index + 1} is read as another: ${events[index]?.slice(0, 500)}` };
}
