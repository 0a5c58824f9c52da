import { mkdirSync, writeFileSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { dirname, join, relative } from 'node:path';
import { apply, GrowingBytes, type Unsynced } from './disk-file.ts';
import { isIndex, type DiskImage, type Node, type UnsyncedName } from './disk-image.ts';

const SECTOR_BYTES = 512;
/** What a disk may make of writes that no sync has covered. */
const MANNERS = ['nothing', 'everything', 'in order', 'any', 'any'] as const;

/** What became of what was not synced. */
export type Cut = {
  readonly manner: (typeof MANNERS)[number];
  /** Bytes, and changes of names, that are gone. */
  readonly lostBytes: number;
  readonly lostNames: number;
  /** Writes of which a part is there. */
  readonly torn: number;
};

type Change = { readonly record: number } & ({ readonly name: UnsyncedName } | { readonly write: Unsynced });
type Parts = readonly { readonly from: number; readonly to: number }[];
type Tally = { lostBytes: number; lostNames: number; torn: number };

/**
 * The power goes: writes into `directory` what the disk may hold then. Everything synced is there. Of the rest nothing,
 * everything, what came before some moment, or any part in sectors of 512 bytes, as `random` has it; likewise names.
 */
export function cutPower(image: DiskImage, directory: string, random: () => number): Cut {
  const manner = MANNERS[Math.floor(random() * MANNERS.length)] ?? 'nothing';
  const tally: Tally = { lostBytes: 0, lostNames: 0, torn: 0 };
  const survives = chooser(manner, changesOf(image), random, tally);
  const names = new Map(image.durableNames);
  for (const change of image.unsyncedNames) if (survives({ record: change.record, name: change }) !== undefined) change.apply(names);
  const ordered = [...names].filter(([path]) => hasParents(path, names, image.root));
  for (const [path, node] of ordered.toSorted(([a], [b]) => a.length - b.length)) {
    const target = join(directory, relative(image.root, path));
    if (node === 'directory') {
      mkdirSync(target, { mode: 0o700, recursive: true });
      continue;
    }
    if (isIndex(path)) {
      writeIndex(target, random);
      continue;
    }
    const bytes = new GrowingBytes(node.durable.bytes);
    for (const change of node.unsynced) {
      const parts = survives({ record: change.record, write: change });
      if (parts !== undefined) apply(bytes, change, parts === 'whole' ? undefined : parts);
    }
    writeFileSync(target, bytes.bytes, { mode: 0o600 });
  }
  return { manner, ...tally };
}

function changesOf(image: DiskImage): number[] {
  const records = [...image.unsyncedNames, ...image.files.flatMap(({ unsynced }) => unsynced)].map(({ record }) => record);
  return records.toSorted((a, b) => a - b);
}

/** What is left of a change: undefined for nothing. */
function chooser(manner: Cut['manner'], records: readonly number[], random: () => number, tally: Tally) {
  const last = records[Math.floor(random() * records.length)] ?? 0;
  const share = random();
  const decide = (change: Change): 'whole' | Parts | undefined => {
    if (manner === 'everything' || (manner === 'in order' && change.record < last)) return 'whole';
    if (manner === 'nothing' || (manner === 'in order' && change.record > last)) return undefined;
    if ('write' in change && change.write.kind === 'write')
      return someSectors(change.write.bytes.length, change.write.place, share, random);
    return random() < share ? 'whole' : undefined;
  };
  return (change: Change): 'whole' | Parts | undefined => {
    const left = decide(change);
    if ('write' in change && change.write.kind === 'write') {
      const kept = left === 'whole' ? change.write.bytes.length : (left ?? []).reduce((sum, part) => sum + part.to - part.from, 0);
      tally.lostBytes += change.write.bytes.length - kept;
      if (kept > 0 && kept < change.write.bytes.length) tally.torn += 1;
    } else if (left === undefined) tally.lostNames += 1;
    return left;
  };
}

/** Sectors are whole or not: they begin at places that 512 divides. */
function someSectors(length: number, place: number, share: number, random: () => number): Parts {
  const parts: { from: number; to: number }[] = [];
  for (let from = 0; from < length;) {
    const to = Math.min(length, from + SECTOR_BYTES - ((place + from) % SECTOR_BYTES));
    if (random() < share) parts.push({ from, to });
    from = to;
  }
  return parts;
}

/** Nobody synced it, so it may be anything. */
function writeIndex(target: string, random: () => number): void {
  const kind = Math.floor(random() * 3);
  if (kind > 0) writeFileSync(target, kind === 1 ? Buffer.alloc(32_768) : randomFillSync(Buffer.alloc(32_768)), { mode: 0o600 });
}

function hasParents(path: string, names: ReadonlyMap<string, Node>, root: string): boolean {
  const parent = dirname(path);
  return parent === root || (names.get(parent) === 'directory' && hasParents(parent, names, root));
}
