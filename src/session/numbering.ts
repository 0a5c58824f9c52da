import type { InstanceId, ParticipantId } from '../protocol/ids.ts';
import { InstanceTurns, isForgotten } from './dedup.ts';
import { isInstanceOf } from './instance-id.ts';
import { own } from './own.ts';
import { participantOf } from './people.ts';
import type { SessionLog } from './session-log.ts';

/** Whose turn it is, for every instance that was heard of since the session woke. */
export class Numbering {
  readonly #log: SessionLog;
  readonly #turns = new Map<InstanceId, InstanceTurns>();

  constructor(log: SessionLog) {
    this.#log = log;
  }

  /** Whether the instance was issued to this participant by this session, and is not forgotten. */
  knows(participant: ParticipantId, instance: InstanceId): boolean {
    const { internal } = this.#log.tree;
    const { joinedSeq } = participantOf(this.#log.tree, participant) ?? {};
    return isInstanceOf(internal.key, participant, instance) && !isForgotten(internal, participant, instance, joinedSeq);
  }

  /** Whether the client is one that has said already that it has the answers below a higher number: a copy of it, from before. */
  isCopy(participant: ParticipantId, instance: InstanceId, lowest = Infinity): boolean {
    const low = this.#turns.get(instance)?.low ?? own(own(this.#log.tree.internal.instances, participant), instance)?.low ?? 1;
    return lowest < low;
  }

  /** No place is kept for the instance: should its client come back, the log says what was settled. */
  forget(instance: InstanceId): void {
    this.#turns.delete(instance);
  }

  /** The turns of an instance that it knows. `lowest`: the client's lowest number still unanswered. */
  turnsOf(participant: ParticipantId, instance: InstanceId, lowest: number): InstanceTurns {
    let turns = this.#turns.get(instance);
    if (turns === undefined) {
      turns = new InstanceTurns(own(own(this.#log.tree.internal.instances, participant), instance), lowest);
      this.#turns.set(instance, turns);
    }
    return turns;
  }
}
