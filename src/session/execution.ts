import type { Actor } from '../definition/command-context.ts';
import type { CommandDefinition } from '../definition/command.ts';
import type { InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { AttachRequest, Identity } from '../protocol/ports.ts';
import type { ActWrite } from '../store/side-write.ts';
import { cloneJson } from '../state/copy-json.ts';
import { holdsRight } from '../access/rights.ts';
import type { CloseCode } from '../protocol/codes.ts';
import { isRefusal, type BuiltInCommand, type BuiltInPlan } from './built-in.ts';
import { BUILT_INS } from './built-ins.ts';
import type { Closing, Life } from './life.ts';
import { isOver, statusOf, whyNotActive } from './lifecycle.ts';
import { actorOf, SYSTEM, type Hooks } from './lifecycle-hooks.ts';
import type { Quotas } from './quotas.ts';
import { HandlerFailures } from './handler-failures.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { own } from './own.ts';
import { changeTree, noteSightChange } from './people.ts';
import { isNothing, NO_EFFECT, runCommand, runHandler, type Effect, type Run } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import { dropTimer } from './timer-entry.ts';
import type { EventFacts, SessionLog } from './session-log.ts';
import { sightOf } from './view.ts';

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
  readonly quotas: Quotas;
  /** Why game commands are refused for the session's budget. */
  readonly overBudget: () => Refusal | undefined;
  /** Makes an event of an effect that is already in the tree. */
  readonly append: (facts: EventFacts) => Seq;
  /** Takes a participant's connections out of what is kept; `close` ends their streams with the code. */
  readonly leaving: (participant: ParticipantId, code: CloseCode) => Pick<Closing, 'internal' | 'close'>;
  /** The sight of a participant may have changed with the last event: their streams go on with another view. */
  readonly resighted: (participant: ParticipantId) => void;
  /** Runs something under a name by which it is known where it never returns. */
  readonly named: <T>(what: string, work: () => T) => T;
  /** Handlers of the definition throw again and again. */
  readonly keepsFailing: (reason: string) => void;
  /** Reports once `seq` is durable. */
  readonly announce: (seq: Seq, event: SessionEvent) => void;
};

/** Decides over one command at a time: authorises, checks, runs, and makes the event. */
export class Execution {
  readonly #log: SessionLog;
  readonly #hooks: Hooks;
  readonly #life: Pick<Life, 'begin'>;
  readonly #host: ExecutionHost;
  readonly #failures: HandlerFailures;

  constructor(log: SessionLog, hooks: Hooks, life: Pick<Life, 'begin'>, host: ExecutionHost) {
    this.#log = log;
    this.#hooks = hooks;
    this.#life = life;
    this.#host = host;
    this.#failures = new HandlerFailures(log.definition.limits.handlerFailures);
  }

  /** Who sends: the host itself, or a participant with the role held now. */
  actor(asker: 'system' | { readonly operator: string } | Identity | ParticipantId): Actor {
    if (asker === 'system') return SYSTEM;
    if (typeof asker === 'object' && 'operator' in asker)
      return { id: `operator:${asker.operator}` as ParticipantId, name: asker.operator, role: 'system' };
    return actorOf(this.#log.tree, typeof asker === 'string' ? asker : asker.id);
  }

  execute(request: CommandRequest): Outcome<Accepted> {
    return this.#host.named(request.name, () => this.#execute(request));
  }

  #execute(request: CommandRequest): Outcome<Accepted> {
    const builtIn = BUILT_INS.get(request.name);
    if (builtIn !== undefined) return this.#runBuiltIn(request, builtIn);
    if (request.actor.role === '') return refuse('forbidden', 'You are not a participant of this session.');
    const inactive = whyNotActive(this.#log.tree);
    if (inactive !== undefined) return inactive;
    if (this.#host.isFull()) return refuse('disk-full');
    const over = request.actor.role === 'system' ? undefined : this.#host.overBudget();
    if (over !== undefined) return over;
    return this.#play(request);
  }

  #play(request: CommandRequest): Outcome<Accepted> {
    const { definition, tree } = this.#log;
    const command = definition.findCommand(request.name, tree.meta['mode'] as string | undefined);
    if (command === undefined) return noSuchCommand(request.name).refusal;
    const fault = this.#mayRun(request, command);
    if (fault !== undefined) return fault;
    const at = this.#log.now();
    return this.#settle(request, runCommand(tree, command, request.args, this.#hooks.factsOf({ actor: request.actor, at })), at);
  }

  #mayRun({ actor, name, basis }: CommandRequest, command: CommandDefinition): Refusal | undefined {
    if (command.roles !== undefined && actor.role !== 'system' && !command.roles.includes(actor.role)) {
      return refuse('forbidden', `Your role ${actor.role} may not send '${name}'; it is for: ${command.roles.join(', ')}.`);
    }
    const { changes, definition, head: seq } = this.#log;
    if (command.conflict !== true || basis === undefined) return undefined;
    const sight = actor.role === 'system' ? undefined : sightOf(definition, { id: actor.id as ParticipantId, role: actor.role });
    if (!changes.isOutdated(basis, sight)) return undefined;
    return refuse('conflict', `The state has changed after seq ${basis} that this command was based on.`, { seq });
  }

  #settle(request: CommandRequest, run: Run, at: number): Outcome<Accepted> {
    if (run.kind === 'failed') return this.#failed(request, run.error);
    this.#failures.worked();
    if (run.kind === 'refused') return run.refusal;
    const seq = this.#host.append({ ...eventOf(request), at, effect: run.effect });
    return { ok: true, seq, result: run.effect.result };
  }

  /** Runs a timer; it is gone with the event that this makes, also where its command fails. */
  fire(id: string): void {
    const { tree, definition } = this.#log;
    const timer = own(tree.internal.timers, id);
    if (timer === undefined) return;
    const { command: name, args } = cloneJson(timer);
    const at = this.#log.now();
    const { internal } = changeTree(tree, (_meta, draft) => void dropTimer(draft, id));
    const command = definition.findCommand(name, tree.meta['mode'] as string | undefined);
    const run = this.#host.named(name, () =>
      command === undefined ? noSuchCommand(name) : runCommand(tree, command, args, this.#hooks.factsOf({ actor: SYSTEM, at })),
    );
    const event = { who: SYSTEM.id, kind: 'command', at, internal, timer: id } as const;
    if (run.kind === 'accepted') return void this.#host.append({ ...event, command: name, input: args, effect: run.effect });
    const code = run.kind === 'failed' ? 'handler-failed' : run.refusal.code;
    this.#host.append({ ...event, command: '@timer', input: { command: name, args, code }, effect: NO_EFFECT });
    this.#hooks.report(name, SYSTEM, run.kind === 'failed' ? run.error : new Error(run.refusal.message));
  }

  /** Runs the tick so many times as one event, or as none where nothing came of it. False where it failed. */
  tick(times: number): boolean {
    const { tree, definition } = this.#log;
    const at = this.#log.now();
    const run = runHandler(
      tree,
      (state, ctx) => repeat(times, () => definition.tick?.run(state, ctx)),
      this.#hooks.factsOf({ actor: SYSTEM, at }),
    );
    if (run.kind !== 'accepted') {
      this.#hooks.report('tick', SYSTEM, run.kind === 'failed' ? run.error : new Error(run.refusal.message));
      return false;
    }
    const effect = { ...run.effect, result: undefined };
    if (!isNothing(effect)) this.#host.append({ who: SYSTEM.id, kind: 'command', command: '@tick', at, effect, input: times });
    return true;
  }

  #failed({ name, actor }: CommandRequest, error: unknown): Refusal {
    this.#hooks.report(name, actor, error);
    const { limits } = this.#log.definition;
    if (this.#failures.failed(this.#log.now()))
      this.#host.keepsFailing(`Its commands failed ${limits.handlerFailures} times in a row, at last '${name}'.`);
    return refuse('handler-failed');
  }

  /** What the definition does when a participant goes; nothing where its hook fails. The ops are in the tree. */
  departure(id: ParticipantId, at: number): Effect {
    return isOver(statusOf(this.#log.tree)) ? NO_EFFECT : this.#hooks.run('onLeave', { actor: this.actor(id), at });
  }

  #runBuiltIn(request: CommandRequest, command: BuiltInCommand): Outcome<Accepted> {
    const { session, tree, definition, head } = this.#log;
    const { actor, args, identity, member } = request;
    const fault = this.#mayRunBuiltIn(request, command);
    if (fault !== undefined) return fault;
    const at = this.#log.now();
    const plan = command.plan({ session, tree, definition, actor, identity, member, args, at, seq: head + 1, quotas: this.#host.quotas });
    return isRefusal(plan) ? plan : this.#carryOut(request, plan, at);
  }

  #mayRunBuiltIn({ actor, name }: CommandRequest, { right, afterEnd }: BuiltInCommand): Refusal | undefined {
    const { meta } = this.#log.tree;
    const { policies } = this.#log.definition;
    if (right === 'part' && actor.role === '') return refuse('forbidden', 'You are not a participant of this session.');
    // What is left of the disk is for those who come, go and run the session.
    if (right === 'part' && afterEnd !== true && this.#host.isFull()) return refuse('disk-full');
    if (right === 'system' && actor.role !== 'system') return refuse('forbidden', `'${name}' is for the host alone.`);
    if (right !== 'part' && right !== 'anyone' && right !== 'system' && !holdsRight(right, actor, meta['owner'] as string, policies))
      return refuse('forbidden', `'${name}' is for: ${policies.rights[right]?.join(', ') ?? 'nobody'}.`);
    return isOver(statusOf(this.#log.tree)) && afterEnd !== true ? refuse('ended') : undefined;
  }

  /** Makes one event of everything that a plan wants. */
  #carryOut(request: CommandRequest, plan: BuiltInPlan, at: number): Outcome<Accepted> {
    const { change, messages = [], result, out, transition, resighted = [] } = plan;
    const hooked = this.#hookedBy(plan, request.actor, at);
    if ('ok' in hooked) return hooked;
    const changed = changeTree(this.#log.tree, (meta, internal) => {
      change?.(meta, internal);
      noteSightChange(internal, resighted, this.#log.head + 1);
    });
    const going = out === undefined ? undefined : this.#host.leaving(out.participant, out.code);
    const internal = [...changed.internal, ...(going?.internal ?? [])];
    const effect = { ...hooked, meta: [...hooked.meta, ...changed.meta], messages: [...messages, ...hooked.messages], result };
    const side = [...(plan.side ?? []), actOf(request, plan, this.#log.head + 1, at)];
    const seq = this.#host.append({ ...eventOf(request), at, effect, side, internal, transition });
    for (const participant of resighted) {
      this.#host.resighted(participant);
      this.#host.announce(seq, { kind: 'role-changed', session: this.#log.session, participant, seq });
    }
    if (plan.report !== undefined) this.#host.announce(seq, plan.report);
    if (out !== undefined) this.#announceOut(request, out, seq);
    return { ok: true, seq, result, ...(going === undefined ? {} : { close: going.close }) };
  }

  #announceOut({ actor }: CommandRequest, { participant, code }: NonNullable<BuiltInPlan['out']>, seq: Seq): void {
    this.#host.announce(seq, { kind: 'left', session: this.#log.session, participant, reason: code, who: actor.id, seq });
  }

  /** What the definition does at this turn. Its ops are in the tree. */
  #hookedBy({ out, erases, transition }: BuiltInPlan, actor: Actor, at: number): Effect | Refusal {
    if (out !== undefined) return this.departure(out.participant, at);
    if (erases !== undefined) return this.#hooks.run('onErase', { actor: this.actor(erases), at });
    return transition === undefined ? NO_EFFECT : this.#life.begin(transition, actor);
  }
}

function noSuchCommand(name: string): Run & { kind: 'refused' } {
  return { kind: 'refused', refusal: refuse('unknown-command', `This session has no command '${name}' in its current mode.`) };
}

/** The result of the last run: a promise is found in it. */
function repeat(times: number, run: () => unknown): unknown {
  for (let count = 1; count < times; count += 1) run();
  return run();
}

/** The act's line in the index by which an audit finds it. */
function actOf({ actor, name }: CommandRequest, { subject, out }: BuiltInPlan, seq: Seq, at: number): ActWrite {
  return { kind: 'act', seq, at, who: actor.id, subject: subject ?? out?.participant ?? null, what: name.slice(1) };
}

/** What a command's event says of who sent what. */
function eventOf({ actor, name, args, instance, number, low }: CommandRequest): Omit<EventFacts, 'at' | 'effect'> {
  return { who: actor.id, kind: 'command', command: name, instance, number, low, input: args };
}
