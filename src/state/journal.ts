import type { JsonValue } from '../protocol/json.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Op, Path, SpliceOp } from './op.ts';
import { REMOVED } from './draft-handle.ts';
import { isContainer, type Container } from './json-rules.ts';
import { StateError } from './state-error.ts';

/** What one recording may take before it is stopped. */
export type RecordingLimits = {
  /** Most containers inside one another, from the root. Default 64. */
  readonly maxDepth: number;
  /** Most ops, and most steps of undo. Default 100,000. */
  readonly maxOps: number;
  /** Most characters that the ops take as JSON, estimated. Default 8 Mi. */
  readonly maxBytes: number;
};

/**
 * A recorded op. Containers among its values are those in the tree itself, copied out when the recording finishes: so
 * whatever is written inside them until then needs no op of its own.
 */
export type Entry<T extends Op = Op> = {
  readonly op: T;
  /** False once a later op made it needless. */
  live: boolean;
  bytes: number;
};

/** What happened in one recording: ops in order, and the way back. */
export class Journal {
  readonly limits: RecordingLimits;
  #open = true;
  #entries: Entry[] = [];
  #undos: (() => void)[] = [];
  /** Keys that hold `REMOVED`. */
  #swept: { readonly target: JsonObject; readonly key: string }[] = [];
  #bytes = 0;

  constructor(limits: RecordingLimits) {
    this.limits = limits;
  }

  assertOpen(): void {
    if (!this.#open)
      throw new StateError('closed', [], 'this draft belongs to a command that is over; keep ids, not drafts, and copy what you need');
  }

  /** Characters that may still be recorded. */
  get bytesLeft(): number {
    return this.limits.maxBytes - this.#bytes;
  }

  /** Throws before anything is changed when a write of this size would be over a limit. */
  reserve(bytes: number, path: () => Path): void {
    if (bytes > this.bytesLeft) throw new StateError('too-large', path(), `this command changes more than ${this.limits.maxBytes} bytes`);
    if (this.#entries.length >= this.limits.maxOps || this.#undos.length >= this.limits.maxOps) {
      throw new StateError('too-large', path(), `this command makes more than ${this.limits.maxOps} changes`);
    }
    this.#bytes += bytes;
  }

  addUndo(undo: () => void): void {
    this.#undos.push(undo);
  }

  record<T extends Op>(op: T, bytes: number): Entry<T> {
    const entry = { op, bytes, live: true };
    this.#entries.push(entry);
    return entry;
  }

  /** Makes an entry hold another value; `bytes` were reserved for it. */
  replaceValue(entry: Entry<['s', Path, JsonValue]>, value: JsonValue, bytes: number): void {
    this.#bytes -= entry.bytes;
    entry.op[2] = value;
    entry.bytes = bytes;
  }

  drop(entry: Entry): void {
    this.#bytes -= entry.bytes;
    entry.live = false;
  }

  isLast(entry: Entry): boolean {
    return entry === this.#entries[this.#entries.length - 1];
  }

  /** The key holds `REMOVED` now. */
  sweepLater(target: JsonObject, key: string): void {
    this.#swept.push({ target, key });
  }

  /** Characters that the ops take as they were recorded. */
  opBytes(): number {
    return this.#entries.reduce((sum, { live, bytes }) => (live ? sum + bytes : sum), 0);
  }

  /** The ops; `detach` gives what stands in them for a container of the tree. */
  finish(detach: Detach): Op[] {
    this.assertOpen();
    this.#open = false;
    for (const { target, key } of this.#swept) if (target[key] === REMOVED) delete target[key];
    const ops: Op[] = [];
    for (const { op, live } of this.#entries) if (live) ops.push(detachOp(op, detach));
    return ops;
  }

  undo(): void {
    this.assertOpen();
    this.#open = false;
    for (let at = this.#undos.length - 1; at >= 0; at -= 1) this.#undos[at]?.();
  }
}

type Detach = (value: Container) => JsonValue;

function detachOp(op: Op, detach: Detach): Op {
  if (op[0] === 's' && isContainer(op[2])) return ['s', op[1], detach(op[2])];
  if (op[0] === 'p') return detachSplice(op, detach);
  return op;
}

function detachSplice(op: SpliceOp, detach: Detach): SpliceOp {
  for (let at = 4; at < op.length; at += 1) {
    const value = op[at] as JsonValue;
    if (isContainer(value)) op[at] = detach(value);
  }
  return op;
}
