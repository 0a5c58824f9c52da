import type { Actor, SessionFacts, SessionStatus } from '../definition/command-context.ts';
import type { CommandDefinition } from '../definition/command.ts';
import type { StoredOp } from '../protocol/event.ts';
import type { InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { endSession, leaveParticipant, participantOf } from './built-in-commands.ts';
import { attendanceMessage } from './attendance.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { NO_EFFECT, runCommand, runHandler, type Effect, type Run, type RunFacts } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import type { EventFacts, SessionLog } from './session-log.ts';

/** A command on its way into the session. */
export type CommandRequest = {
  readonly actor: Actor;
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
  /** Takes a participant's connections out of what is kept; `close` ends their streams. */
  readonly leaving: (participant: ParticipantId) => { readonly internal: StoredOp[]; readonly close: () => void };
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
  actor(asker: 'system' | Identity | ParticipantId): Actor {
    if (asker === 'system') return { id: 'system', name: 'system', role: 'system' };
    const id = typeof asker === 'string' ? asker : asker.id;
    const entry = participantOf(this.#log.tree.meta, id);
    return { id, name: entry?.name ?? '', role: entry?.role ?? '' };
  }

  execute(request: CommandRequest): Outcome<Accepted> {
    if (request.name === '@end') return this.#end(request);
    if (request.actor.role === '') return refuse('forbidden', 'You are not a participant of this session.');
    if (request.name === '@leave') return this.#leave(request);
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

  #leave(request: CommandRequest): Outcome<Accepted> {
    const { id } = request.actor;
    if (id === 'system') return refuse('unknown-command', 'The host is no participant and cannot leave.');
    const at = this.#log.now();
    const hooked = this.departure(id, at);
    const meta = [...hooked.meta, ...leaveParticipant(this.#log.tree.meta, id)];
    const messages = [attendanceMessage(id, request.actor.name, 'left', 'left'), ...hooked.messages];
    const { internal, close } = this.#host.leaving(id);
    const seq = this.#host.append({ ...eventOf(request), at, effect: { ...hooked, meta, messages, result: undefined }, internal });
    this.#host.announce(seq, { kind: 'left', session: this.#log.session, participant: id, seq });
    return { ok: true, seq, close };
  }

  #end(request: CommandRequest): Outcome<Accepted> {
    const { meta } = this.#log.tree;
    const { id, role } = request.actor;
    if (role !== 'system' && role !== 'gm' && meta['owner'] !== id)
      return refuse('forbidden', 'Only the owner and the GM may end the session.');
    if (meta['status'] === 'ended') return refuse('ended');
    const seq = this.#host.append({
      ...eventOf(request),
      at: this.#log.now(),
      effect: { ...NO_EFFECT, meta: endSession(meta, id, request.args) },
    });
    this.#announceEnd(request, seq);
    return { ok: true, seq };
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

/** What a command's event says of who sent what. */
function eventOf({ actor, name, args, instance, number, low }: CommandRequest): Omit<EventFacts, 'at' | 'effect'> {
  return { who: actor.id, kind: 'command', command: name, instance, number, low, input: args };
}
