import type { ConnectionStatus } from '../connection/lifecycle-states.ts';
import type { SessionMeta } from '../definition/session-meta.ts';
import type {
  AckFrame,
  CheckFrame,
  HelloFrame,
  PongFrame,
  RejectFrame,
  ResumedFrame,
  SnapshotFrame,
  WelcomeFrame,
} from '../protocol/frames.ts';
import type { InstanceId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { ARGUMENT_RULES, copyArguments } from './copy-arguments.ts';
import { ROUND_TRIPS, type RoundTrip, type SessionClock } from './session-clock.ts';
import { HoldfastError } from './holdfast-error.ts';
import type { KeptSession } from './kept-sessions.ts';
import { builtInNameOf } from './manage.ts';
import { Outbox, type PendingCommand } from './outbox.ts';
import { participantsOf, type Participant } from './participants.ts';
import { SessionEvents } from './session-events.ts';
import type { UsableFrame } from './line.ts';
import { errorOfCause, SessionLink, type LinkPorts } from './session-link.ts';
import { endedStatus, isOver, statusOf, type SessionStatus } from './session-status.ts';
import { SessionView, type ViewChange } from './session-view.ts';
import type { OwnPresence, Presence, SessionPresence } from './presence.ts';
import type { MessageOrigin, Self } from './session.ts';

const LEAVE_MS = 5_000;
const LEFT = 'This client left the session.';
const ENDED = 'The session has ended; its state can no longer change.';

/** What a first join brings. */
type Wish = Pick<HelloFrame, 'role' | 'invite'>;
type Run = (args?: unknown) => Promise<JsonValue | undefined>;

/**
 * One joined session: ties the view (what is seen), the outbox (what was asked for) and the link (the connection) together,
 * and keeps the order in which the application hears of things: the new state is in place first, then messages, then
 * subscribers, then, with the answer that comes after all of this, the promises of commands.
 */
export class LiveSession {
  readonly id: SessionId;
  /** Name to function; only what the server knows succeeds. */
  readonly commands: Readonly<Record<string, Run>>;
  readonly manage: Readonly<Record<string, Run>>;
  readonly #wish: Wish;
  readonly #ports: LinkPorts;
  readonly #view = new SessionView();
  readonly #outbox = new Outbox();
  readonly #events: SessionEvents;
  readonly #link: SessionLink;
  readonly #joined = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  #instance: InstanceId | undefined;
  #self: Self | undefined;
  #metaRead: JsonObject | undefined;
  #participants: readonly Participant[] = [];
  #status: SessionStatus;
  #roundTrips: readonly RoundTrip[] = [];
  #clock: SessionClock | undefined;
  /** Loaded when it is needed, which is soon. */
  #presence: Promise<Presence | undefined> = Promise.resolve(undefined);
  presence: SessionPresence = {};
  audience = 0;
  /** Private: brings the connection back, once. */
  #back: Required<Pick<HelloFrame, 'connection' | 'reconnect'>> | undefined;
  /** A snapshot was asked for because the view is not what the server says. */
  #setAside: SnapshotFrame['setAside'];
  #healing = false;

  constructor(ports: LinkPorts, url: string, id: SessionId, wish: Wish = {}, kept?: KeptSession) {
    this.id = id;
    this.#wish = wish;
    this.#ports = ports;
    this.#events = new SessionEvents(ports.logger);
    this.#status = { state: 'connecting', since: ports.clock.now(), attempt: 1 };
    if (kept !== undefined) {
      this.#back = { connection: kept.connection, reconnect: kept.reconnect };
      this.#instance = kept.instance;
      this.#outbox.restore(kept.next, kept.commands);
    }
    this.commands = commandsBy((name, args) => this.#run(name, args));
    this.manage = commandsBy((act, args) => this.#run(builtInNameOf(act), args));
    this.#link = new SessionLink(ports, url, {
      hello: (token) => this.#hello(token),
      receive: (frame) => this.#receive(frame),
      changed: () => this.#linkChanged(),
      pong: (frame) => void this.#pong(frame),
      startAfresh: (what) => this.#startAfresh(what),
    });
  }

  get state(): JsonObject {
    return this.#view.state;
  }

  get meta(): SessionMeta {
    // The server writes `meta` itself, always of this form.
    return this.#view.meta as SessionMeta & JsonObject;
  }

  get seq(): Seq {
    return this.#view.seq;
  }

  get self(): Self {
    if (this.#self === undefined) throw new Error('not joined yet');
    return this.#self;
  }

  get participants(): readonly Participant[] {
    return this.#participants;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  get connection(): ConnectionStatus {
    return this.#link.status;
  }

  get rtt(): number | undefined {
    return this.#roundTrips.at(-1)?.rttMs;
  }

  get clock(): SessionClock | undefined {
    return this.#clock;
  }

  get pending(): readonly PendingCommand[] {
    return this.#outbox.pending;
  }

  /** Resolves when the connection has ended for good. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** What a reloaded page needs to go on as this one; undefined when there is nothing to go on with. */
  get kept(): KeptSession | undefined {
    if (this.#back === undefined || this.#instance === undefined || refusalIn(this.#status) !== undefined) return undefined;
    return { session: this.id, ...this.#back, instance: this.#instance, ...this.#outbox.keep() };
  }

  readonly subscribe = (fn: () => void): (() => void) => this.#events.on('change', fn);

  on(what: string, fn: (...args: never[]) => void): () => void {
    return this.#events.on(what, fn);
  }

  /** Resolves once the first state is applied; rejects when the server refuses, or cannot be reached within this time. */
  join(timeoutMs: number): Promise<void> {
    const cancel = this.#ports.clock.startTimer(timeoutMs, () => this.close(this.#unreachable(timeoutMs)));
    this.#link.start();
    return this.#joined.promise.finally(cancel);
  }

  setPresence(own: OwnPresence): void {
    this.#withPresence(true, (presence) => presence.say(own));
  }

  /** In the order of the calls. What could not be loaded is tried again where that is worthwhile. */
  #withPresence(load: boolean, use: (presence: Presence) => void): void {
    this.#presence = this.#presence.then((presence) => presence ?? (load ? this.#loadPresence() : undefined));
    void this.#presence
      .then((presence) => presence && use(presence))
      .catch((error) => this.#ports.logger.error('Holdfast: presence', error));
  }

  #loadPresence(): Promise<Presence | undefined> {
    const { clock, onInput } = this.#ports;
    const host = {
      clock,
      onInput,
      over: this.over,
      send: this.#link.send.bind(this.#link),
      changed: (people: SessionPresence, audience: number) => {
        this.presence = people;
        this.audience = audience;
        this.#events.tell('presence', people);
        this.#changed();
      },
    };
    return import('./presence.ts').then(
      (part) => new part.Presence(host),
      () => undefined,
    );
  }

  async leave(): Promise<void> {
    if (this.#link.usable && refusalIn(this.#status) === undefined) {
      this.#setStatus({ state: 'leaving', since: this.#ports.clock.now() });
      const cancel = this.#ports.clock.startTimer(LEAVE_MS, () => this.close());
      // Refused or unanswered, the connection ends all the same.
      const confirmed = this.#outbox.add('@leave', {}, this.seq).then(
        () => this.close(),
        () => this.close(),
      );
      this.#flush();
      this.#changed();
      await confirmed;
      cancel();
    } else if (this.#status.state !== 'leaving') this.close();
    await this.#over.promise;
  }

  /** Ends the connection without a word to the others. */
  close(error: HoldfastError = new HoldfastError('left', LEFT)): void {
    this.#link.stop(error);
  }

  #hello(token: string): HelloFrame {
    return {
      t: 'hello',
      version: PROTOCOL_VERSION,
      session: this.id,
      token,
      ...this.#wish,
      ...this.#back,
      ...(this.#instance !== undefined && { instance: this.#instance, lowest: this.#outbox.lowest }),
      // A view that went wrong is not continued.
      ...(!this.#healing && this.#view.place),
      ...(this.#ports.unpack !== undefined && { accept: ['deflate' as const] }),
    };
  }

  #receive(frame: UsableFrame): void {
    if (!('t' in frame)) return this.#applied(this.#view.takeLive(frame));
    switch (frame.t) {
      case 'welcome':
      case 'resumed':
        return this.#welcome(frame);
      case 'snapshot':
        this.#healing = false;
        this.#setAside = frame.setAside ?? this.#setAside;
        if (frame.participant !== undefined) this.#self = sameSelf(frame.participant, this.#self);
        // Nobody is told yet: the tail that follows brings it up to the present.
        return this.#view.takeSnapshot(frame);
      case 'tail':
        this.#applied(this.#view.takeTail(frame));
        return this.#tellSetAside();
      case 'check':
        return void this.#check(frame);
      case 'ack':
      case 'reject':
        return this.#answer(frame);
      case 'presence':
        return this.#withPresence(frame.full === true, (presence) => presence.take(frame));
      case 'renewed':
        return;
    }
  }

  /** Once the state is that of the log as it is now. */
  #tellSetAside(): void {
    const setAside = this.#setAside;
    if (setAside === undefined) return;
    this.#setAside = undefined;
    const [from, to] = setAside.range;
    this.#events.tell('set-aside', { from, to, commands: setAside.commands });
  }

  #welcome(frame: WelcomeFrame | ResumedFrame): void {
    const { reconnect } = frame;
    this.#view.expectTag(frame.tag);
    if (frame.t === 'resumed') return void (this.#back &&= { ...this.#back, reconnect });
    this.#back = { connection: frame.connection, reconnect };
    this.#self = sameSelf(frame.participant, this.#self);
    if (frame.instance === this.#instance) return;
    this.#instance = frame.instance;
    this.#outbox.startInstance(frame.settled + 1);
  }

  async #pong({ at, now }: PongFrame): Promise<void> {
    const { clock } = this.#ports;
    const rttMs = clock.monotonic() - at;
    // The server is taken to have read its clock in the middle of the round trip.
    this.#roundTrips = [...this.#roundTrips, { rttMs, offsetMs: now + rttMs / 2 - clock.now() }].slice(-ROUND_TRIPS);
    this.#changed();
    this.#clock = (await loadInspection())?.estimateClock(this.#roundTrips);
    this.#changed();
  }

  /** Compares what this end shows with what the server says it should, and asks for all of it when they differ. */
  async #check({ seq, hash }: CheckFrame): Promise<void> {
    if (seq < this.seq || this.#healing) return;
    // What came before it is all that can be seen up to here.
    this.#view.cover(seq);
    const { meta, state } = this.#view;
    // Values are never changed in place, so they may be looked at later.
    const own = (await loadInspection())?.hashView({ meta, state });
    if (own === undefined || own === hash || this.#healing) return;
    this.#healing = true;
    this.#ports.logger.error(`Holdfast: the view at ${seq} is not what the server says`);
    this.#link.send({ t: 'diverged', seq, hash: own });
  }

  /** Whatever can be seen of the events up to its seq has come before it. */
  #answer(frame: AckFrame | RejectFrame): void {
    this.#view.cover(frame.seq);
    this.#outbox.settle(frame);
    this.#flush();
    this.#changed();
  }

  /** A frame is in place: tells everyone, in order. */
  #applied({ messages, participants, missed }: ViewChange): void {
    this.#readMeta();
    // Messages name their sender as the session did.
    for (const { seq, name, payload, by } of messages) this.#events.tell(name, payload, { seq, by: by as MessageOrigin['by'] });
    for (const participant of participants) this.#events.tell('participant', participant);
    if (missed !== undefined) this.#events.tell('missed', { from: missed[0], to: missed[1] });
    this.#changed();
  }

  #readMeta(): void {
    const { meta } = this.#view;
    if (this.#metaRead === meta) return;
    this.#metaRead = meta;
    this.#participants = participantsOf(meta);
    this.#self = selfIn(this.#participants, this.#self);
    if (meta['status'] === 'ended' && !isOver(this.#status)) this.#setStatus(endedStatus(meta, this.#ports.clock.now()));
  }

  #linkChanged(): void {
    const { status, usable, transport } = this.#link;
    this.#setStatus(statusOf(status, this.#status, { transport, kept: this.#outbox.unanswered }));
    if (status.state === 'closed') return this.#finish(errorOfCause(status.reason));
    if (status.state === 'live') {
      this.#joined.resolve();
      this.#outbox.rewind();
      this.#flush();
    }
    const refusal = refusalIn(this.#status);
    // Over or leaving: nothing would come of connecting again.
    if (!usable && refusal !== undefined) return this.close(refusal);
    this.#changed();
  }

  #finish(error: HoldfastError): void {
    this.#outbox.refuseAll(error);
    this.#joined.promise.catch(() => undefined);
    this.#joined.reject(error);
    this.#over.resolve();
    this.#changed();
  }

  #startAfresh(what: 'position' | 'connection' | 'instance'): void {
    if (what !== 'connection') this.#view.forgetPosition();
    if (what === 'position') return;
    this.#back = undefined;
    if (what === 'connection') return;
    this.#instance = undefined;
    this.#outbox.startInstance(1);
  }

  #run(name: string, args: unknown): Promise<JsonValue | undefined> {
    const refusal = refusalIn(this.#status);
    if (refusal !== undefined) return Promise.reject(refusal);
    const copy = copyArguments(args);
    if (copy === undefined) return refuseArguments(name, args);
    const promise = this.#outbox.add(name, copy, this.seq);
    this.#flush();
    this.#changed();
    return promise;
  }

  #flush(): void {
    if (!this.#link.usable) return;
    for (const frame of this.#outbox.takeSendable()) this.#link.send(frame);
  }

  #setStatus(status: SessionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#events.tell('status', status);
  }

  /** Something that can be read here is different. */
  #changed(): void {
    if (this.#status.state === 'waiting' && this.#status.kept !== this.#outbox.unanswered) {
      this.#setStatus({ ...this.#status, kept: this.#outbox.unanswered });
    }
    this.#events.tell('change');
  }

  #unreachable(afterMs: number): HoldfastError {
    const { status } = this;
    const last = status.state === 'connecting' && status.reason ? ` ${status.reason.message}` : '';
    return new HoldfastError('unavailable', `The session could not be joined within ${afterMs / 1_000} seconds.${last}`);
  }
}

/** What is not needed for playing; what cannot be loaded now is loaded for a later time. */
function loadInspection() {
  return import('./inspection.ts').catch(() => undefined);
}

async function refuseArguments(name: string, args: unknown): Promise<never> {
  const explanation = await import('./explain-arguments.ts').catch(() => undefined);
  const { code, message } = explanation?.explainArguments(name, args, ARGUMENT_RULES) ?? {
    code: 'invalid-arguments',
    message: `The arguments of ${name} cannot be sent.`,
  };
  throw new HoldfastError(code, message);
}

/** Any name is a function, always the same one; but `then` is none, so that the whole is not taken for a promise. */
function commandsBy(run: (name: string, args: unknown) => Promise<JsonValue | undefined>): Readonly<Record<string, Run>> {
  return new Proxy<Record<string, Run>>(Object.create(null), {
    get(known, name) {
      return typeof name !== 'string' || name === 'then' ? undefined : (known[name] ??= (args) => run(name, args));
    },
  });
}

/** The role and name that `meta` gives, if it names them. */
function selfIn(participants: readonly Participant[], self: Self | undefined): Self | undefined {
  const entry = participants.find(({ id }) => id === self?.id);
  return entry === undefined ? self : sameSelf(entry, self);
}

/** The same object as long as it says the same. */
function sameSelf({ id, name, role }: Self, self: Self | undefined): Self {
  return self?.id === id && self.name === name && self.role === role ? self : { id, name, role };
}

function refusalIn(status: SessionStatus): HoldfastError | undefined {
  if (status.state === 'ended') return new HoldfastError('ended', ENDED);
  if (status.state === 'leaving') return new HoldfastError('left', LEFT);
  if (status.state === 'closed') return errorOfCause(status.reason);
  return undefined;
}
