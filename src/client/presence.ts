import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Clock } from '../protocol/ports.ts';
import type { OwnPresenceFrame, PresenceConnection, PresenceEntry, PresenceFrame } from '../protocol/presence.ts';
import { IdleWatch } from './idle-watch.ts';
import { onPageInput, type OnInput } from './input-adapter.ts';

/** What is said often is sent no more often than this. */
const RHYTHM_MS = 33;

/** How one participant is present now, over all devices. */
export type PresentParticipant = Readonly<PresenceEntry> & {
  /** How their connections are; only for those who run the session. */
  readonly connections?: readonly PresenceConnection[];
};

/** Everyone who takes part, by id; without the audience, which is counted. Another object whenever something is different. */
export type SessionPresence = Readonly<Record<ParticipantId, PresentParticipant>>;

/** What a client can say of its person. Members that are not given stay as they are. */
export type OwnPresence = {
  /** Nobody is doing anything here. In a browser this is found out by itself, from input and whether the page can be seen. */
  readonly idle?: boolean;
  /** What the person is doing: a name of at most 32 characters, for `ttlMs` (at most 30,000, default 5,000). Null ends it. */
  readonly activity?: { readonly name: string; readonly ttlMs?: number } | null;
  /** Anything small, such as a cursor: at most 1 KiB of JSON. Null takes it away. */
  readonly data?: JsonValue;
};

/** What is needed of the session. */
export type PresenceHost = {
  readonly clock: Clock;
  readonly onInput: OnInput | undefined;
  /** Does nothing while there is no connection. */
  send(frame: OwnPresenceFrame): void;
  changed(people: SessionPresence, audience: number): void;
  readonly over: Promise<void>;
};

/** Who is here, as the server says it, and what this client says of its own person. */
export class Presence {
  readonly #host: PresenceHost;
  #people: SessionPresence = {};
  #audience = 0;
  /** What was said last, for the next connection. */
  #said: OwnPresence = {};
  #unsent: OwnPresence | undefined;
  #waits: (() => void) | undefined;
  #watch: IdleWatch | undefined;

  constructor(host: PresenceHost) {
    this.#host = host;
    void host.over.then(() => {
      this.#waits?.();
      this.#watch?.stop();
    });
  }

  take({ full, people, details, audience, idleAfterMs }: PresenceFrame): void {
    const now: Record<string, PresentParticipant> = full ? {} : { ...this.#people };
    for (const [id, entry] of Object.entries(people)) {
      const connections = now[id]?.connections;
      if (entry === null) delete now[id];
      else now[id] = connections === undefined ? entry : { ...entry, connections };
    }
    for (const [id, connections] of Object.entries(details ?? {})) {
      const entry = now[id];
      if (entry !== undefined) now[id] = { ...entry, connections };
    }
    this.#people = now;
    this.#audience = audience ?? this.#audience;
    if (idleAfterMs !== undefined) this.#begin(idleAfterMs);
    this.#host.changed(now, this.#audience);
  }

  say(own: OwnPresence): void {
    const { activity: _, ...lasting } = own;
    this.#said = { ...this.#said, ...lasting };
    this.#unsent = { ...this.#unsent, ...own };
    if (this.#waits === undefined) this.#send();
  }

  #send(): void {
    this.#waits = undefined;
    if (this.#unsent === undefined) return;
    this.#host.send({ t: 'presence', ...this.#unsent });
    this.#unsent = undefined;
    this.#waits = this.#host.clock.startTimer(RHYTHM_MS, () => this.#send());
  }

  /** A new connection: the server knows nothing of what was said on the one before, unless that goes on. */
  #begin(idleAfterMs: number): void {
    const { idle, data } = this.#said;
    const again = { ...(idle === true && { idle }), ...(data !== undefined && data !== null && { data }) };
    if (Object.keys(again).length > 0) this.say(again);
    const { clock, onInput = onPageInput } = this.#host;
    this.#watch ??= new IdleWatch(clock, idleAfterMs, onInput, (is) => this.say({ idle: is }));
  }
}
