import type { JsonValue } from '../protocol/json.ts';
import type { SessionStatus } from './session-status.ts';
import type { Logger } from './logger.ts';
import type { ParticipantChange } from './participants.ts';
import type { SessionPresence } from './presence.ts';
import type { MessageOrigin, MissedMessages, SetAsideEvents } from './session.ts';

/** What an application can hear of a session besides its messages, and with what. No definition has a message of such a name. */
type SessionEventMap = {
  'change': [];
  'status': [SessionStatus];
  'participant': [ParticipantChange];
  'missed': [MissedMessages];
  'set-aside': [SetAsideEvents];
  'presence': [SessionPresence];
};
type ArgumentsOf<What extends string> = What extends keyof SessionEventMap ? SessionEventMap[What] : [JsonValue, MessageOrigin];

type Listener = (...args: never[]) => void;

/** Everyone who listens to one session. A listener that throws is logged and stops no other. */
export class SessionEvents {
  readonly #logger: Logger;
  readonly #listeners = new Map<string, readonly Listener[]>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The result takes the listener away again. Each call counts on its own, also for the same function. */
  on(what: string, fn: Listener): () => void {
    const entry: Listener = (...args) => fn(...args);
    this.#listeners.set(what, [...this.#of(what), entry]);
    return () => {
      this.#listeners.set(
        what,
        this.#of(what).filter((other) => other !== entry),
      );
    };
  }

  tell<What extends string>(what: What, ...args: ArgumentsOf<What>): void {
    for (const listener of this.#of(what)) {
      try {
        (listener as (...args: ArgumentsOf<What>) => void)(...args);
      } catch (error) {
        this.#logger.error(`Holdfast: a listener of ${what} threw`, error);
      }
    }
  }

  #of(what: string): readonly Listener[] {
    return this.#listeners.get(what) ?? [];
  }
}
