import type { StoredOp } from '../protocol/event.ts';
import type { ConnectionId, InstanceId, ParticipantId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps, parseOps } from '../state/apply.ts';
import { own } from './own.ts';
import type { ConnectionEntry, Internal } from './tree.ts';

const NONE: ReadonlySet<ConnectionId> = new Set();

/**
 * The places that connections have in a session, with a transport or without: those in its tree, found by participant without
 * looking at all of them. Every change is in the tree at once, and its ops have yet to become part of an event.
 */
export class Places {
  readonly #internal: Internal;
  readonly #byParticipant = new Map<ParticipantId, Set<ConnectionId>>();

  constructor(internal: Internal) {
    this.#internal = internal;
    for (const id of this.all) this.#note(id, internal.connections[id] as ConnectionEntry);
  }

  get all(): readonly ConnectionId[] {
    return Object.keys(this.#internal.connections) as ConnectionId[];
  }

  get(id: ConnectionId): ConnectionEntry | undefined {
    return own(this.#internal.connections, id);
  }

  /** Every place of one participant. */
  of(participant: ParticipantId): ReadonlySet<ConnectionId> {
    return this.#byParticipant.get(participant) ?? NONE;
  }

  /** The other places of the same client. */
  othersOf(id: ConnectionId, participant: ParticipantId, instance: InstanceId): readonly ConnectionId[] {
    return [...this.of(participant)].filter((other) => other !== id && this.get(other)?.instance === instance);
  }

  /** Whether a client has any place. */
  holds(participant: ParticipantId, instance: InstanceId): boolean {
    for (const id of this.of(participant)) if (this.get(id)?.instance === instance) return true;
    return false;
  }

  put(id: ConnectionId, entry: ConnectionEntry): StoredOp[] {
    this.#note(id, entry);
    return this.#apply([['s', ['connections', id], { ...entry }]]);
  }

  remove(ids: readonly ConnectionId[]): StoredOp[] {
    for (const id of ids) this.#forget(id);
    return this.#apply(ids.map((id) => ['d', ['connections', id]]));
  }

  #note(id: ConnectionId, { participant }: ConnectionEntry): void {
    const known = this.#byParticipant.get(participant);
    if (known === undefined) this.#byParticipant.set(participant, new Set([id]));
    else known.add(id);
  }

  #forget(id: ConnectionId): void {
    const participant = this.get(id)?.participant;
    const known = participant && this.#byParticipant.get(participant);
    if (!known) return;
    known.delete(id);
    if (known.size === 0) this.#byParticipant.delete(participant);
  }

  #apply(ops: StoredOp[]): StoredOp[] {
    applyOps(this.#internal as JsonObject, parseOps(ops));
    return ops;
  }
}
