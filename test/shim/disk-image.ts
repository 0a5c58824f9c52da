import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DiskFile } from './disk-file.ts';
import type { DiskRecord } from './disk-journal.ts';

export type Node = DiskFile | 'directory';
/** A change of names that no sync of their directory has covered. */
export type UnsyncedName = { readonly record: number; readonly directory: string; readonly apply: (names: Map<string, Node>) => void };

/** SQLite's index of its write-ahead log: shared memory, which is made anew by the first who opens the database. */
export const isIndex = (path: string): boolean => path.endsWith('-shm');

/** A directory as a disk has it: what is read, what is certain, and what lies between; made by following a journal. */
export class DiskImage {
  readonly root: string;
  readonly names = new Map<string, Node>();
  readonly durableNames = new Map<string, Node>();
  readonly inodes = new Map<number, DiskFile>();
  unsyncedNames: UnsyncedName[] = [];
  /** Records that were followed. */
  length = 0;
  #life = 0;

  readonly #start: readonly Start[];

  /** The directory as it is now, all of it durable; or as it was then. */
  constructor(root: string, start: readonly Start[] = filesBelow(root).map(startOf)) {
    this.root = root;
    this.#start = start;
    for (const { path, inode, bytes } of start) {
      const node = bytes === undefined ? 'directory' : new DiskFile(bytes);
      this.names.set(path, node);
      this.durableNames.set(path, node);
      if (node !== 'directory') this.inodes.set(inode, node);
    }
  }

  /** The directory as it was at the start. */
  copy(): DiskImage {
    return new DiskImage(this.root, this.#start);
  }

  get files(): DiskFile[] {
    return [...new Set([...this.names.values(), ...this.durableNames.values()])].filter((node) => node !== 'directory');
  }

  /** What the next record does. */
  follow({ kind, inode, place, path, second, bytes }: DiskRecord): void {
    const record = this.length;
    this.length += 1;
    switch (kind) {
      case 'start':
        this.#life += 1;
        return;
      case 'create':
        this.inodes.set(inode, new DiskFile());
        return this.#name(record, path, (names) => names.set(path, this.#file(inode)), this.#file(inode));
      case 'mkdir':
        return this.#name(record, path, (names) => names.set(path, 'directory'));
      case 'unlink':
        return this.#name(record, path, (names) => names.delete(path));
      case 'rename':
        return this.#rename(record, path, second);
      case 'write':
        return isIndex(path) ? undefined : this.#file(inode).write(record, this.#life, place, bytes);
      case 'cut':
        return isIndex(path) ? undefined : this.#file(inode).cut(record, this.#life, place);
      case 'sync':
        return this.names.get(path) === 'directory' || path === this.root ? this.#syncNames(path) : this.inodes.get(inode)?.sync();
      case 'unsynced':
        return this.inodes.get(inode)?.giveUp(this.#life, second === 'dropped');
      case 'mapped':
        if (!isIndex(path)) throw new Error(`${path} is written through memory, which nobody sees`);
        return;
      case 'unwritten':
      case 'shortened':
      case 'delayed':
      case 'mark':
        return;
    }
  }

  /** Where this differs from the directory as it is now, in words. None: the journal tells everything. */
  differences(): string[] {
    const found = new Map(filesBelow(this.root).map((each) => [each.path, each]));
    const wrong: string[] = [];
    for (const path of this.names.keys()) if (!found.has(path)) wrong.push(`${path} is gone`);
    for (const [path, { isDirectory }] of found) {
      const node = this.names.get(path);
      if (node === undefined) wrong.push(`${path} is new`);
      else if ((node === 'directory') !== isDirectory) wrong.push(`${path} is something else`);
      else if (node !== 'directory' && !isIndex(path) && !readFileSync(path).equals(node.seen.bytes))
        wrong.push(`${path} holds something else`);
    }
    return wrong;
  }

  #file(inode: number): DiskFile {
    const file = this.inodes.get(inode);
    if (file === undefined) throw new Error(`nobody made the file ${inode}`);
    return file;
  }

  #name(record: number, path: string, change: (names: Map<string, Node>) => void, node?: DiskFile): void {
    // Which file it was is fixed now: an inode's number is used again.
    const apply = node === undefined ? change : (names: Map<string, Node>): void => void names.set(path, node);
    apply(this.names);
    this.unsyncedNames.push({ record, directory: dirname(path), apply });
  }

  #rename(record: number, from: string, to: string): void {
    const node = this.names.get(from);
    if (node === undefined || dirname(from) !== dirname(to)) throw new Error(`${from} cannot become ${to} here`);
    const apply = (names: Map<string, Node>): void => {
      names.delete(from);
      names.set(to, node);
    };
    apply(this.names);
    this.unsyncedNames.push({ record, directory: dirname(from), apply });
  }

  #syncNames(directory: string): void {
    for (const change of this.unsyncedNames) if (change.directory === directory) change.apply(this.durableNames);
    this.unsyncedNames = this.unsyncedNames.filter((change) => change.directory !== directory);
  }
}

/** A file, or without bytes a directory. */
type Start = { readonly path: string; readonly inode: number; readonly bytes: Buffer | undefined };

function startOf({ path, inode, isDirectory }: Found): Start {
  return { path, inode, bytes: isDirectory ? undefined : isIndex(path) ? Buffer.alloc(0) : readFileSync(path) };
}

export type Found = { readonly path: string; readonly inode: number; readonly isDirectory: boolean };

export function filesBelow(directory: string): Found[] {
  return readdirSync(directory).flatMap((name) => {
    const path = join(directory, name);
    const stats = lstatSync(path);
    const found = { path, inode: stats.ino, isDirectory: stats.isDirectory() };
    return stats.isDirectory() ? [found, ...filesBelow(path)] : [found];
  });
}
