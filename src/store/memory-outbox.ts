import type { SessionId } from '../protocol/ids.ts';
import type { OutboxWrite } from './side-write.ts';
import { listLimit, MAX_LIST_LIMIT } from './store-limits.ts';
import type { DeadLetterQuery, OutboxMark, OutboxRow } from './store-outbox.ts';

type Entry = { row: OutboxRow; dead: boolean };

/** The outbox of a memory store. */
export class MemoryOutbox {
  /** In the order of writing. */
  readonly #entries = new Map<string, Entry>();
  #last = 0;

  add(session: SessionId, at: number, { id, body, target = '' }: OutboxWrite): void {
    if (this.#entries.has(id)) return;
    this.#last += 1;
    const row = { number: this.#last, id, target, session, body, createdAt: at, attempts: 0, nextTryAt: at, failure: null };
    this.#entries.set(id, { row, dead: false });
  }

  heads(): OutboxRow[] {
    const heads = new Map<string, OutboxRow>();
    for (const { row, dead } of this.#entries.values()) if (!dead && !heads.has(row.target)) heads.set(row.target, row);
    return [...heads.values()].toSorted(byTarget).slice(0, MAX_LIST_LIMIT);
  }

  deadLetters({ target, limit, after }: DeadLetterQuery): OutboxRow[] {
    const dead = [...this.#entries.values()].filter((entry) => entry.dead).map(({ row }) => row);
    const found = dead.filter((row) => (target ?? row.target) === row.target && (after === undefined || byTarget(after, row) < 0));
    return found.toSorted(byTarget).slice(0, listLimit(limit));
  }

  mark(mark: OutboxMark): void {
    const entry = this.#entries.get(mark.id);
    if (entry === undefined || (mark.outcome !== 'done' && entry.dead !== (mark.outcome === 'again'))) return;
    const attempts = entry.row.attempts + 1;
    switch (mark.outcome) {
      case 'done':
        this.#entries.delete(mark.id);
        return;
      case 'failed':
        entry.row = { ...entry.row, attempts, nextTryAt: mark.nextTryAt, failure: mark.failure };
        return;
      case 'dead':
        Object.assign(entry, { row: { ...entry.row, attempts, failure: mark.failure }, dead: true });
        return;
      case 'again':
        Object.assign(entry, { row: { ...entry.row, attempts: 0, nextTryAt: mark.nextTryAt }, dead: false });
    }
  }
}

function byTarget(a: Pick<OutboxRow, 'target' | 'number'>, b: Pick<OutboxRow, 'target' | 'number'>): number {
  if (a.target !== b.target) return a.target < b.target ? -1 : 1;
  return a.number - b.number;
}
