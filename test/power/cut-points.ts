import type { DiskRecord } from '../shim/disk-journal.ts';
import { markIn } from './marks.ts';

/** Where a power cut may fall. A cut point n: the disk was told n records. */
export const PLACES = [
  'before a sync',
  'after a sync',
  'in the write-ahead log',
  'in the database',
  'in the head record',
  'in a snapshot',
  'in a backup',
  'in a migration',
  'in a cleanup',
  'in a start',
  'in a second life',
  'anywhere',
] as const;
export type CutPlace = (typeof PLACES)[number];

/** Every cut point by where it falls; one may be in several places. */
export function cutPointsOf(records: readonly DiskRecord[]): Record<CutPlace, number[]> {
  const points = Object.fromEntries(PLACES.map((place): [CutPlace, number[]] => [place, []])) as Record<CutPlace, number[]>;
  const doing = new Set<string>();
  let lives = 0;
  let isStarting = false;
  for (const [index, record] of records.entries()) {
    const { kind, path } = record;
    const point = index + 1;
    if (kind === 'start') {
      lives += 1;
      isStarting = true;
      doing.clear();
    }
    const mark = markIn(record);
    if (mark?.mark === 'begin') doing.add(mark.deed);
    if (mark?.mark === 'end') doing.delete(mark.deed);
    if (mark?.mark === 'appended') isStarting = false;
    if (kind === 'sync') points['before a sync'].push(index);
    if (kind === 'sync') points['after a sync'].push(point);
    if (kind === 'write' && path.endsWith('-wal')) points['in the write-ahead log'].push(point);
    if (kind === 'write' && path.endsWith('holdfast.db')) points['in the database'].push(point);
    if (path.includes('head-record')) points['in the head record'].push(point);
    for (const deed of doing) points[`in a ${deed}` as CutPlace].push(point);
    if (isStarting) points['in a start'].push(point);
    if (lives > 1) points['in a second life'].push(point);
    points.anywhere.push(point);
  }
  return points;
}
