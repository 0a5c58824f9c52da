import { appendFileSync, readFileSync } from 'node:fs';

/** What one process, or the test itself, put down in a disk's journal; see `disk.c`. */
export type DiskRecord = {
  readonly kind: RecordKind;
  readonly inode: number;
  readonly place: number;
  readonly path: string;
  readonly second: string;
  readonly bytes: Buffer;
};

const KINDS = [
  'start',
  'create',
  'write',
  'cut',
  'sync',
  'unsynced',
  'unwritten',
  'shortened',
  'delayed',
  'rename',
  'unlink',
  'mkdir',
  'mapped',
  'mark',
] as const;
export type RecordKind = (typeof KINDS)[number];

const NEW_LINE = 10;

/** All records, in the order in which they took effect. Throws on anything that is none. */
export function readJournal(path: string): DiskRecord[] {
  const all = readFileSync(path);
  const records: DiskRecord[] = [];
  for (let at = 0; at < all.length;) {
    const end = all.indexOf(NEW_LINE, at);
    const [kind, inode, place, length, name = '', second = ''] = all.toString('utf8', at, end).split('\t');
    const known = KINDS.find((each) => each === kind);
    if (known === undefined || end < 0) throw new Error(`${path} holds no record at byte ${at}`);
    at = end + 1 + Number(length);
    const bytes = all.subarray(end + 1, at);
    records.push({ kind: known, inode: Number(inode), place: Number(place), path: name, second, bytes });
  }
  return records;
}

type Writable = Pick<DiskRecord, 'kind'> & Partial<DiskRecord>;

/** Adds a record. One write, so that what several processes add does not mix. */
export function addRecord(
  journal: string,
  { kind, inode = 0, place = 0, path = '', second = '', bytes = Buffer.alloc(0) }: Writable,
): void {
  const line = `${kind}\t${inode}\t${place}\t${bytes.length}\t${path}\t${second}\n`;
  appendFileSync(journal, Buffer.concat([Buffer.from(line), bytes]));
}
