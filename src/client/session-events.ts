import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { ConnectionStatus } from './connection-status.ts';
import type { Logger } from './logger.ts';
import type { ParticipantChange } from './participants.ts';
import type { MessageOrigin, MissedMessages } from './session.ts';

/** What an application can hear of a session, and with what. Messages have a prefix, so that none can pass for the rest. */
export type SessionEventMap = {
  change: [];
  status: [ConnectionStatus];
  participant: [ParticipantChange];
  missed: [MissedMessages];
  [message: `message ${string}`]: [JsonValue, MessageOrigin];
};

type Listener = (...args: never[]) => void;

/** Everyone who listens to one session. A listener that throws is logged and stops no other. */
export class SessionEvents {
  readonly #logger: Logger;
  readonly #listeners = new Map<string, readonly Listener[]>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The result takes the listener away again. Each call counts on its own, also for the same function. */
  on(what: keyof SessionEventMap, fn: Listener): () => void {
    const entry: Listener = (...args) => fn(...args);
    this.#listeners.set(what, [...this.#of(what), entry]);
    return () => {
      this.#listeners.set(
        what,
        this.#of(what).filter((other) => other !== entry),
      );
    };
  }

  tell<What extends keyof SessionEventMap>(what: What, ...args: SessionEventMap[What]): void {
    for (const listener of this.#of(what)) {
      try {
        (listener as (...args: SessionEventMap[What]) => void)(...args);
      } catch (error) {
        this.#logger.error(`Holdfast: a listener of ${what} threw`, error);
      }
    }
  }

  #of(what: string): readonly Listener[] {
    return this.#listeners.get(what) ?? [];
  }
}

/** Messages name their sender as the session did. */
export function originOf(seq: number, by: string): MessageOrigin {
  return { seq, by: by as ParticipantId | 'system' };
}
