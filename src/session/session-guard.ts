import type { Seq, SessionId } from '../protocol/ids.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { SessionEvent } from './session-event.ts';
import type { CodeWatch } from './session-surroundings.ts';

/** What guarding a session's code needs of the session. */
export type GuardHost = {
  readonly id: SessionId;
  readonly durable: () => Seq;
  /** Marks the memory as no good, and tells whoever starts it again; false where it was so already. */
  readonly crashed: (what: string, error: unknown) => boolean;
  /** Forgets everything that is not durable and ends every connection. */
  readonly letGo: (refusal: Refusal) => void;
  readonly watch: CodeWatch | undefined;
  readonly observe: (event: SessionEvent) => void;
};

/** Runs a session's own code: what it throws reaches nobody else, and what never returns is known by name. */
export class SessionGuard {
  readonly #host: GuardHost;

  constructor(host: GuardHost) {
    this.#host = host;
  }

  /** Lets the one who watches know what runs. */
  named<T>(what: string, work: () => T): T {
    const { watch, id } = this.#host;
    watch?.enter(id, what);
    try {
      return work();
    } finally {
      watch?.leave();
    }
  }

  /** Runs a part of the session's code. What it throws ends the session's memory. */
  run<T>(what: string, work: () => T): T | undefined {
    try {
      return this.named(what, work);
    } catch (error) {
      this.#crash(what, error);
      return undefined;
    }
  }

  #crash(what: string, error: unknown): void {
    const { id: session, durable, crashed, letGo, observe } = this.#host;
    if (!crashed(what, error)) return observe({ kind: 'crashed', session, what, seq: durable(), error });
    try {
      letGo(refuse('unavailable', 'The session failed; read it again before trying again.'));
    } catch (again) {
      observe({ kind: 'crashed', session, what: 'letGo', seq: durable(), error: again });
    }
  }
}
