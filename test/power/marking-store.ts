import type { Seq, SessionId } from '../../src/protocol/ids.ts';
import type { RemovalOptions, RemovalResult } from '../../src/store/store-removal.ts';
import type { AppendEntry, AppendResult, Claim, LogRead, Store } from '../../src/store/store.ts';
import { PassingStore } from '../../src/testing/passing-store.ts';
import { addMark } from './marks.ts';

/** Passes everything on, and puts into the disk's journal what the store answered, before anyone hears of it. */
export class MarkingStore extends PassingStore {
  readonly #journal: string;

  constructor(store: Store, journal: string) {
    super(store);
    this.#journal = journal;
  }

  override async append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    const results = await super.append(entries);
    for (const [index, { session }] of entries.entries()) {
      const result = results[index];
      if (result?.outcome === 'ok') this.#mark('appended', session, result.seq, result.hash);
    }
    return results;
  }

  override async claim(session: SessionId): Promise<Claim | undefined> {
    const claim = await super.claim(session);
    if (claim !== undefined) this.#mark('shown', session, claim.headSeq, claim.headHash);
    return claim;
  }

  override async read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    const read = await super.read(session, after, upTo);
    const last = read.events.at(-1);
    if (last !== undefined) this.#mark('shown', session, last.seq, last.hash);
    return read;
  }

  override async remove(session: SessionId, options?: RemovalOptions): Promise<RemovalResult> {
    addMark(this.#journal, { mark: 'removing', session });
    const result = await super.remove(session, options);
    if (result.outcome === 'ok') addMark(this.#journal, { mark: 'removed', session });
    return result;
  }

  #mark(mark: 'appended' | 'shown', session: SessionId, seq: Seq, hash: string): void {
    addMark(this.#journal, { mark, session, seq, hash });
  }
}
