import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { ConnectionStatus } from './connection-status.ts';
import { Listeners } from './listeners.ts';
import type { Logger } from './logger.ts';
import type { ParticipantChange } from './participants.ts';
import type { MessageOrigin, MissedMessages } from './session.ts';
import type { ReceivedMessage } from './session-view.ts';

type MessageListener = (payload: JsonValue, origin: MessageOrigin) => void;

/** Everyone who listens to one session. */
export class SessionEvents {
  readonly change: Listeners<[]>;
  readonly status: Listeners<[ConnectionStatus]>;
  readonly participant: Listeners<[ParticipantChange]>;
  readonly missed: Listeners<[MissedMessages]>;
  readonly #messages = new Map<string, Listeners<[JsonValue, MessageOrigin]>>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
    this.change = new Listeners('changes', logger);
    this.status = new Listeners('status', logger);
    this.participant = new Listeners('participant', logger);
    this.missed = new Listeners('missed', logger);
  }

  onMessage(name: string, fn: MessageListener): () => void {
    const listeners = this.#messages.get(name) ?? new Listeners(`message ${name}`, this.#logger);
    this.#messages.set(name, listeners);
    return listeners.add(fn);
  }

  message({ seq, name, payload, by }: ReceivedMessage): void {
    // The server fills in the sender itself.
    this.#messages.get(name)?.call(payload, { seq, by: by as ParticipantId | 'system' });
  }
}
