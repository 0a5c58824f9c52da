/** Bytes that grow, with zeros where nothing was written. */
export class GrowingBytes {
  #room: Buffer;
  #length: number;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#room = Buffer.from(bytes);
    this.#length = bytes.length;
  }

  get bytes(): Buffer {
    return this.#room.subarray(0, this.#length);
  }

  write(place: number, bytes: Uint8Array): void {
    this.#reach(place + bytes.length);
    this.#room.set(bytes, place);
  }

  cut(size: number): void {
    this.#reach(size);
    this.#room.fill(0, size, this.#length);
    this.#length = size;
  }

  #reach(length: number): void {
    if (length > this.#room.length) {
      const larger = Buffer.alloc(Math.max(length, this.#room.length * 2));
      larger.set(this.bytes);
      this.#room = larger;
    }
    this.#length = Math.max(this.#length, length);
  }
}

/** A change of a file that no sync has covered; `record` is its place in the journal, `life` the process's. */
export type Unsynced = {
  readonly record: number;
  readonly life: number;
  readonly was: { readonly place: number; readonly bytes: Buffer; readonly size: number };
} & ({ readonly kind: 'write'; readonly place: number; readonly bytes: Buffer } | { readonly kind: 'cut'; readonly size: number });

/** A file as everyone reads it, as it certainly is on the disk, and what lies between the two. */
export class DiskFile {
  readonly seen: GrowingBytes;
  readonly durable: GrowingBytes;
  unsynced: Unsynced[] = [];

  constructor(bytes?: Uint8Array) {
    this.seen = new GrowingBytes(bytes);
    this.durable = new GrowingBytes(bytes);
  }

  write(record: number, life: number, place: number, bytes: Buffer): void {
    this.unsynced.push({ record, life, kind: 'write', place, bytes, was: this.#replacedAt(place, bytes.length) });
    this.seen.write(place, bytes);
  }

  cut(record: number, life: number, size: number): void {
    const { length } = this.seen.bytes;
    this.unsynced.push({ record, life, kind: 'cut', size, was: this.#replacedAt(size, Math.max(0, length - size)) });
    this.seen.cut(size);
  }

  sync(): void {
    for (const change of this.unsynced) apply(this.durable, change);
    this.unsynced = [];
  }

  /** After a failed sync: what was not written stays so for good, and is read as it was, or as it should be. */
  giveUp(life: number, isDropped: boolean): void {
    for (const { life: its, was } of isDropped ? this.unsynced.toReversed() : []) {
      if (its !== life) continue;
      this.seen.write(was.place, was.bytes);
      this.seen.cut(was.size);
    }
    this.unsynced = [];
  }

  #replacedAt(place: number, length: number): Unsynced['was'] {
    const { bytes } = this.seen;
    return { place, bytes: Buffer.from(bytes.subarray(place, place + length)), size: bytes.length };
  }
}

/** Makes a change; of a write, only what is in `parts` if that is given. */
export function apply(to: GrowingBytes, change: Unsynced, parts?: readonly { readonly from: number; readonly to: number }[]): void {
  if (change.kind === 'cut') return to.cut(change.size);
  for (const part of parts ?? [{ from: 0, to: change.bytes.length }])
    to.write(change.place + part.from, change.bytes.subarray(part.from, part.to));
}
