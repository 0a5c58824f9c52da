import type { Epoch, InstanceId, LogId, ParticipantId, Seq, Tag } from './ids.ts';
import type { JsonValue } from './json.ts';

/** What an event is about. `create` is always seq 1. Built-in commands (`@join`, ...) are `command` too. */
export type EventKind = 'create' | 'command';

/**
 * What every event says, whatever happens to its content. Stored as a JSON array in exactly this order, after the
 * format version: `[1, logId, epoch, seq, tag, at, who, kind, command, instance, number, definitionVersion]`.
 */
export type EventHeader = {
  readonly logId: LogId;
  readonly epoch: Epoch;
  readonly seq: Seq;
  readonly tag: Tag;
  /** Wall-clock milliseconds, never less than the event before. */
  readonly at: number;
  /** The participant who sent the command, or `system`. */
  readonly who: ParticipantId | 'system';
  readonly kind: EventKind;
  readonly command: string;
  readonly instance: InstanceId | null;
  readonly number: number | null;
  /** Version of the definition that ran. */
  readonly definition: number;
};

/** The hash before the first event: hex, like every hash of the chain. */
export const GENESIS_HASH = '0'.repeat(64);

/** One change of state, as stored (see src/state/op.ts for the list of kinds). */
export type StoredOp = [string, ...JsonValue[]];

/** Who gets a message: those who have one of these roles at its seq, and these participants. */
export type StoredRecipients = { readonly roles?: readonly string[]; readonly participants?: readonly string[] };

/** What a command sends besides state. `to` absent: everyone. */
export type StoredMessage = { readonly name: string; readonly payload: JsonValue; readonly to?: StoredRecipients | undefined };

/** Something worth remembering, for the session's history. */
export type StoredHighlight = { readonly text: string; readonly data?: JsonValue };

/**
 * What can be erased: stored as a JSON object with its keys in this order, absent where empty.
 */
export type EventContent = {
  /** 128 random bits, base64url: makes the content's hash say nothing once the content is gone. */
  readonly salt: string;
  /** The arguments as received. */
  readonly input?: JsonValue;
  /** Changes of `state`, `meta` and `internal`, each in order. */
  readonly ops?: readonly StoredOp[];
  readonly meta?: readonly StoredOp[];
  readonly internal?: readonly StoredOp[];
  readonly messages?: readonly StoredMessage[];
  readonly result?: JsonValue;
  /** 128 random bits, base64url, from which `ctx.random` and `ctx.id` came. Never leaves the server. */
  readonly seed?: string;
  /** Lowest command number of the instance still unanswered; trims the dedup window. */
  readonly low?: number;
  readonly highlights?: readonly StoredHighlight[];
  /** The timer that ran this command; it is gone with this event. */
  readonly timer?: string;
};
