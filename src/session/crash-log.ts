import type { SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';

/** A session whose own code failed more often than this within the window is not started again. */
export const CRASHES_MOST = 5;
export const CRASH_WINDOW_MS = 600_000;
const FIRST_WAIT_MS = 250;

/** When sessions crashed lately, and how long each has to wait before it is started again. */
export class CrashLog {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #crashes = new Map<SessionId, number[]>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Notes a crash. `too-often`: it is not to be started again. */
  note(session: SessionId): 'again' | 'too-often' {
    const crashes = [...this.#recent(session), this.#clock.monotonic()];
    this.#crashes.set(session, crashes);
    if (crashes.length <= CRASHES_MOST) return 'again';
    this.#crashes.delete(session);
    return 'too-often';
  }

  /** Milliseconds until the session may be started; twice as long after each crash. */
  waitOf(session: SessionId): number {
    const crashes = this.#recent(session);
    const last = crashes.at(-1);
    if (last === undefined) {
      this.#crashes.delete(session);
      return 0;
    }
    return Math.max(0, last + FIRST_WAIT_MS * 2 ** (crashes.length - 1) - this.#clock.monotonic());
  }

  #recent(session: SessionId): number[] {
    const since = this.#clock.monotonic() - CRASH_WINDOW_MS;
    return (this.#crashes.get(session) ?? []).filter((at) => at > since);
  }
}
