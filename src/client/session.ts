import type { CommandsOf, MessagesOf, ViewOf } from '../definition/definition-types.ts';
import type { ConnectionStatus } from '../connection/lifecycle-states.ts';
import type { SessionMeta } from '../definition/session-meta.ts';
import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { LifecycleStep } from './lifecycle-step.ts';
import type { Manage } from './manage.ts';
import type { SessionClock } from './session-clock.ts';
import type { PendingCommand } from './outbox.ts';
import type { Participant, ParticipantChange } from './participants.ts';
import type { OwnPresence, SessionPresence } from './presence.ts';
import type { SessionStatus } from './session-status.ts';

/** Stands for a definition whose type is not at hand: any command, any JSON. */
export type Untyped = { readonly untyped: true };

type CommandsFor<D> = D extends Untyped ? { readonly [name: string]: (args?: JsonValue) => Promise<JsonValue | undefined> } : CommandsOf<D>;
type ViewFor<D> = D extends Untyped ? JsonObject : ViewOf<D>;
type MessagesFor<D> = D extends Untyped ? { readonly [name: string]: JsonValue } : MessagesOf<D>;

/** Which event a message came with, and the participant whose command sent it. */
export type MessageOrigin = { readonly seq: Seq; readonly by: ParticipantId | 'system' };

/** First and last seq whose messages were not delivered: a snapshot replaced what happened meanwhile. */
export type MissedMessages = { readonly from: Seq; readonly to: Seq };

/** Events that were taken back, and the numbers of this client's commands among them, as ranges with both ends. */
export type SetAsideEvents = {
  readonly from: Seq;
  readonly to: Seq;
  readonly commands: readonly (readonly [first: number, last: number])[];
};

/** Who this client is in the session. */
export type Self = { readonly id: ParticipantId; readonly name: string; readonly role: string };

/**
 * A live session as this client sees it. `D` is the type of its definition.
 *
 * `state`, `meta`, `participants`, `pending`, `self` and `status` are never changed in place: each is another object exactly
 * when its content is different, which is what `useSyncExternalStore(session.subscribe, () => session.state)` wants.
 *
 * @example
 * const session = await client.join<typeof tabletop>(id);
 * const total = await session.commands.roll({ sides: 20 });
 */
export interface Session<D = Untyped> {
  readonly id: SessionId;
  /** What this participant may see of the state. To be read only. */
  readonly state: ViewFor<D>;
  readonly meta: SessionMeta;
  /** The event up to which `state` and `meta` stand. */
  readonly seq: Seq;
  readonly self: Self;
  /** Everyone who takes part, in the order in which they joined. */
  readonly participants: readonly Participant[];
  /**
   * Who is here now, by participant: `online`, `idle` or `disconnected`, what they are doing, and what their clients show of
   * them. Soft: it is there a moment after `state`, and nothing of it is kept.
   */
  readonly presence: SessionPresence;
  /** How many of the audience are here; told at most once a second. */
  readonly audience: number;
  readonly status: SessionStatus;
  /** The connection underneath, in the words that both ends use; times in wall-clock milliseconds. */
  readonly connection: ConnectionStatus;
  /** Milliseconds of the last measured round trip; undefined until there is one. */
  readonly rtt: number | undefined;
  /** How far away the server is, and what its clock says; undefined until measured. */
  readonly clock: SessionClock | undefined;
  /** Commands whose effect is not in `state` yet, oldest first: for showing acts as pending. */
  readonly pending: readonly PendingCommand[];
  /**
   * Each command of the definition. The promise resolves with the handler's result once the command is durable and
   * `state` contains its effect; it rejects with a `HoldfastError`. While there is no connection commands are kept, and
   * sent in order when it is back; each runs once.
   */
  readonly commands: CommandsFor<D>;
  /** What can be done to the session besides playing it, as far as the session lets this participant. */
  readonly manage: Manage;
  /** Calls `fn` after anything that can be read here has changed. The result stops it. */
  readonly subscribe: (fn: () => void) => () => void;
  /** Calls `fn` with each new status. The result stops it, as for every `on`. */
  on(what: 'status', fn: (status: SessionStatus) => void): () => void;
  /** Someone came, went or changed. */
  on(what: 'participant', fn: (change: ParticipantChange) => void): () => void;
  /** The session was started, paused, resumed or ended: `meta` says already how it stands. */
  on(what: '@lifecycle', fn: (step: LifecycleStep, origin: MessageOrigin) => void): () => void;
  /** Messages that will not be delivered. */
  on(what: 'missed', fn: (missed: MissedMessages) => void): () => void;
  /** An operator took the session back, or restored a backup: events that this client had seen are gone, acknowledged commands of its own among them. */
  on(what: 'set-aside', fn: (setAside: SetAsideEvents) => void): () => void;
  /** Someone's presence changed: all of it as it is now. */
  on(what: 'presence', fn: (presence: SessionPresence) => void): () => void;
  /** A message that a command sent; `state` contains its event already. */
  on<Name extends keyof MessagesFor<D> & string>(
    what: Name,
    fn: (payload: MessagesFor<D>[Name], origin: MessageOrigin) => void,
  ): () => void;
  /**
   * Says what this client's person is doing, or shows something of them: as often as wanted, the last value always arrives.
   * Lost with the connection, and said again with the next, all but the activity.
   */
  setPresence(own: OwnPresence): void;
  /** Leaves the session: what was sent before is settled first. Resolves when it is done, at the latest after 5 seconds. */
  leave(): Promise<void>;
}
