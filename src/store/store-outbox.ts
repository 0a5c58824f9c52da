import type { SessionId } from '../protocol/ids.ts';

/** Something that waits for its delivery, see `OutboxWrite`. */
export type OutboxRow = {
  /** The order in which entries were written. */
  readonly number: number;
  readonly id: string;
  readonly target: string;
  readonly session: SessionId;
  readonly body: string;
  /** Wall-clock milliseconds of the entry that it was written with. */
  readonly createdAt: number;
  /** Deliveries that failed. */
  readonly attempts: number;
  /** Not to be tried before: wall-clock milliseconds. */
  readonly nextTryAt: number;
  /** Why the last one failed. */
  readonly failure: string | null;
};

/**
 * What became of an entry, by its id. Ids that do not wait are left alone.
 * - `done`: delivered, or given up by an operator; it is gone.
 * - `failed`: to be tried again at `nextTryAt`; until then everything behind it waits.
 * - `dead`: not to be tried again; set aside as a dead letter, and what is behind it goes on.
 * - `again`: a dead letter takes its old place, its attempts forgotten.
 */
export type OutboxMark =
  | { readonly id: string; readonly outcome: 'done' }
  | { readonly id: string; readonly outcome: 'failed'; readonly nextTryAt: number; readonly failure: string }
  | { readonly id: string; readonly outcome: 'dead'; readonly failure: string }
  | { readonly id: string; readonly outcome: 'again'; readonly nextTryAt: number };

export type DeadLetterQuery = {
  readonly target?: string | undefined;
  /** At most this many. Default 100, most 1000. */
  readonly limit?: number | undefined;
  /** Continue after this row. */
  readonly after?: Pick<OutboxRow, 'target' | 'number'> | undefined;
};

/** What side writes left to be delivered; it stays when its session is removed. */
export interface StoreOutbox {
  /** The first entry of each target that waits, whether it is to be tried now or later; of at most 1000 targets. */
  outbox(): Promise<readonly OutboxRow[]>;
  /** Marks entries, all or none of them. */
  markOutbox(marks: readonly OutboxMark[]): Promise<void>;
  /** Entries that were set aside, by target and in order. */
  deadLetters(query: DeadLetterQuery): Promise<readonly OutboxRow[]>;
}
