import { readFileSync } from 'node:fs';
import type { DiskFile } from './disk-file.ts';
import { filesBelow, isIndex, type DiskImage } from './disk-image.ts';
import { addRecord, type DiskRecord } from './disk-journal.ts';

/**
 * After kill -9: a process that ends between a change and its record has changed what the journal does not tell. The kernel
 * has it all the same, unsynced, and so the journal gets it. At most one call is under way at any time.
 */
export function reconcile(image: DiskImage, journal: string): void {
  const records: DiskRecord[] = [];
  const found = filesBelow(image.root);
  const pathOf = new Map([...image.names].flatMap(([path, node]) => (node === 'directory' ? [] : [[node, path] as const])));
  const none = { place: 0, inode: 0, second: '', bytes: Buffer.alloc(0) };
  for (const { path, inode, isDirectory } of found) {
    const here = image.names.get(path);
    const file = isDirectory ? undefined : image.inodes.get(inode);
    if (here !== undefined && here === (isDirectory ? 'directory' : file)) continue;
    const before = file === undefined ? undefined : pathOf.get(file);
    const isRenamed = before !== undefined && !found.some((each) => each.path === before);
    if (isDirectory) records.push({ ...none, kind: 'mkdir', path });
    else if (isRenamed) records.push({ ...none, kind: 'rename', path: before, second: path });
    else records.push({ ...none, kind: 'create', inode, path });
  }
  follow(records.splice(0));
  for (const path of image.names.keys()) if (!found.some((each) => each.path === path)) records.push({ ...none, kind: 'unlink', path });
  for (const { path, inode, isDirectory } of found) {
    const node = image.names.get(path);
    if (isDirectory || isIndex(path) || node === undefined || node === 'directory') continue;
    records.push(...difference(node, readFileSync(path)).map((change) => ({ ...none, ...change, inode, path })));
  }
  follow(records);

  function follow(missing: readonly DiskRecord[]): void {
    for (const record of missing) {
      addRecord(journal, record);
      image.follow(record);
    }
  }
}

function difference(file: DiskFile, bytes: Buffer): (Pick<DiskRecord, 'kind' | 'place'> & { bytes?: Buffer })[] {
  const { bytes: seen } = file.seen;
  const changes: (Pick<DiskRecord, 'kind' | 'place'> & { bytes?: Buffer })[] = [];
  if (bytes.length < seen.length) changes.push({ kind: 'cut', place: bytes.length });
  if (bytes.equals(seen.subarray(0, bytes.length)) && bytes.length <= seen.length) return changes;
  let from = 0;
  while (from < seen.length && bytes[from] === seen[from]) from += 1;
  let to = bytes.length;
  while (bytes.length === seen.length && to > from && bytes[to - 1] === seen[to - 1]) to -= 1;
  return [...changes, { kind: 'write', place: from, bytes: Buffer.from(bytes.subarray(from, to)) }];
}
