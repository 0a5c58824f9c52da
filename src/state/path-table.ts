import type { WirePath } from '../protocol/frames.ts';

/** Longer paths are always sent whole: both sides know it, so neither gives them a number. */
export const LONGEST_NUMBERED_PATH = 16;
/** Most paths that a table can ever hold; both sides stop giving numbers there. */
export const TABLE_ROOM = 4096;

/** Whether a path that was sent whole gets the next number of a table of this size. */
export function getsNumber(path: WirePath, tableSize: number): boolean {
  return path.length <= LONGEST_NUMBERED_PATH && tableSize < TABLE_ROOM;
}

type Branch = {
  number: number;
  /** Number of one of the children, or -1. */
  child: number;
  readonly children: Map<string | number, Branch>;
};

/** The sender's side of a path table: finds the number of a path, or gives it the next one. */
export class PathTable {
  readonly id: number;
  readonly list: WirePath[] = [];
  readonly #root: Branch = newBranch();

  readonly #first: number;

  /** Its first path gets the number `first`. */
  constructor(id: number, first = 0) {
    this.id = id;
    this.#first = first;
  }

  /**
   * The path's number, or the text of what is sent instead when the receiver does not know it: the whole path, or what
   * tells it from one beside it. It is known from there on.
   */
  numberOrTeach(path: WirePath): number | string {
    let parent = this.#root;
    let branch = this.#root;
    for (const key of path) {
      parent = branch;
      branch = childOf(parent, key);
    }
    if (branch.number >= 0) return branch.number;
    const text = unknownText(path, parent.child);
    const number = this.#first + this.list.length;
    if (getsNumber(path, number)) {
      parent.child = branch.number = number;
      this.list.push(path);
    }
    return text;
  }

  /** The same without making it known. */
  numberOrText(path: WirePath): number | string {
    let parent: Branch | undefined;
    let branch: Branch | undefined = this.#root;
    for (const key of path) {
      parent = branch;
      branch = branch?.children.get(key);
    }
    return branch !== undefined && branch.number >= 0 ? branch.number : unknownText(path, parent?.child ?? -1);
  }
}

function newBranch(): Branch {
  return { number: -1, child: -1, children: new Map() };
}

function childOf(branch: Branch, key: string | number): Branch {
  let child = branch.children.get(key);
  if (child === undefined) {
    child = newBranch();
    branch.children.set(key, child);
  }
  return child;
}

function unknownText(path: WirePath, beside: number): string {
  const whole = JSON.stringify(path);
  if (beside < 0) return whole;
  const short = `[${beside + 1},${JSON.stringify(path[path.length - 1])}]`;
  return short.length < whole.length ? short : whole;
}
