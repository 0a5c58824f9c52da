import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Quarantine } from '../store/store-recovery.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import { refuse, type Refusal } from './outcome.ts';
import { everyone } from './people.ts';
import { rebuild } from './recovery.ts';
import { reportQuarantine, stretchJson, type QuarantineReport } from './recovery-report.ts';
import type { SessionEvent } from './session-event.ts';

export type QuarantinesOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly observe: (event: SessionEvent) => void;
};

/** What is wrong with a session, before it is marked. */
export type Finding = Omit<Quarantine, 'session' | 'at'>;

type Kept = { readonly mark: Quarantine; report?: Promise<QuarantineReport>; known?: Promise<Known> };

/** Sessions that are not served until an operator decides: known before anything wakes, told of once, and again to whoever runs them. */
export class Quarantines {
  readonly #options: QuarantinesOptions;
  readonly #kept = new Map<SessionId, Kept>();

  constructor(options: QuarantinesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Reads the marks; until then nothing may wake. */
  async load(): Promise<void> {
    const marks = await this.#options.store.quarantined();
    this.#kept.clear();
    for (const mark of marks) this.#kept.set(mark.session, { mark });
  }

  find(session: SessionId): Quarantine | undefined {
    return this.#kept.get(session)?.mark;
  }

  /** Marks a session, in memory at once and in the store, and tells the operator what is at stake and what finishes it. */
  async put(session: SessionId, finding: Finding): Promise<Refusal> {
    const { store, clock, observe } = this.#options;
    const mark: Quarantine = { session, ...finding, at: clock.now() };
    this.#kept.set(session, { mark });
    const { session: _session, ...kept } = mark;
    try {
      await store.quarantine(session, kept);
    } catch (error) {
      observe({ kind: 'wake-failed', session, reason: `the quarantine could not be stored: ${textOf(error)}` });
    }
    const { kind, seq, reason } = finding;
    const report = await this.report(session).catch(() => undefined);
    const { setAside, command, message } = report ?? {};
    observe({ kind: 'quarantined', session, cause: kind, seq: seq + 1, reason, setAside, command, message });
    return refuse('quarantined');
  }

  /** The mark is gone from the store. */
  forget(session: SessionId): void {
    this.#kept.delete(session);
  }

  /** All that is to be said of a quarantine. */
  async report(session: SessionId): Promise<QuarantineReport | undefined> {
    const kept = this.#kept.get(session);
    if (kept === undefined) return undefined;
    kept.report ??= reportQuarantine(this.#options.store, kept.mark);
    kept.report.catch(() => delete kept.report);
    return kept.report;
  }

  /**
   * The refusal of somebody's request: whoever runs the session is told everything, all others who may know of it that it is
   * so. To everyone else it is missing.
   */
  async refusalFor(session: SessionId, who: ParticipantId): Promise<Refusal> {
    const kept = this.#kept.get(session);
    if (kept === undefined) return refuse('quarantined');
    kept.known ??= this.#known(kept.mark);
    kept.known.catch(() => delete kept.known);
    const known = await kept.known.catch(() => NOBODY);
    const rank = known.rankOf(who);
    if (rank === 'stranger' && !known.isPublic) return refuse('not-found');
    const report = rank === 'leader' ? await this.report(session).catch(() => undefined) : undefined;
    if (report === undefined) return refuse('quarantined');
    const { kind, seq, reason, at, setAside, command, message } = report;
    return refuse('quarantined', message, { kind, seq, reason, at, setAside: stretchJson(setAside), command });
  }

  /** What everyone was to the session at the last seq that can be trusted. */
  async #known({ session, seq }: Quarantine): Promise<Known> {
    const { store, clock } = this.#options;
    const row: CatalogueRow | undefined = await store.get(session);
    if (row === undefined) return NOBODY;
    // Without its people it is still known whether everyone may know of it.
    const rebuilt = seq < 1 ? undefined : await rebuild(store, { session, upTo: seq, clock }).catch(() => undefined);
    const tree = rebuilt?.kind === 'rebuilt' ? rebuilt.tree : undefined;
    const roles = new Map(tree === undefined ? [] : everyone(tree).map(([id, { role }]) => [id, role]));
    const claims = new Map(Object.entries(tree?.internal.claims ?? {}));
    return {
      isPublic: row.listed && (row.campaign === null || row.access === 'open'),
      rankOf(who) {
        const id = claims.get(who) ?? who;
        if (id === row.owner || roles.get(id) === 'gm') return 'leader';
        return roles.has(id) ? 'participant' : 'stranger';
      },
    };
  }
}

/** What is known of a session that is not served, so that a refusal says no more than it may. */
type Known = { readonly isPublic: boolean; readonly rankOf: (who: ParticipantId) => 'leader' | 'participant' | 'stranger' };

const NOBODY: Known = { isPublic: false, rankOf: () => 'stranger' };

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
