import type { Actor } from '../definition/command-context.ts';
import type { Right } from '../definition/rights.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { CloseCode } from '../protocol/codes.ts';
import type { StoredMessage } from '../protocol/event.ts';
import type { ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { AttachRequest, Identity } from '../protocol/ports.ts';
import type { SideWrite } from '../store/store.ts';
import type { Transition } from './lifecycle.ts';
import type { Refusal } from './outcome.ts';
import type { Quotas } from './quotas.ts';
import type { SessionEvent } from './session-event.ts';
import type { Internal, Tree } from './tree.ts';

/** What a built-in command can decide from. It must not write to the tree: what it wants goes into its plan. */
export type BuiltInFacts = {
  readonly session: SessionId;
  readonly tree: Tree;
  readonly definition: SessionDefinition;
  readonly actor: Actor;
  /** Who asks, where it is not the host itself. */
  readonly identity: Identity | undefined;
  /** What the campaign, or the host, says of them, where it was asked. */
  readonly member: AttachRequest['member'];
  readonly args: JsonValue;
  /** Time and seq of the event, if it becomes one. */
  readonly at: number;
  readonly seq: Seq;
  readonly quotas: Quotas;
};

/** What an accepted built-in command will do; all of it becomes one event. */
export type BuiltInPlan = {
  /** Writes to drafts of `meta` and `internal`. */
  readonly change?: (meta: JsonObject, internal: Internal) => void;
  readonly messages?: readonly StoredMessage[];
  readonly result?: JsonValue;
  /** Stored with the event, in one transaction. */
  readonly side?: readonly SideWrite[];
  /** Who is out from this event on: `onLeave` runs before the change, and every connection of theirs closes with the code. */
  readonly out?: { readonly participant: ParticipantId; readonly code: CloseCode };
  /** Whose sight may be another one from this event on. */
  readonly resighted?: readonly ParticipantId[];
  /** Whom it was done to, for the audit; whoever is out where it is absent. */
  readonly subject?: string;
  /** Whose content goes with this event: `onErase` runs before the change. */
  readonly erases?: ParticipantId;
  /** A step in the life of the session, with everything that belongs to it. */
  readonly transition?: Transition;
  /** Told to operators once the event is durable. */
  readonly report?: SessionEvent;
};

/** A command that every session has, whatever its definition. Names begin with `@`. */
export type BuiltInCommand = {
  /** What its sender must hold; `part`: anyone who takes part; `anyone`: any identity; `system`: the host alone. */
  readonly right: Right | 'part' | 'anyone' | 'system';
  /** Possible when the session has ended, too. */
  readonly afterEnd?: true;
  readonly plan: (facts: BuiltInFacts) => BuiltInPlan | Refusal;
};

export function isRefusal(value: BuiltInPlan | Refusal): value is Refusal {
  return 'ok' in value;
}
