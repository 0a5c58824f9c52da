import type { StoredOp } from '../protocol/event.ts';
import { GroupMap } from '../protocol/group-map.ts';
import type { ConnectionId, InstanceId, ParticipantId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps, parseOps } from '../state/apply.ts';
import { own } from './own.ts';
import type { ConnectionEntry, Internal } from './tree.ts';

/**
 * The places that connections have in a session, with a transport or without: those in its tree, found by participant without
 * looking at all of them. Every change is in the tree at once, and its ops have yet to become part of an event.
 */
export class Places {
  readonly #internal: Internal;
  readonly #byParticipant = new GroupMap<ParticipantId, ConnectionId>();

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
  of(participant: ParticipantId): readonly ConnectionId[] {
    return [...this.#byParticipant.of(participant)];
  }

  /** How many places a participant has. */
  count(participant: ParticipantId): number {
    return this.#byParticipant.count(participant);
  }

  /** The other places of the same client. */
  othersOf(id: ConnectionId, participant: ParticipantId, instance: InstanceId): readonly ConnectionId[] {
    return this.of(participant).filter((other) => other !== id && this.get(other)?.instance === instance);
  }

  /** Whether a client has any place. */
  holds(participant: ParticipantId, instance: InstanceId): boolean {
    return this.of(participant).some((id) => this.get(id)?.instance === instance);
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
    this.#byParticipant.add(participant, id);
  }

  #forget(id: ConnectionId): void {
    const participant = this.get(id)?.participant;
    if (participant !== undefined) this.#byParticipant.delete(participant, id);
  }

  #apply(ops: StoredOp[]): StoredOp[] {
    applyOps(this.#internal as JsonObject, parseOps(ops));
    return ops;
  }
}
