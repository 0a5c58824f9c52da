import type { Seq, SessionId } from '../protocol/ids.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import type { SideWrite } from './side-write.ts';
import { listLimit } from './store-limits.ts';
import type { ActQuery, ActRow, FoundInvite, HistoryQuery, HistoryRow } from './store-queries.ts';

/** Where a side write of the memory store goes; a snapshot stays with its log. */
type SideTarget = { readonly session: SessionId; readonly type: string; readonly campaign: string | null; readonly at: number };

/** What side writes leave in a memory store. */
export class MemorySide {
  readonly #invites = new Map<string, FoundInvite>();
  readonly #history = new Map<SessionId, HistoryRow>();
  readonly outbox = new MemoryOutbox();
  #acts: ActRow[] = [];
  #lastAct = 0;

  write({ session, type, campaign, at }: SideTarget, write: Exclude<SideWrite, { kind: 'snapshot' }>): void {
    switch (write.kind) {
      case 'invite':
        if (this.#isOwn(write.hash, session)) this.#invites.set(write.hash, { session, invite: write.invite });
        return;
      case 'invite-end':
        if (this.#isOwn(write.hash, session)) this.#invites.delete(write.hash);
        return;
      case 'act':
        return this.#addAct(session, write);
      case 'history': {
        const { data, startedAt, endedAt, people } = write;
        this.#history.set(session, { session, type, campaign, startedAt, endedAt, people: [...new Set(people)], data });
        return;
      }
      case 'outbox':
        return this.outbox.add(session, at, write);
    }
  }

  /** Everything of a session but what outlives it. */
  forget(session: SessionId): void {
    for (const [hash, found] of this.#invites) if (found.session === session) this.#invites.delete(hash);
    this.#acts = this.#acts.filter((act) => act.session !== session);
  }

  /** Of a session's events after `to`, and of all its invites. */
  forgetAfter(session: SessionId, to: Seq): void {
    for (const [hash, found] of this.#invites) if (found.session === session) this.#invites.delete(hash);
    this.#acts = this.#acts.filter((act) => act.session !== session || act.seq <= to);
  }

  /** Says whether there was a history record. */
  forgetHistory(session: SessionId): boolean {
    return this.#history.delete(session);
  }

  findInvite(hash: string): FoundInvite | undefined {
    return this.#invites.get(hash);
  }

  acts({ who, subject, session, from, to, limit, before }: ActQuery): ActRow[] {
    const found = this.#acts.filter(
      (act) =>
        isOrOpen(act.session, session) &&
        isOrOpen(act.who, who) &&
        isOrOpen(act.subject, subject) &&
        isWithin(act.at, from, to) &&
        (before === undefined || latestAct(before, act) < 0),
    );
    return found.toSorted(latestAct).slice(0, listLimit(limit));
  }

  history({ session, type, campaign, person, from, to, limit, before }: HistoryQuery): HistoryRow[] {
    const found = [...this.#history.values()].filter(
      (row) =>
        isOrOpen(row.session, session) &&
        isOrOpen(row.type, type) &&
        isOrOpen(row.campaign, campaign) &&
        (person === undefined || row.people.includes(person)) &&
        isWithin(row.startedAt, from, to) &&
        (before === undefined || latestStart(before, row) < 0),
    );
    return found.toSorted(latestStart).slice(0, listLimit(limit));
  }

  #isOwn(hash: string, session: SessionId): boolean {
    return (this.#invites.get(hash)?.session ?? session) === session;
  }

  #addAct(session: SessionId, act: { seq: Seq; at: number; who: string; subject: string | null; what: string }): void {
    const { seq, at, who, subject, what } = act;
    this.#lastAct += 1;
    this.#acts.push({ id: this.#lastAct, session, seq, at, who, subject, what });
  }
}

function isOrOpen<T>(value: T, wanted: T | undefined): boolean {
  return wanted === undefined || value === wanted;
}

function isWithin(time: number, from: number | undefined, to: number | undefined): boolean {
  return (from === undefined || time >= from) && (to === undefined || time < to);
}

function latestAct(a: Pick<ActRow, 'at' | 'id'>, b: Pick<ActRow, 'at' | 'id'>): number {
  return b.at - a.at || b.id - a.id;
}

type Started = Pick<HistoryRow, 'startedAt' | 'session'>;

function latestStart(a: Started, b: Started): number {
  if (a.startedAt !== b.startedAt) return b.startedAt - a.startedAt;
  if (a.session === b.session) return 0;
  return a.session < b.session ? 1 : -1;
}
