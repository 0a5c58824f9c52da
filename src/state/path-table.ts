import type { WirePath } from '../protocol/frames.ts';

/** Longer paths are always sent whole: both sides know it, so neither gives them a number. */
export const LONGEST_NUMBERED_PATH = 16;
/** Most paths that a table can ever hold; both sides stop giving numbers there. */
export const TABLE_ROOM = 4096;

/** Whether a path that was sent whole gets the next number of a table of this size. */
export function getsNumber(path: WirePath, tableSize: number): boolean {
  return path.length <= LONGEST_NUMBERED_PATH && tableSize < TABLE_ROOM;
}

type Branch = { number: number; readonly children: Map<string | number, Branch> };

/** The sender's side of a path table: finds the number of a path, or gives it the next one. */
export class PathTable {
  readonly id: number;
  readonly list: WirePath[] = [];
  readonly #root: Branch = { number: -1, children: new Map() };

  constructor(id: number) {
    this.id = id;
  }

  /** The path's number, or -1 when the receiver does not know it: then it must be sent whole, and is known from there on. */
  numberOrTeach(path: WirePath): number {
    const branch = this.#branchOf(path);
    if (branch.number >= 0) return branch.number;
    if (getsNumber(path, this.list.length)) {
      branch.number = this.list.length;
      this.list.push(path);
    }
    return -1;
  }

  #branchOf(path: WirePath): Branch {
    let branch = this.#root;
    for (const key of path) {
      let next = branch.children.get(key);
      if (next === undefined) {
        next = { number: -1, children: new Map() };
        branch.children.set(key, next);
      }
      branch = next;
    }
    return branch;
  }
}
