import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';

/** Payload of each message by name, as a definition declares them. */
export type MessageTypes = Readonly<Record<string, unknown>>;

/**
 * - `lobby`: gathers people; game commands come with the start.
 * - `active`: takes game commands.
 * - `paused`: takes none until it is resumed; its timers stand still.
 * - `abandoned`: was given up for want of anyone who plays; goes on when somebody comes back.
 * - `ended`: nothing changes any more. `archived`: the same, and its content was put away.
 */
export type SessionStatus = 'lobby' | 'active' | 'paused' | 'abandoned' | 'ended' | 'archived';

/** Who sent the command, with the role held at this place in the log. */
export type Actor = {
  readonly id: ParticipantId | 'system';
  readonly name: string;
  /** `gm`, `player`, `spectator`, or a role of the definition's own. `system` for the host's code. */
  readonly role: string;
};

/** The session that a command runs in. */
export type SessionFacts = {
  readonly id: SessionId;
  /** Name of the definition. */
  readonly type: string;
  readonly name: string;
  readonly campaign: string | null;
  readonly status: SessionStatus;
  /** The current mode; absent where the definition has no modes. */
  readonly mode?: string | undefined;
};

/**
 * Chance that nobody can predict and a re-execution of the log repeats: drawn from a fresh secret seed of each event.
 * Every method throws `RangeError` on arguments that leave nothing to choose.
 */
export interface CommandRandom {
  /** A whole number from `min` to `max`, both included, each as likely as the others. */
  int(min: number, max: number): number;
  /** From 0 (included) to 1 (excluded). */
  float(): number;
  bool(): boolean;
  /** One element of a non-empty array. */
  pick<Item>(items: readonly Item[]): Item;
  /** A new array with the same elements in random order. */
  shuffle<Item>(items: readonly Item[]): Item[];
}

/**
 * Who gets a message: everyone, or those who have one of these roles at the message's seq together with the participants of
 * these ids. Whoever sends it gets it only if it is for them, too.
 */
export type Recipients<Role extends string = string> =
  | 'all'
  | { readonly roles?: Role | readonly Role[]; readonly participants?: string | readonly string[] };

/** What a command's handler can see and do besides changing the state. Valid only until the handler returns. */
export interface CommandContext<Messages = MessageTypes, Role extends string = string> {
  readonly participant: Actor;
  readonly session: SessionFacts;
  /** The seq that this command's event gets if it is accepted. */
  readonly seq: Seq;
  /** Milliseconds since 1970; never decreases within a session. */
  readonly now: number;
  readonly random: CommandRandom;
  /** A new id that nobody can predict, 22 characters. */
  id(): string;
  /** Sends a message together with the changes of this command: to everyone, or to those whom `to` names and nobody else. */
  send<Name extends keyof Messages & string>(name: Name, payload: Messages[Name], options?: { readonly to?: Recipients<Role> }): void;
  /** Refuses the command: undoes every change and answers with code `rejected`, this message and these details. */
  reject(message: string, details?: JsonValue): never;
  /** Ends the session with this command: nothing changes after it. */
  end(result?: JsonValue): void;
  /**
   * Runs a command of this session by itself once `afterMs` of session time have passed, also after a restart; once. Session
   * time stands still while the session is not active. Returns the timer's id: yours, or a new one. A timer of the same id
   * is replaced. Throws where there is no such command or there are too many timers.
   */
  schedule(afterMs: number, command: string, args?: JsonValue, options?: { readonly id?: string }): string;
  /** Takes a timer away; false where there is none of this id. */
  cancel(id: string): boolean;
  /**
   * Keeps something worth remembering in the session's history, which everyone who takes part may read: at most 300
   * characters, and data of at most 1 KiB.
   */
  highlight(text: string, data?: JsonValue): void;
  /** Makes another mode current after this command. Throws where the definition has no mode of that name. */
  setMode(mode: string): void;
}
