import type { Actor, SessionFacts, SessionStatus } from '../definition/command-context.ts';
import type { CommandDefinition } from '../definition/command.ts';
import type { StoredOp } from '../protocol/event.ts';
import type { InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { AttachRequest, Identity } from '../protocol/ports.ts';
import type { ActWrite } from '../store/side-write.ts';
import { holdsRight } from '../access/rights.ts';
import type { CloseCode } from '../protocol/codes.ts';
import { isRefusal, type BuiltInCommand, type BuiltInPlan } from './built-in.ts';
import { BUILT_INS } from './built-ins.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { changeTree, participantOf } from './people.ts';
import { NO_EFFECT, runCommand, runHandler, type Effect, type Run, type RunFacts } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import type { EventFacts, SessionLog } from './session-log.ts';

/** A command on its way into the session. */
export type CommandRequest = {
  readonly actor: Actor;
  /** Who asks, where it is neither the host nor a connection. */
  readonly identity?: Identity | undefined;
  readonly member?: AttachRequest['member'];
  readonly name: string;
  readonly args: JsonValue;
  readonly instance?: InstanceId | undefined;
  readonly number?: number | undefined;
  readonly low?: number | undefined;
  readonly basis?: Seq | undefined;
};

/** `close` is to be called once the answer is on its way: it ends what the command ended. */
export type Accepted = { readonly seq: Seq; readonly result?: JsonValue | undefined; readonly close?: () => void };

/** What running a command needs of the session around it. */
export type ExecutionHost = {
  /** True while the store has no room. */
  readonly isFull: () => boolean;
  /** Makes an event of an effect that is already in the tree. */
  readonly append: (facts: EventFacts) => Seq;
  /** Takes a participant's connections out of what is kept; `close` ends their streams with the code. */
  readonly leaving: (participant: ParticipantId, code: CloseCode) => { readonly internal: StoredOp[]; readonly close: () => void };
  /** The sight of a participant may have changed with the last event: their streams go on with another view. */
  readonly resighted: (participant: ParticipantId) => void;
  /** Reports once `seq` is durable. */
  readonly announce: (seq: Seq, event: SessionEvent) => void;
  /** Reports at once: nothing of it depends on an event. */
  readonly observe: (event: SessionEvent) => void;
};

/** Decides over one command at a time: authorises, checks, runs, and makes the event. */
export class Execution {
  readonly #log: SessionLog;
  readonly #host: ExecutionHost;

  constructor(log: SessionLog, host: ExecutionHost) {
    this.#log = log;
    this.#host = host;
  }

  /** Who sends: the host itself, or a participant with the role held now. */
  actor(asker: 'system' | { readonly operator: string } | Identity | ParticipantId): Actor {
    if (asker === 'system') return { id: 'system', name: 'system', role: 'system' };
    if (typeof asker === 'object' && 'operator' in asker)
      return { id: `operator:${asker.operator}` as ParticipantId, name: asker.operator, role: 'system' };
    const id = typeof asker === 'string' ? asker : asker.id;
    const entry = participantOf(this.#log.tree, id);
    return { id, name: entry?.name ?? '', role: entry?.role ?? '' };
  }

  execute(request: CommandRequest): Outcome<Accepted> {
    const builtIn = BUILT_INS.get(request.name);
    if (builtIn !== undefined) return this.#runBuiltIn(request, builtIn);
    if (request.actor.role === '') return refuse('forbidden', 'You are not a participant of this session.');
    if (this.#log.tree.meta['status'] !== 'active') return refuse('ended');
    if (this.#host.isFull()) return refuse('disk-full');
    return this.#play(request);
  }

  #play(request: CommandRequest): Outcome<Accepted> {
    const { definition, tree } = this.#log;
    const command = definition.findCommand(request.name, tree.meta['mode'] as string | undefined);
    if (command === undefined) return refuse('unknown-command', `This session has no command '${request.name}' in its current mode.`);
    const fault = this.#mayRun(request, command);
    if (fault !== undefined) return fault;
    const at = this.#log.now();
    return this.#settle(request, runCommand(tree, command, request.args, this.#runFacts(request.actor, at)), at);
  }

  #runFacts(actor: Actor, at: number): RunFacts {
    const { definition, head } = this.#log;
    return { definition, actor, session: this.#facts(), seq: head + 1, now: at, drawSeed: () => this.#log.drawSeed() };
  }

  #mayRun({ actor, name, basis }: CommandRequest, command: CommandDefinition): Refusal | undefined {
    if (command.roles !== undefined && actor.role !== 'system' && !command.roles.includes(actor.role)) {
      return refuse('forbidden', `Your role ${actor.role} may not send '${name}'; it is for: ${command.roles.join(', ')}.`);
    }
    const { changedSeq } = this.#log.tree.internal;
    if (command.conflict === true && basis !== undefined && basis < changedSeq) {
      const seq = this.#log.head;
      return refuse('conflict', `The state has changed at seq ${changedSeq}, after seq ${basis} that this command was based on.`, { seq });
    }
    return undefined;
  }

  #settle(request: CommandRequest, run: Run, at: number): Outcome<Accepted> {
    if (run.kind === 'refused') return run.refusal;
    if (run.kind === 'failed') {
      this.#host.observe({
        kind: 'handler-failed',
        session: this.#log.session,
        command: request.name,
        participant: request.actor.id,
        error: run.error,
      });
      return refuse('handler-failed');
    }
    const seq = this.#host.append({ ...eventOf(request), at, effect: run.effect });
    if (run.effect.meta.length > 0) this.#announceEnd(request, seq);
    return { ok: true, seq, result: run.effect.result };
  }

  /** What the definition does when a participant goes; nothing where its hook fails. The ops are in the tree. */
  departure(id: ParticipantId, at: number): Effect {
    const { definition, tree } = this.#log;
    const hook = definition.onLeave?.bind(definition);
    if (hook === undefined || tree.meta['status'] !== 'active') return NO_EFFECT;
    const run = runHandler(tree, hook, this.#runFacts(this.actor(id), at));
    if (run.kind === 'accepted') return run.effect;
    const error = run.kind === 'failed' ? run.error : new Error(run.refusal.message);
    this.#host.observe({ kind: 'handler-failed', session: this.#log.session, command: 'onLeave', participant: id, error });
    return NO_EFFECT;
  }

  #runBuiltIn(request: CommandRequest, command: BuiltInCommand): Outcome<Accepted> {
    const { session, tree, definition, head } = this.#log;
    const { actor, args, identity, member } = request;
    const fault = this.#mayRunBuiltIn(request, command);
    if (fault !== undefined) return fault;
    const at = this.#log.now();
    const plan = command.plan({ session, tree, definition, actor, identity, member, args, at, seq: head + 1 });
    return isRefusal(plan) ? plan : this.#carryOut(request, plan, at);
  }

  #mayRunBuiltIn({ actor, name }: CommandRequest, { right, afterEnd }: BuiltInCommand): Refusal | undefined {
    const { meta } = this.#log.tree;
    const { policies } = this.#log.definition;
    if (right === 'part' && actor.role === '') return refuse('forbidden', 'You are not a participant of this session.');
    if (right === 'system' && actor.role !== 'system') return refuse('forbidden', `'${name}' is for the host alone.`);
    if (right !== 'part' && right !== 'anyone' && right !== 'system' && !holdsRight(right, actor, meta['owner'] as string, policies))
      return refuse('forbidden', `'${name}' is for: ${policies.rights[right]?.join(', ') ?? 'nobody'}.`);
    return meta['status'] === 'ended' && afterEnd !== true ? refuse('ended') : undefined;
  }

  /** Makes one event of everything that a plan wants. */
  #carryOut(request: CommandRequest, plan: BuiltInPlan, at: number): Outcome<Accepted> {
    const { change, messages = [], result, out, resighted = [] } = plan;
    const hooked = out === undefined ? NO_EFFECT : this.departure(out.participant, at);
    const changed =
      change === undefined ? { meta: [], internal: [] } : changeTree(this.#log.tree, noting(change, resighted, this.#log.head + 1));
    const going = out === undefined ? undefined : this.#host.leaving(out.participant, out.code);
    const internal = [...changed.internal, ...(going?.internal ?? [])];
    const effect = { ...hooked, meta: [...hooked.meta, ...changed.meta], messages: [...messages, ...hooked.messages], result };
    const side = [...(plan.side ?? []), actOf(request, plan, this.#log.head + 1, at)];
    const seq = this.#host.append({ ...eventOf(request), at, effect, side, internal: internal.length === 0 ? undefined : internal });
    for (const participant of resighted) {
      this.#host.resighted(participant);
      this.#host.announce(seq, { kind: 'role-changed', session: this.#log.session, participant, seq });
    }
    if (plan.report !== undefined) this.#host.announce(seq, plan.report);
    if (out !== undefined) this.#announceOut(request, out, seq);
    this.#announceEnd(request, seq);
    return { ok: true, seq, result, ...(going === undefined ? {} : { close: going.close }) };
  }

  #announceOut({ actor }: CommandRequest, { participant, code }: NonNullable<BuiltInPlan['out']>, seq: Seq): void {
    this.#host.announce(seq, { kind: 'left', session: this.#log.session, participant, reason: code, who: actor.id, seq });
  }

  #announceEnd({ actor }: CommandRequest, seq: Seq): void {
    if (this.#log.tree.meta['status'] !== 'ended') return;
    this.#host.announce(seq, { kind: 'ended', session: this.#log.session, who: actor.id, seq });
  }

  #facts(): SessionFacts {
    const { meta } = this.#log.tree;
    return {
      id: this.#log.session,
      type: this.#log.definition.name,
      name: meta['name'] as string,
      campaign: meta['campaign'] as string | null,
      status: meta['status'] as SessionStatus,
      mode: meta['mode'] as string | undefined,
    };
  }
}

/** The act's line in the index by which an audit finds it. */
function actOf({ actor, name }: CommandRequest, { subject, out }: BuiltInPlan, seq: Seq, at: number): ActWrite {
  return { kind: 'act', seq, at, who: actor.id, subject: subject ?? out?.participant ?? null, what: name.slice(1) };
}

/** The change, which also notes from which event on the sight of those participants is another one. */
function noting(change: NonNullable<BuiltInPlan['change']>, resighted: readonly ParticipantId[], seq: Seq): typeof change {
  return (meta, internal) => {
    change(meta, internal);
    for (const participant of resighted) internal.sightChanges[participant] = seq;
  };
}

/** What a command's event says of who sent what. */
function eventOf({ actor, name, args, instance, number, low }: CommandRequest): Omit<EventFacts, 'at' | 'effect'> {
  return { who: actor.id, kind: 'command', command: name, instance, number, low, input: args };
}
