import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Op, Path, SetOp, SpliceOp } from './op.ts';
import { applyOps } from './apply.ts';
import { cloneJson } from './copy-json.ts';
import { StateError } from './state-error.ts';

/**
 * Folds ops into fewer with exactly the same effect on every tree that the given ones fit, key order included: a later
 * set of a path replaces the earlier, changes inside a value that was set go into that value, changes inside what is
 * later replaced or deleted go, appends join. What it is not sure of it leaves as it is. The given ops stay as they are.
 */
export function foldOps(ops: readonly Op[]): Op[] {
  const folder = new OpFolder();
  for (const op of ops) folder.add(op);
  return folder.ops();
}

/** An op of the result so far. */
type Kept = {
  op: Op;
  live: boolean;
  /** The op is our own copy and may be changed. */
  owned: boolean;
};

/** What is known of one path. Branches below an array are given up when its indexes move. */
type Branch = {
  /** Undefined, as the lists, until there is one: most paths are leaves with a set. */
  children: Map<string | number, Branch> | undefined;
  /** Sets and deletes of this path. */
  own: Kept[] | undefined;
  /** Ops that change what this path holds: splices and orders, and all ops inside whose indexes have moved since. */
  content: Kept[] | undefined;
  /** The set of this path that still holds; all that came later inside is in its value. */
  set: Kept | undefined;
  /** The last op in this array is this splice, which a next one may join. */
  splice: Kept | undefined;
};

/** The folding of {@link foldOps}, for ops that come one after another. */
export class OpFolder {
  readonly #kept: Kept[] = [];
  readonly #root: Branch = newBranch();

  /** What the ops so far came to. Good until the next one is added: values inside may then change. */
  ops(): Op[] {
    return this.#kept.filter(({ live }) => live).map(({ op }) => op);
  }

  add(op: Op): void {
    if (this.#absorb(op)) return;
    const branch = this.#branchOf(op[1]);
    switch (op[0]) {
      case 's':
        return this.#addSet(branch, op);
      case 'd':
        return this.#addDelete(branch, op);
      case 'p':
        return this.#addSplice(branch, op);
      case 'o':
        forgetInside(branch);
        branch.splice = undefined;
        (branch.content ??= []).push(this.#keep(op));
        return;
      default:
        throw new StateError('unknown-op', [], 'ops of this kind are not known to this version');
    }
  }

  /** Makes a change inside a value that was set in that value itself. */
  #absorb(op: Op): boolean {
    const [kind, path] = op;
    const depth = kind === 's' || kind === 'd' ? path.length - 1 : path.length;
    let branch: Branch | undefined = this.#root;
    for (let at = 0; at < depth && branch !== undefined; at += 1) {
      branch = branch.children?.get(path[at] as string | number);
      if (branch?.set === undefined) continue;
      applyInside(branch.set, op, at + 1);
      return true;
    }
    return false;
  }

  #addSet(branch: Branch, op: SetOp): void {
    dropInside(branch);
    if (branch.set !== undefined) {
      branch.set.op = op;
      branch.set.owned = false;
      return;
    }
    branch.set = this.#keep(op);
    (branch.own ??= []).push(branch.set);
  }

  #addDelete(branch: Branch, op: Op): void {
    dropInside(branch);
    // Whether the key was there before the set is not known here, so the set must stay; only its value does not matter.
    if (branch.set !== undefined) branch.set.op = ['s', op[1], null];
    branch.set = undefined;
    (branch.own ??= []).push(this.#keep(op));
  }

  #addSplice(branch: Branch, op: SpliceOp): void {
    const last = branch.splice;
    if (last !== undefined && joinSplice(last, op)) return;
    forgetInside(branch);
    branch.splice = this.#keep(op);
    (branch.content ??= []).push(branch.splice);
  }

  #keep(op: Op): Kept {
    const kept: Kept = { op, live: true, owned: false };
    this.#kept.push(kept);
    return kept;
  }

  #branchOf(path: Path): Branch {
    let branch = this.#root;
    for (const key of path) {
      // An op inside the array comes after its splice, so no later splice may move in front of it.
      branch.splice = undefined;
      branch.children ??= new Map();
      let next = branch.children.get(key);
      if (next === undefined) {
        next = newBranch();
        branch.children.set(key, next);
      }
      branch = next;
    }
    return branch;
  }
}

function newBranch(): Branch {
  return { children: undefined, own: undefined, content: undefined, set: undefined, splice: undefined };
}

/** The path is overwritten: what was done inside need not be done. */
function dropInside(branch: Branch): void {
  forgetInside(branch);
  for (const kept of branch.content ?? []) kept.live = false;
  branch.content = undefined;
  branch.splice = undefined;
}

/** The indexes of the array move: the paths inside mean other places from here on. */
function forgetInside(branch: Branch): void {
  if (branch.children === undefined) return;
  const content = (branch.content ??= []);
  for (const child of branch.children.values()) {
    forgetInside(child);
    for (const kept of child.own ?? []) content.push(kept);
    for (const kept of child.content ?? []) content.push(kept);
  }
  branch.children = undefined;
}

/** Adds values that follow right behind those of the splice. */
function joinSplice(last: Kept, next: SpliceOp): boolean {
  let op = last.op as SpliceOp;
  if (next[3] !== 0 || next[2] !== op[2] + op.length - 4) return false;
  if (!last.owned) op = [...op];
  for (let at = 4; at < next.length; at += 1) op.push(next[at] as JsonValue);
  last.op = op;
  last.owned = true;
  return true;
}

function applyInside(set: Kept, op: Op, depth: number): void {
  const [, path, value] = set.op as SetOp;
  const holder: JsonObject = { value: set.owned ? value : cloneJson(value) };
  const inner = [...op] as Op;
  inner[1] = ['value', ...op[1].slice(depth)];
  applyOps(holder, [inner]);
  set.op = ['s', path, holder['value'] as JsonValue];
  set.owned = true;
}
