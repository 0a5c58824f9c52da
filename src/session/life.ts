import type { Actor } from '../definition/command-context.ts';
import type { HookName } from '../definition/session-definition.ts';
import type { CloseCode } from '../protocol/codes.ts';
import type { StoredMessage, StoredOp } from '../protocol/event.ts';
import type { ConnectionId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { liftsWarning } from './activity.ts';
import { ENDING, leftBehind, type EndingWork } from './ending.ts';
import { decide, enact, isOver, lifecycleMessage, statusOf, type Transition } from './lifecycle.ts';
import { lifecycleFaults } from './lifecycle-consistency.ts';
import { followUpOf, gmMark, type FollowUp } from './lifecycle-gm.ts';
import { actorOf, SYSTEM, type Hooks } from './lifecycle-hooks.ts';
import type { LifecycleEvent } from './lifecycle-table.ts';
import type { Refusal } from './outcome.ts';
import { own } from './own.ts';
import { changeTree, participantOf } from './people.ts';
import { NO_EFFECT, type Effect } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import type { EventFacts, SessionLog } from './session-log.ts';
import { runSessionTime } from './session-time.ts';

/** Connections that are about to be ended. `internal` is in the tree already. */
export type Closing = { readonly ids: readonly ConnectionId[]; readonly internal: readonly StoredOp[]; readonly close: () => void };

/** What the life of a session needs of the session around it. */
export type LifeHost = {
  /** Takes every connection out of what is kept; `close` ends their streams with the code. */
  readonly closeAll: (code: CloseCode) => Closing;
  /** Does something when the work at hand is done, unless the session's memory was dropped by then. */
  readonly soon: (work: () => void) => void;
  /** Runs a command of the session itself. */
  readonly follow: (followUp: FollowUp) => void;
  /** Reports once `seq` is durable. */
  readonly announce: (seq: Seq, event: SessionEvent) => void;
  /** Calls back once `seq` is durable, if it ever is. */
  readonly whenDurable: (seq: Seq, fn: () => void) => void;
  readonly observe: (event: SessionEvent) => void;
  readonly append: (facts: EventFacts) => Seq;
};

const HOOKS: Partial<Record<LifecycleEvent, HookName>> = { start: 'onStart', pause: 'onPause', resume: 'onResume', end: 'onEnd' };

/** The life of one session: what every event brings with it besides its own changes, and what has to follow. */
export class Life {
  readonly #log: SessionLog;
  readonly #hooks: Hooks;
  readonly #host: LifeHost;
  #closing: Closing | undefined;

  constructor(log: SessionLog, hooks: Hooks, host: LifeHost) {
    this.#log = log;
    this.#hooks = hooks;
    this.#host = host;
  }

  /** What the definition does at a transition that a command asks for, before the transition is made. A participant's it may refuse. */
  begin({ event, to, at }: Transition, actor: Actor): Effect | Refusal {
    const hook = HOOKS[event];
    if (hook === undefined) return NO_EFFECT;
    const run = { actor, at, status: to };
    if (event === 'end' || actor.role === 'system') return this.#hooks.run(hook, run);
    const asked = this.#hooks.ask(hook, run);
    return asked.kind === 'accepted' ? asked.effect : asked.refusal;
  }

  /** Adds to an event, whose own changes are in the tree, all that comes with it; those changes are in the tree then, too. */
  complete(facts: EventFacts): EventFacts {
    if (facts.kind === 'create') return this.#withTime(facts);
    const joined = this.#withJoin(this.#withoutWarning(facts));
    const { transition } = joined;
    const made = transition === undefined || transition.event === 'end' ? joined : this.#withTransition(joined, transition);
    const wished = transition?.event === 'end' ? undefined : this.#wishedEnd(made);
    if (wished !== undefined) {
      const hook = { actor: actorOf(this.#log.tree, wished.by), status: wished.to };
      return this.#withEnding(this.#withHook(made, 'onEnd', hook), wished);
    }
    if (transition?.event === 'end') return this.#withEnding(made, transition);
    return made.effect.meta.length === 0 ? made : this.#withGm(made);
  }

  /** What follows from an event that is in the log's memory now. */
  after({ transition, command }: EventFacts, seq: Seq): void {
    const { session } = this.#log;
    if (transition !== undefined) {
      const { event, from, to, by } = transition;
      this.#report(lifecycleFaults(this.#log.tree), seq);
      if (to !== 'active') this.#log.wantSnapshot();
      if (event === 'end') this.#host.announce(seq, { kind: 'ended', session, who: by, seq });
      else this.#host.announce(seq, { kind: 'transition', session, event, from, to, who: by, seq });
    }
    if (this.#closing !== undefined) this.#closeSoon(this.#closing, seq);
    if (command.startsWith('@')) this.check();
  }

  /** The session is in memory again, in a process that began at `startedAt`: what was left undone is done. */
  wake(startedAt: number): void {
    const { tree, definition } = this.#log;
    const { time, timers, at: seenAt } = tree.internal;
    const at = this.#log.now();
    const downMs = Math.min(startedAt, at) - seenAt;
    const isFrozen = definition.policies.timers.downtime === 'frozen' && time.since !== null && Object.keys(timers).length > 0;
    if (isFrozen && downMs > 0) {
      const changed = changeTree(tree, (_meta, internal) => void (internal.time.since = (time.since ?? 0) + downMs));
      const event = { who: SYSTEM.id, kind: 'command', command: '@wake', input: { downMs } } as const;
      this.#host.append({ ...event, at, effect: NO_EFFECT, internal: changed.internal });
    }
    this.check();
  }

  /** Does what has to follow from the tree as it stands. Also at a wake: what a crash left undone is done then. */
  check(): void {
    if (followUpOf(this.#log.tree, this.#log.definition) === undefined) return;
    this.#host.soon(() => {
      const followUp = followUpOf(this.#log.tree, this.#log.definition);
      if (followUp !== undefined) this.#host.follow(followUp);
    });
  }

  /** After the answer to the command by which it ended. */
  #closeSoon({ ids, close }: Closing, seq: Seq): void {
    this.#closing = undefined;
    this.#host.soon(close);
    this.#host.whenDurable(seq, () => {
      const { tree, snapshotSeq } = this.#log;
      const connected = ids.filter((id) => own(tree.internal.connections, id) !== undefined).length;
      this.#report(leftBehind({ tree, snapshotSeq, endSeq: seq, connected }), seq);
    });
  }

  #report(faults: readonly string[], seq: Seq): void {
    if (faults.length > 0) this.#host.observe({ kind: 'inconsistent', session: this.#log.session, faults, seq });
  }

  #withTime(facts: EventFacts): EventFacts {
    const { tree } = this.#log;
    const changed = changeTree(tree, (_meta, internal) => runSessionTime(internal, facts.at, statusOf(tree) === 'active'));
    return { ...facts, internal: [...(facts.internal ?? []), ...changed.internal] };
  }

  /** The hook of a newcomer. Joining is the only thing that more than one way leads to. */
  #withJoin(facts: EventFacts): EventFacts {
    if (this.#log.definition.hooks.onJoin === undefined) return facts;
    const id = joinedBy(facts);
    if (id === undefined || participantOf(this.#log.tree, id) === undefined || isOver(statusOf(this.#log.tree))) return facts;
    return this.#withHook(facts, 'onJoin', { actor: actorOf(this.#log.tree, id) });
  }

  /** Whoever does something in a warned session, or comes back to it, lifts the warning. */
  #withoutWarning(facts: EventFacts): EventFacts {
    const { tree } = this.#log;
    if (facts.transition !== undefined || !liftsWarning(tree, facts)) return facts;
    const changed = changeTree(tree, (meta) => void delete meta['warning']);
    return { ...facts, effect: { ...facts.effect, meta: [...facts.effect.meta, ...changed.meta] } };
  }

  #withHook(facts: EventFacts, hook: HookName, run: { actor: Actor; status?: Transition['to'] }): EventFacts {
    const { effect, at } = facts;
    return { ...facts, effect: joinEffects(effect, this.#hooks.run(hook, { ...run, at, seed: effect.seed, chance: `/${hook}` })) };
  }

  /** The end that a handler called for, or that the state says has come. */
  #wishedEnd({ effect, who, at }: EventFacts): Transition | undefined {
    const { tree } = this.#log;
    if (isOver(statusOf(tree))) return undefined;
    const wish =
      effect.end !== undefined
        ? { by: who, reason: null, at, result: effect.end.result }
        : effect.ops.length > 0 && statusOf(tree) === 'active' && this.#isComplete()
          ? { by: SYSTEM.id, reason: 'complete', at }
          : undefined;
    const decided = wish && decide('end', tree, wish);
    return decided === undefined || 'ok' in decided ? undefined : decided;
  }

  #isComplete(): boolean {
    const { definition, tree } = this.#log;
    if (definition.isComplete === undefined) return false;
    try {
      return definition.isComplete(tree.state) === true;
    } catch (error) {
      this.#hooks.report('isComplete', SYSTEM, error);
      return false;
    }
  }

  #withTransition(facts: EventFacts, transition: Transition): EventFacts {
    const changed = changeTree(this.#log.tree, (meta, internal) => enact(transition, meta, internal));
    const { effect } = facts;
    const messages = [lifecycleMessage(transition), ...effect.messages];
    return {
      ...facts,
      transition,
      effect: { ...effect, meta: [...effect.meta, ...changed.meta], messages, internal: [...(effect.internal ?? []), ...changed.internal] },
    };
  }

  #withEnding(facts: EventFacts, transition: Transition): EventFacts {
    const { tree } = this.#log;
    const { effect } = facts;
    const flags = { snapshot: false, closes: false };
    const messages: StoredMessage[] = [...effect.messages];
    const side = [...(facts.side ?? [])];
    const changed = changeTree(tree, (meta, internal) => {
      const work: EndingWork = { transition, tree, meta, internal, messages, side, ...flags };
      for (const { run } of ENDING) run(work);
      Object.assign(flags, { closes: work.closes });
    });
    const closing = flags.closes ? this.#host.closeAll('ended') : undefined;
    this.#closing = closing;
    const internal = [...(effect.internal ?? []), ...changed.internal, ...(closing?.internal ?? [])];
    return { ...facts, transition, side, effect: { ...effect, meta: [...effect.meta, ...changed.meta], messages, internal } };
  }

  /** Notes, where the policy asks for it, whether the last GM is gone. */
  #withGm(facts: EventFacts): EventFacts {
    const { tree, definition } = this.#log;
    const mark = gmMark(tree, definition);
    if (mark === tree.internal.gm) return facts;
    const changed = changeTree(tree, (_meta: JsonObject, internal) => {
      if (mark === undefined) delete internal.gm;
      else internal.gm = mark;
    });
    const { effect } = facts;
    return { ...facts, effect: { ...effect, internal: [...(effect.internal ?? []), ...changed.internal] } };
  }
}

/** Who takes part from this event on. */
function joinedBy({ command, who, input }: EventFacts): ParticipantId | undefined {
  if (command === '@join') return who as ParticipantId;
  return command === '@add' ? ((input as JsonObject)['participant'] as ParticipantId) : undefined;
}

/** Two effects of one event, the second on top of the first. */
function joinEffects(first: Effect, second: Effect): Effect {
  const internal = [...(first.internal ?? []), ...(second.internal ?? [])];
  const highlights = [...(first.highlights ?? []), ...(second.highlights ?? [])];
  const end = first.end ?? second.end;
  return {
    ops: [...first.ops, ...second.ops],
    meta: [...first.meta, ...second.meta],
    messages: [...first.messages, ...second.messages],
    result: first.result,
    seed: first.seed ?? second.seed,
    ...(internal.length === 0 ? {} : { internal }),
    ...(highlights.length === 0 ? {} : { highlights }),
    ...(end === undefined ? {} : { end }),
  };
}
