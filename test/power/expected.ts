import type { DiskRecord } from '../shim/disk-journal.ts';
import { markIn, type Mark } from './marks.ts';

type Head = { readonly seq: number; readonly hash: string };

/** What someone has been told up to some moment, and so must be there after the power has gone at that moment. */
export class Expected {
  readonly heads: Map<string, Head>;
  /** Commands that a client has the answer to, by session and id. */
  readonly acked = new Map<string, Extract<Mark, { mark: 'acked' }>>();
  readonly removing = new Set<string>();
  readonly removed = new Set<string>();
  readonly backups = new Set<string>();
  /** Every hash ever heard of, by session and seq. */
  readonly hashes = new Map<string, string>();
  readonly durability: 'full' | 'normal';

  /** `heads`: what the disk held when the power came. */
  constructor(durability: 'full' | 'normal', heads: ReadonlyMap<string, Head> = new Map()) {
    this.durability = durability;
    this.heads = new Map(heads);
  }

  hear(mark: Mark): void {
    switch (mark.mark) {
      case 'appended':
      case 'shown':
        return this.#hearHead(mark);
      case 'acked':
        // At `normal` the power may take what was answered last.
        if (this.durability === 'full') this.acked.set(`${mark.session} ${mark.id}`, mark);
        return;
      case 'removing':
      case 'removed':
        this[mark.mark].add(mark.session);
        return;
      case 'backed-up':
        this.backups.add(mark.path);
        return;
      case 'begin':
      case 'end':
      case 'round':
        return;
    }
  }

  /** What was told in the first `point` records. */
  static after(records: readonly DiskRecord[], point: number, ...start: ConstructorParameters<typeof Expected>): Expected {
    const expected = new Expected(...start);
    for (const record of records.slice(0, point)) {
      const mark = markIn(record);
      if (mark !== undefined) expected.hear(mark);
    }
    return expected;
  }

  #hearHead({ session, seq, hash }: { session: string; seq: number; hash: string }): void {
    this.hashes.set(`${session} ${seq}`, hash);
    if (this.durability === 'full' && seq > (this.heads.get(session)?.seq ?? 0)) this.heads.set(session, { seq, hash });
  }
}
