import { encodeFrame } from '../protocol/codec.ts';
import type { AckFrame, CommandFrame, DivergedFrame } from '../protocol/frames.ts';
import type { OwnPresenceFrame } from '../protocol/presence.ts';
import type { ConnectionId, InstanceId, ParticipantId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { AttachRequest, ConnectionNotice, Identity } from '../protocol/ports.ts';
import { cloneJson } from '../state/copy-json.ts';
import type { AppendEntry, AppendResult } from '../store/store.ts';
import { Answers, selfId } from './answers.ts';
import { Attachments, type Attached } from './attachments.ts';
import type { SessionBudget } from './budget.ts';
import { countedBy, startBudget } from './budget-start.ts';
import { ByItself } from './by-itself.ts';
import { Catching } from './catching.ts';
import type { Committing } from './committer.ts';
import { endOfConnection } from './end-of-connection.ts';
import type { Admission } from './dedup.ts';
import { Erasing } from './erasing.ts';
import { Execution, type Accepted, type CommandRequest } from './execution.ts';
import { Life } from './life.ts';
import { isOver, statusOf } from './lifecycle.ts';
import { guardedClock } from './guarded-clock.ts';
import { Hooks } from './lifecycle-hooks.ts';
import { own } from './own.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { repeatAnswer } from './repeat-answer.ts';
import type { Migrated } from './migration.ts';
import { OutputGate } from './output-gate.ts';
import type { Presence } from './presence.ts';
import { NO_EFFECT, type Effect } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import { SessionGuard } from './session-guard.ts';
import { SessionSnapshots } from './session-snapshots.ts';
import { SessionLog, type EventFacts, type LogStart } from './session-log.ts';
import { peopleChangedBy, startPresence } from './session-presence.ts';
import type { Asker, ObservedEvent, SessionSurroundings } from './session-surroundings.ts';
import { withAnnouncement } from './announcement.ts';
import { decideCleanup } from './cleanup.ts';
import { commandOf, type CleanedUp } from './session-cleanup.ts';
import type { InstanceRecord, WindowEntry } from './tree.ts';
import { drawBits, Views } from './view.ts';

/** One awake session: takes commands one at a time, runs ahead of the disk in memory, shows nothing before it is durable. */
export class Session implements Committing {
  readonly log: SessionLog;
  /** What it uses; undefined where no budgets are kept. */
  readonly budget: SessionBudget | undefined;
  /** What can be asked without changing anything. */
  readonly answers: Answers;
  readonly #around: SessionSurroundings;
  readonly #guard: SessionGuard;
  readonly #views: Views;
  readonly #snapshots: SessionSnapshots;
  readonly #gate: OutputGate;
  readonly #catching: Catching;
  readonly #life: Life;
  readonly #execution: Execution;
  readonly #byItself: ByItself;
  readonly #erasing: Erasing;
  readonly #attachments: Attachments;
  readonly #presence: Presence;
  readonly #observers = new Set<(event: ObservedEvent) => void>();
  /** Who waits for the catalogue to say when cleanup comes again. */
  #planned: ((dropped: Refusal | undefined) => void)[] = [];
  #entryHadRow = false;
  #dropped = false;
  #lastUsed: number;

  constructor(start: LogStart, shared: SessionSurroundings) {
    const clock = guardedClock(shared.clock, (work) => this.guard('timer', work));
    this.log = new SessionLog(start, clock, shared.random);
    const budget = (this.budget = this.#startBudget(shared));
    const around = { ...shared, clock, ...this.#counted(shared) };
    this.#around = around;
    this.#guard = this.#startGuard(around);
    this.#views = new Views(() => drawBits(around.random));
    this.#snapshots = new SessionSnapshots(this.log, around.largeSnapshots);
    this.#gate = new OutputGate(start.session, this.#views, around.output, start.head);
    this.#catching = new Catching(this.log, around.store, around.pack, (work) => this.guard('catching up', work));
    const hooks = new Hooks(this.log, around.observe);
    this.#life = new Life(this.log, hooks, {
      closeAll: (code) => this.#attachments.endEveryone(code),
      soon: (work) => this.#soon(work),
      follow: ({ command, args }) => this.run('system', { name: command, args }, () => undefined),
      append: (facts) => this.#append(facts),
      announce: (seq, event) => this.#announce(seq, event),
      whenDurable: (seq, fn) => this.#gate.call(seq, (dropped) => (dropped === undefined ? fn() : undefined)),
      observe: around.observe,
    });
    this.#execution = new Execution(this.log, hooks, this.#life, {
      isFull: around.isFull,
      quotas: around.quotas,
      append: (facts) => this.#append(facts),
      leaving: (participant, code) => this.#attachments.endAllOf(participant, code),
      resighted: (participant) => this.#attachments.sightChanged(participant),
      named: (what, work) => this.#guard.named(what, budget === undefined ? work : () => budget.handler(work)),
      overBudget: () => budget?.refused(),
      keepsFailing: (reason) => this.#soon(() => this.#pause(reason)),
      announce: (seq, event) => this.#announce(seq, event),
    });
    this.answers = new Answers(this.log, this.#gate, around.store, {
      used: () => void (this.#lastUsed = around.clock.monotonic()),
      actor: (asker) => this.#execution.actor(asker),
    });
    this.#byItself = this.#startByItself(around);
    this.#erasing = new Erasing(this.log, around.store, {
      append: (facts) => this.#append(facts),
      guard: (work) => (this.#dropped ? undefined : this.guard('erasing', work)),
    });
    this.#attachments = new Attachments(this.log, this.#views, this.#gate, this.#catching, {
      ...around,
      append: (facts) => this.#append(facts),
      departure: (participant, at) => this.#execution.departure(participant, at),
      announce: (seq, event) => this.#announce(seq, event),
      arrived: (connection, participant) => {
        this.#presence.attached(connection, participant);
        this.#byItself.follow();
      },
      gone: (connection) => this.#presence.lost(connection),
    });
    this.#presence = startPresence(this.log, {
      clock: around.clock,
      deliver: (presence) => around.output.deliver({ session: this.id, upTo: this.#gate.durable, records: [], frames: [], presence }),
      append: (facts) => (this.#dropped || around.isFull() ? undefined : this.#append(facts)),
    });
    this.#lastUsed = around.clock.monotonic();
  }

  get id(): SessionId {
    return this.log.session;
  }

  get type(): string {
    return this.log.definition.name;
  }

  /** The campaign that it belongs to. */
  get campaign(): string | null {
    return (this.log.tree.meta['campaign'] ?? null) as string | null;
  }

  /** The state was brought to the definition's version as it was woken: an event like any other, before all others. */
  migrated(facts: Migrated): void {
    const seq = this.#append({ ...facts, at: this.log.now() });
    const { from, to } = facts.input;
    this.#announce(seq, { kind: 'migrated', session: this.id, from, to, seq });
  }

  /** What was left to be done when this session was last in memory is done now. */
  wake(): void {
    this.#life.wake(this.#around.startedAt());
    this.#byItself.follow();
    this.#erasing.check();
  }

  /** Its memory is not used any more: nothing of it runs by itself. */
  rest(): void {
    this.#byItself.stop();
  }

  #startByItself({ clock, isFull }: SessionSurroundings): ByItself {
    return new ByItself(this.log, clock, {
      isFull: () => isFull() || this.budget?.isThrottled === true,
      isWatched: () => !this.#dropped && this.#attachments.size > 0,
      fire: (id) => this.#execution.fire(id),
      tick: (times) => this.#execution.tick(times),
      mark: () => void this.#append({ who: 'system', kind: 'command', command: '@clock', at: this.log.now(), effect: NO_EFFECT }),
      pause: (reason) => this.#pause(reason),
    });
  }

  #pause(reason: string): void {
    this.run('system', { name: '@pause', args: { reason } }, () => undefined);
  }

  #counted(shared: SessionSurroundings): Pick<SessionSurroundings, 'output' | 'watch'> {
    return countedBy(this.budget, shared, (view) => (view === undefined ? this.#attachments.size : this.#views.membersOf(view)));
  }

  #startBudget(shared: SessionSurroundings): SessionBudget | undefined {
    return startBudget(this.log, shared, {
      held: () => ({ connections: this.#attachments.kept, views: this.#views.all(), keptForJoiners: this.#catching.kept }),
      soon: (work) => this.#soon(work),
      pause: (reason) => this.#pause(reason),
      whenDurable: (seq, fn) => this.#gate.call(seq, (dropped) => (dropped === undefined ? fn() : undefined)),
      giveUp: (reason) => shared.overBudget(this, reason),
    });
  }

  get connections(): number {
    return this.#attachments.size;
  }

  /** When somebody wanted something of it last (monotonic), for the server's budget. */
  get lastUsed(): number {
    return this.#lastUsed;
  }

  get isDropped(): boolean {
    return this.#dropped;
  }

  /** True when nothing waits, nobody is connected and nobody was for `idleMs`. */
  canSleep(idleMs: number): boolean {
    const idle =
      this.#attachments.kept === 0 &&
      this.#presence.isQuiet &&
      this.#gate.isEmpty &&
      this.#observers.size === 0 &&
      !this.#byItself.holds &&
      !this.#erasing.isBusy &&
      this.log.durable === this.log.head;
    // What has ended is needed by nobody.
    const waitMs = isOver(statusOf(this.log.tree)) ? 0 : idleMs;
    return idle && this.#around.clock.monotonic() - this.#lastUsed >= waitMs;
  }

  /** Writes event 1: the initial state, so that recovery needs no user code. */
  create(
    meta: JsonObject,
    state: JsonObject,
    key: string,
    by: ParticipantId | 'system',
    settle: (dropped: Refusal | undefined) => void,
  ): void {
    const { tree } = this.log;
    // Copies: the event is kept for those who missed it, while the tree goes on changing.
    Object.assign(tree.meta, cloneJson(meta));
    Object.assign(tree.state, cloneJson(state));
    tree.internal.key = key;
    const setAll = (object: JsonObject): Effect['ops'] => Object.keys(object).map((name) => ['s', [name], object[name] as JsonValue]);
    const effect = { ...NO_EFFECT, ops: setAll(state), meta: setAll(meta) };
    this.#append({ who: by, kind: 'create', command: '@create', at: this.log.now(), effect, internal: [['s', ['key'], key]] });
    this.#gate.call(this.log.head, settle);
  }

  // -- connections ------------------------------------------------------------------------------------------------

  /** A connection that passed login wants a place. Its answer is a delivery. */
  attach(request: AttachRequest): void {
    this.#lastUsed = this.#around.clock.monotonic();
    this.#attachments.attach({ ...request, identity: this.#self(request.identity) });
  }

  /** The connection's transport is gone. */
  detach(connection: ConnectionId): void {
    this.#lastUsed = this.#around.clock.monotonic();
    this.#attachments.detach(connection);
  }

  /** The connection goes by a new credential. */
  renew(connection: ConnectionId, applicant: Pick<AttachRequest, 'identity' | 'member'>): void {
    this.#attachments.renew(connection, { ...applicant, identity: this.#self(applicant.identity) });
  }

  /** The connection missed frames after `upTo`. */
  refresh(connection: ConnectionId, upTo: Seq): void {
    this.#attachments.refresh(connection, upTo);
  }

  /** Gives every view that changed its hash, if its last one is old enough. Only what is durable can be compared. */
  checkpoint(): void {
    if (this.#dropped || this.log.head !== this.log.durable) return;
    const now = this.#around.clock.monotonic();
    const frames = this.#views.takeChecks(this.log.tree, this.log.durable, now - this.log.definition.policies.checkpointMs, now);
    if (frames.length > 0) this.#around.output.deliver({ session: this.id, upTo: this.log.durable, records: [], frames });
  }

  /** What the host of connections noticed of one or some. */
  notice(notice: ConnectionNotice): void {
    this.#presence.notice(notice);
  }

  // -- commands ---------------------------------------------------------------------------------------------------

  /** A command from a connection. Answers with an ack or a reject frame. */
  receive(connection: ConnectionId, frame: CommandFrame | DivergedFrame | OwnPresenceFrame, bytes = 0): void {
    const attached = this.#attachments.get(connection);
    if (attached === undefined) return;
    if (frame.t === 'diverged') return this.#attachments.heal(connection, frame.seq);
    if (frame.t === 'presence') return this.#presence.said(connection, frame);
    this.#presence.acted(connection);
    this.#around.count('commands');
    this.budget?.came(bytes);
    const admission = attached.turns.admit(this.#record(attached), frame.n, frame.low, frame.name, frame.args);
    if (admission.kind === 'run') this.#runFor(connection, attached, frame);
    else this.#answerSettled(connection, frame.n, admission);
  }

  #record({ participant, instance }: Pick<Attached, 'participant' | 'instance'>): InstanceRecord | undefined {
    return own(own(this.log.tree.internal.instances, participant), instance);
  }

  #runFor(connection: ConnectionId, { participant, instance, turns }: Attached, frame: CommandFrame): void {
    const { n, low, name, args, basis } = frame;
    const outcome = this.#execution.execute({ actor: this.#execution.actor(participant), name, args, instance, number: n, low, basis });
    if (outcome.ok) {
      turns.ran(n);
      this.#gate.answer(outcome.seq, connection, this.#ack(n, outcome.seq, outcome.result));
      outcome.close?.();
    } else {
      turns.rejected(n, name, args, outcome);
      this.#reject(connection, n, outcome);
    }
  }

  #answerSettled(connection: ConnectionId, n: number, admission: Exclude<Admission, { kind: 'run' }>): void {
    if (admission.kind === 'break') this.#attachments.refuse(connection, refuse(admission.code));
    else if (admission.kind === 'refused') this.#reject(connection, n, admission.refusal);
    else this.#ackAgain(connection, n, admission.entry);
  }

  #ackAgain(connection: ConnectionId, n: number, entry: WindowEntry): void {
    repeatAnswer({ gate: this.#gate, catching: this.#catching, durable: this.log.durable }, connection, entry, {
      ack: (result) => this.#ack(n, entry[2], result),
      failed: (refusal) => this.#attachments.refuse(connection, refusal),
    });
  }

  #ack(n: number, seq: Seq, result: JsonValue | undefined): string {
    const { durability } = this.#around;
    const ack: AckFrame = { t: 'ack', n, seq, ...(result === undefined ? {} : { result }) };
    return encodeFrame(durability === 'full' ? ack : { ...ack, durability });
  }

  #reject(connection: ConnectionId, n: number, { code, message, details }: Refusal): void {
    this.#around.count('rejected');
    const seq = this.log.head;
    this.#gate.answer(seq, connection, encodeFrame({ t: 'reject', n, seq, code, message, ...(details === undefined ? {} : { details }) }));
  }

  /** A command that comes without a connection. Settles once durable. */
  run(asker: Asker, request: Omit<CommandRequest, 'actor' | 'identity'>, settle: (outcome: Outcome<Accepted>) => void): void {
    this.#lastUsed = this.#around.clock.monotonic();
    const { instance, number } = request;
    const identity = typeof asker === 'object' && 'id' in asker ? this.#self(asker) : undefined;
    if (identity === undefined || instance === undefined || number === undefined) {
      const { name, args, basis, member } = request;
      const actor = this.#execution.actor(identity ?? (asker as 'system'));
      return this.#settleRun(this.#execution.execute({ actor, identity, member, name, args, basis }), settle);
    }
    this.#runNumbered(identity.id, { ...request, instance, number }, settle);
  }

  /** Who claimed what a guest was is that guest here. */
  #self(identity: Identity): Identity {
    const id = selfId(this.log.tree, identity.id);
    return id === identity.id ? identity : { ...identity, id };
  }

  #settleRun(outcome: Outcome<Accepted>, settle: (outcome: Outcome<Accepted>) => void): void {
    this.#gate.call(this.log.head, (dropped) => settle(dropped ?? outcome));
    if (outcome.ok) outcome.close?.();
  }

  /** Exactly once, as any command of the instance: the same numbers, the same window. */
  #runNumbered(
    participant: ParticipantId,
    request: Omit<CommandRequest, 'actor'> & { readonly instance: InstanceId; readonly number: number },
    settle: (outcome: Outcome<Accepted>) => void,
  ): void {
    const { instance, number: n, low = n, name, args } = request;
    const turns = this.#attachments.numbering(participant, instance, low);
    if (turns === undefined) return this.#settleRun(refuse('unknown-instance'), settle);
    const admission = turns.admit(this.#record({ participant, instance }), n, low, name, args);
    if (admission.kind === 'accepted') return this.#settleAgain(admission.entry, settle);
    if (admission.kind !== 'run') return this.#settleRun(admission.kind === 'refused' ? admission.refusal : refuse(admission.code), settle);
    const outcome = this.#execution.execute({ ...request, low, actor: this.#execution.actor(participant) });
    if (outcome.ok) turns.ran(n);
    else turns.rejected(n, name, args, outcome);
    this.#settleRun(outcome, settle);
  }

  #settleAgain([, , seq, result, isLarge]: WindowEntry, settle: (outcome: Outcome<Accepted>) => void): void {
    if (isLarge !== true) return this.#settleRun({ ok: true, seq, result }, settle);
    // What is read is durable already: it waits for nothing more, not even when the session is dropped meanwhile.
    const found = (read: Outcome<{ result: JsonValue | undefined }>): void =>
      settle(read.ok ? { ok: true, seq, result: read.result } : read);
    this.#gate.call(seq, (dropped) => (dropped === undefined ? this.#catching.resultAt(seq, found) : settle(dropped)));
  }

  /**
   * Does what cleanup has to do with the session now, where that is an event of its own; settles once all is durable. Its
   * content was put away as it was at the seq `putAway`, where that is given.
   */
  cleanUp(putAway: Seq | undefined, settle: (outcome: Outcome<CleanedUp>) => void): void {
    const { log } = this;
    const decision = decideCleanup(log.tree, log.definition, log.now());
    if (decision.failed !== undefined)
      this.#around.observe({
        kind: 'handler-failed',
        session: this.id,
        command: 'hold',
        participant: 'system',
        error: decision.failed.error,
      });
    const command = commandOf(decision, putAway === log.head);
    const done = command && this.#execution.execute({ actor: this.#execution.actor('system'), ...command });
    const isPlanned = decision.step === 'keep' && log.planCleanup(decision.nextAt);
    const answer = (dropped: Refusal | undefined): void => {
      const refused = dropped ?? (done?.ok === false ? done : undefined);
      settle(refused ?? { ok: true, decision, head: { epoch: log.epoch, seq: log.durable, hash: log.hash } });
    };
    if (!isPlanned) return this.#gate.call(log.head, answer);
    this.#planned.push(answer);
    this.#around.committer.request(this);
  }

  // -- reading and observing --------------------------------------------------------------------------------------

  /** Calls `observer` for every event once it is durable. */
  observe(observer: (event: ObservedEvent) => void): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  // -- the log ----------------------------------------------------------------------------------------------------

  #announce(seq: Seq, event: SessionEvent): void {
    this.#gate.call(seq, (dropped) => {
      if (dropped === undefined) this.#around.observe(event);
    });
  }

  /** Goes on when the work at hand is done. */
  #soon(work: () => void): void {
    this.#around.clock.startTimer(0, () => {
      if (!this.#dropped) work();
    });
  }

  #append(wanted: EventFacts): Seq {
    const facts = withAnnouncement(this.#life.complete(wanted), this.log, this.#around.announce);
    const seen = this.log.append(facts);
    this.#views.add(seen, (participants) => this.#attachments.viewersAmong(participants));
    const people = peopleChangedBy(this.log, seen.meta, facts.internal ?? []);
    if (people.length > 0) this.#gate.call(seen.seq, (dropped) => dropped ?? this.#presence.change(people));
    this.#around.count('events');
    this.budget?.made({ length: this.log.lastLength, ops: seen.state, people: people.length > 0, head: seen.seq });
    if (this.#observers.size > 0) {
      const event = { ...seen, command: facts.command, who: facts.who };
      this.#gate.call(seen.seq, (dropped) => {
        if (dropped === undefined) this.#notify(event);
      });
    }
    this.#life.after(facts, seen.seq);
    if (facts.command === '@erase') this.#forgetWhatGoes();
    this.#byItself.follow();
    this.#around.committer.request(this);
    return seen.seq;
  }

  /** Nothing of what is to go stays in memory, and a snapshot that was made after it is stored together with the event. */
  #forgetWhatGoes(): void {
    this.#catching.forget();
    this.log.recent.forget();
    this.log.needSnapshot();
  }

  #notify(event: ObservedEvent): void {
    for (const observer of this.#observers) {
      try {
        observer(event);
      } catch (error) {
        this.#around.observe({ kind: 'handler-failed', session: this.id, command: event.command, participant: event.who, error });
      }
    }
  }

  takeEntry(): AppendEntry | undefined {
    if (this.#dropped) return undefined;
    return this.guard('takeEntry', () => {
      const entry = this.log.takeEntry();
      this.#entryHadRow = entry?.row !== undefined;
      this.#snapshots.taken(entry);
      return entry;
    });
  }

  committed(result: AppendResult): void {
    if (!this.#dropped) this.guard('committed', () => this.#committed(result));
  }

  #committed(result: AppendResult): void {
    if (result.outcome !== 'ok') return this.#drop(result);
    this.log.accepted(result.seq, result.hash);
    if (this.#entryHadRow) this.#around.rowChanged(this, result.rev);
    this.#snapshots.committed();
    this.#gate.release(result.seq);
    this.#erasing.check();
    for (const answer of this.#planned.splice(0)) answer(undefined);
    this.checkpoint();
  }

  /** Stores a snapshot, unless the newest one is of the head; settles once it is stored. */
  snapshot(settle: (outcome: Outcome<{ seq: Seq }>) => void): void {
    this.#lastUsed = this.#around.clock.monotonic();
    this.#snapshots.ask(settle, () => this.#around.committer.request(this));
  }

  /** One way to fail: what is in memory may not be what is on disk, so nothing of it is used or shown again. */
  #drop(result: Exclude<AppendResult, { outcome: 'ok' }>): void {
    this.#around.dropped(this, result);
    this.letGo(refuse('unavailable', 'It is not known whether this was written; read the session before trying again.'));
  }

  /** Forgets everything that is not durable and ends every connection: nothing of this memory is used again. */
  letGo(refusal: Refusal): void {
    this.#dropped = true;
    const waiting = this.#gate.drop(refusal);
    this.#snapshots.drop(refusal);
    for (const answer of this.#planned.splice(0)) answer(refusal);
    this.closeAll(refuse('unavailable'), waiting);
  }

  /** Runs a part of this session's own code. What it throws ends this session's memory and reaches nobody else. */
  guard<T>(what: string, work: () => T): T | undefined {
    return this.#guard.run(what, work);
  }

  #startGuard({ watch, observe }: SessionSurroundings): SessionGuard {
    return new SessionGuard({
      id: this.id,
      durable: () => this.log.durable,
      crashed: (what, error) => this.#crashed(what, error),
      letGo: (refusal) => this.letGo(refusal),
      watch,
      observe,
    });
  }

  #crashed(what: string, error: unknown): boolean {
    if (this.#dropped) return false;
    this.#dropped = true;
    this.#around.crashed(this, what, error);
    return true;
  }

  /** Ends every connection at once, without anything still held back. */
  closeAll(refusal: Refusal, waiting: readonly ConnectionId[] = []): void {
    this.rest();
    this.#presence.stop();
    const records = [...new Set([...this.#attachments.takeAll(), ...waiting])].map((connection) => endOfConnection(connection, refusal));
    if (records.length > 0) this.#around.output.deliver({ session: this.id, upTo: this.log.durable, records, frames: [] });
  }
}
