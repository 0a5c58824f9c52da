import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import type { Store } from '../store/store.ts';
import { refuse, type Outcome } from './outcome.ts';
import type { Finding } from './quarantine.ts';
import { recoverSession, type RecoverRequest, type Recovery } from './recovery-act.ts';
import type { QuarantineReport } from './recovery-report.ts';
import type { Residence } from './residence.ts';
import type { SessionEvent } from './session-event.ts';
import { verifySession, type Verification } from './verification.ts';

export type RecoveriesOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly definitions: ReadonlyMap<string, SessionDefinition>;
  readonly residence: Residence;
  readonly observe: (event: SessionEvent) => void;
};

/** What an operator does about sessions that cannot be trusted. */
export class Recoveries {
  readonly #options: RecoveriesOptions;

  constructor(options: RecoveriesOptions) {
    this.#options = options;
  }

  /** Checks everything that is stored of a session, awake or not. Changes nothing. */
  async verify(session: SessionId): Promise<Outcome<{ verification: Verification }>> {
    const { definitions } = this.#options;
    const verification = await verifySession(this.#options, session, (type) => definitions.get(type));
    return verification === undefined ? refuse('not-found', 'There is no such session.') : { ok: true, verification };
  }

  /** Takes a session back to a seq and serves it again. Whoever is connected comes back to the log that it has then. */
  async recover(session: SessionId, request: RecoverRequest): Promise<Outcome<{ recovery: Recovery }>> {
    const { store, residence, definitions, observe } = this.#options;
    const row = await store.get(session);
    const tools = { ...this.#options, definition: definitions.get(row?.type ?? '') };
    if (request.dryRun === true) return recoverSession(tools, session, request);
    return residence.withhold(session, async () => {
      const done = await recoverSession(tools, session, request);
      if (!done.ok) return done;
      residence.quarantines.forget(session);
      const { to, head, seq = to } = done.recovery;
      observe({ kind: 'recovered', session, to, head, who: request.by, seq });
      return done;
    });
  }

  /** Marks a session for an operator to decide about; it leaves memory. */
  async quarantine(session: SessionId, finding: Finding): Promise<void> {
    const { residence } = this.#options;
    await residence.withhold(session, () => residence.quarantines.put(session, finding));
  }

  /** What is to be said of a session's quarantine; undefined where there is none. */
  report(session: SessionId): Promise<QuarantineReport | undefined> {
    return this.#options.residence.quarantines.report(session);
  }
}
