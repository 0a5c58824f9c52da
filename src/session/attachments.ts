import { CODES, type CloseCode } from '../protocol/codes.ts';
import type { StoredOp } from '../protocol/event.ts';
import type { ConnectionId, InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { AttachRequest, Random } from '../protocol/ports.ts';
import { markOfTable } from '../protocol/table-id.ts';
import { mayReturn, placeFor } from './admission.ts';
import type { SnapshotFacts } from './catch-up.ts';
import type { Catching, Recipient, Seer } from './catching.ts';
import { attendanceActs } from './attendance.ts';
import { arrivalOf, lossOf, type Attendance } from './coming-and-going.ts';
import type { InstanceTurns } from './dedup.ts';
import { endOfConnection } from './end-of-connection.ts';
import { issueInstance } from './instance-id.ts';
import type { Closing } from './life.ts';
import { Numbering } from './numbering.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { OutputGate } from './output-gate.ts';
import { own } from './own.ts';
import { participantOf } from './people.ts';
import { Places } from './places.ts';
import { ReconnectWindows } from './reconnect-windows.ts';
import { hashOfToken, issueReconnectToken, sameHash, type IssuedToken } from './reconnect-token.ts';
import { NO_EFFECT, type Effect } from './run-command.ts';
import type { SessionEvent } from './session-event.ts';
import type { EventFacts, SessionLog } from './session-log.ts';
import type { ConnectionEntry } from './tree.ts';
import { sightOf, type SeenEvent, type View, type Viewer, type Views } from './view.ts';
import { resumedText, welcomeText, type Admitted, type ServerFacts } from './welcome.ts';

/** A connection with a transport. */
export type Attached = {
  readonly participant: ParticipantId;
  readonly instance: InstanceId;
  readonly turns: InstanceTurns;
  view: View;
  /** The seq with which its stream of that view began, and, where that was not the login's, why it began anew. */
  since: Seq;
  anew: Seer['anew'];
  diverged: number;
};

/** What attaching needs of the session around it. */
export type AttachmentsHost = ServerFacts & {
  readonly random: Random;
  readonly append: (facts: EventFacts) => Seq;
  /** What the definition does when a participant goes. */
  readonly departure: (participant: ParticipantId, at: number) => Effect;
  readonly announce: (seq: Seq, event: SessionEvent) => void;
  readonly observe: (event: SessionEvent) => void;
  /** A connection has a stream that begins with something durable; it has none any more. For presence. */
  readonly arrived: (connection: ConnectionId, participant: ParticipantId) => void;
  readonly gone: (connection: ConnectionId) => void;
};

/** Most places that one participant's connections may hold. */
const CONNECTIONS_MOST = 32;
/** A client that differs this often is not healed by another snapshot. */
const DIVERGED_MOST = 5;

/** The connections of one session: lets them in and back, keeps the places of lost ones for a while, ends them. */
export class Attachments {
  readonly #log: SessionLog;
  readonly #views: Views;
  readonly #gate: OutputGate;
  readonly #catching: Catching;
  readonly #host: AttachmentsHost;
  readonly #attached = new Map<ConnectionId, Attached>();
  /** Logins whose catching up waits for the store, by the id that they will have. */
  readonly #arriving = new Map<ConnectionId, AttachRequest>();
  /** Connections that come back: what they are called until the host has heard that they do, and who they are. */
  readonly #resuming = new Map<ConnectionId, ConnectionId>();
  /** The places of connections without a transport. */
  readonly #away: ReconnectWindows;
  readonly #places: Places;
  readonly #numbering: Numbering;
  #stopped = false;

  constructor(log: SessionLog, views: Views, gate: OutputGate, catching: Catching, host: AttachmentsHost) {
    this.#log = log;
    this.#views = views;
    this.#gate = gate;
    this.#catching = catching;
    this.#host = host;
    this.#numbering = new Numbering(log);
    this.#away = new ReconnectWindows(host.clock, log.definition.policies.reconnectWindowMs, (ids) => this.#end(ids, 'lost'));
    this.#places = new Places(log.tree.internal);
    for (const id of this.#places.all) this.#away.keep(id);
  }

  /** Connections that have, or are about to have, a transport. */
  get size(): number {
    return this.#attached.size + this.#arriving.size;
  }

  /** Places that are kept, with a transport or without. */
  get kept(): number {
    return this.size + this.#away.size;
  }

  get(connection: ConnectionId): Attached | undefined {
    return this.#attached.get(connection);
  }

  // -- coming -----------------------------------------------------------------------------------------------------

  /** A connection that passed login wants a place. Its answer is a delivery. */
  attach(request: AttachRequest): void {
    const admitted = this.#admit(request);
    if ('ok' in admitted) return this.#gate.record(this.#log.head, endOfConnection(request.connection, admitted));
    this.#away.forget(admitted.id);
    // A try before this one gets no answer any more, so that news of it is none of the connection's.
    const before = this.#arriving.get(admitted.id);
    if (before !== undefined) this.#resuming.delete(before.connection);
    this.#arriving.set(admitted.id, request);
    if (admitted.resumed) this.#resuming.set(request.connection, admitted.id);
    this.#catching.prepare(request.position, (older) => this.#enter(request, admitted, older));
  }

  #admit(request: AttachRequest): Admitted | Refusal {
    const who = request.identity.id;
    const kept = this.#keptFor(request);
    if (kept !== undefined && 'ok' in kept) return kept;
    const { instance, lowest } = request;
    const isKnown = instance === undefined || (this.#numbering.knows(who, instance) && !this.#numbering.isCopy(who, instance, lowest));
    if (!isKnown) return refuse('unknown-instance');
    const mine = this.#places.count(who);
    if (kept === undefined && mine >= CONNECTIONS_MOST)
      return refuse('too-many-connections', `You have ${mine} connections to this session already.`);
    return this.#logIn(request, kept?.id ?? request.connection, kept?.entry, instance);
  }

  /** The connection that a reconnect token brings back; undefined when its place is no longer kept. */
  #keptFor({ reconnect, identity }: AttachRequest): { id: ConnectionId; entry: ConnectionEntry } | Refusal | undefined {
    const entry = reconnect === undefined ? undefined : this.#places.get(reconnect.connection);
    if (reconnect === undefined || entry === undefined || entry.participant !== identity.id) return undefined;
    const id = reconnect.connection;
    const hash = hashOfToken(reconnect.token);
    if (sameHash(hash, entry.token) || sameHash(hash, entry.previous)) return { id, entry: { ...entry, previous: hash } };
    // Two hold tokens of one connection, and only one of them can be its client: neither goes on under it.
    this.#host.observe({ kind: 'token-reused', session: this.#log.session, connection: id, participant: identity.id });
    this.#end([id], 'token-reused');
    return refuse('token-reused');
  }

  /** Makes the login an event; what it is allowed to do and what it gets back rest on that event. */
  #logIn(request: AttachRequest, id: ConnectionId, kept: ConnectionEntry | undefined, known: InstanceId | undefined): Admitted | Refusal {
    const { identity } = request;
    const { tree, head } = this.#log;
    const found = participantOf(tree, identity.id);
    // A copy: what it says is wanted when the tree has changed.
    const present = found && { ...found };
    const now = this.#log.now();
    const back = present === undefined ? undefined : mayReturn(this.#log, request, now);
    if (back !== undefined && 'ok' in back) return back;
    const place = present ?? placeFor(this.#log, request, now);
    if ('ok' in place) return place;
    const instance = known ?? issueInstance(tree.internal.key, identity.id, head, this.#host.random);
    const issued = issueReconnectToken(this.#host.random);
    const coming = arrivalOf(this.#log, request, present, place, back);
    const command = present === undefined ? '@join' : kept === undefined ? '@connect' : '@reconnect';
    const seq = this.#append(command, identity.id, coming, this.#places.put(id, entryOf(identity.id, instance, issued, kept)));
    for (const participant of back?.resighted ?? []) {
      this.sightChanged(participant);
      this.#host.announce(seq, { kind: 'role-changed', session: this.#log.session, participant, seq });
    }
    if (present === undefined)
      this.#host.announce(seq, { kind: 'joined', session: this.#log.session, participant: identity.id, role: place.role, seq });
    else if (present.away === true)
      this.#host.announce(seq, { kind: 'returned', session: this.#log.session, participant: identity.id, seq });
    return { id, resumed: kept !== undefined, instance, token: issued.token };
  }

  #enter(request: AttachRequest, { id, resumed, instance, token }: Admitted, older: readonly SeenEvent[] | undefined): void {
    if (this.#stopped || this.#arriving.get(id) !== request) return;
    this.#arriving.delete(id);
    const { identity } = request;
    const recipient = this.#recipient(identity.id);
    // Who was made to leave meanwhile may be back by another connection: this one's place is gone all the same.
    if (recipient === undefined || this.#places.get(id) === undefined)
      return this.#gate.record(this.#log.head, endOfConnection(request.connection, refuse('left')));
    this.#endStream(id);
    if (request.instance !== undefined) this.#endEarlier(id, instance);
    const view = this.#views.enter(sightOf(this.#log.definition, recipient));
    const turns = this.#numbering.turnsOf(identity.id, instance, request.lowest ?? 1);
    const attached: Attached = { participant: identity.id, instance, turns, view, since: this.#log.head, anew: undefined, diverged: 0 };
    this.#attached.set(id, attached);
    const changedAt = own(this.#log.tree.internal.sightChanges, identity.id) ?? 0;
    const anew = sawTheSame(request, view, changedAt) ? undefined : 'sight-changed';
    const caughtUp = this.#catching.catchUp(request, { view, recipient, anew, changedAt }, older);
    this.#report(request, id, caughtUp.with);
    const knows = resumed && request.table !== undefined && request.instance === instance;
    const welcome = knows
      ? resumedText(this.#log, this.#host, request, token)
      : welcomeText(this.#log, this.#host, request, { id, resumed, instance, token }, { settled: turns.settled, participant: recipient });
    const { packed, after } = caughtUp;
    const windowMs = this.#log.definition.policies.reconnectWindowMs;
    const record = { connection: request.connection, frames: [welcome, ...caughtUp.frames], packed, after, windowMs, view: view.id };
    this.#gate.record(this.#log.head, resumed ? { ...record, resumes: id } : record);
    this.#gate.call(this.#log.head, (dropped) => {
      if (resumed) this.#resuming.delete(request.connection);
      if (dropped === undefined && this.#attached.get(id) === attached) this.#host.arrived(id, identity.id);
    });
  }

  #recipient(id: ParticipantId): Recipient | undefined {
    const entry = participantOf(this.#log.tree, id);
    return entry === undefined ? undefined : { id, name: entry.name, role: entry.role };
  }

  #report({ identity, position }: AttachRequest, connection: ConnectionId, how: 'snapshot' | 'tail' | 'regression'): void {
    const { observe } = this.#host;
    const session = this.#log.session;
    if (how === 'regression')
      observe({ kind: 'log-regression', session, participant: identity.id, clientSeq: position?.seq ?? 0, seq: this.#log.head });
    observe({ kind: 'attached', session, connection, participant: identity.id, with: how === 'tail' ? 'tail' : 'snapshot' });
  }

  /** The same client came back as another connection: the earlier one is over, whatever its socket says. */
  #endEarlier(id: ConnectionId, instance: InstanceId): void {
    const participant = this.#places.get(id)?.participant;
    const earlier = participant === undefined ? [] : this.#places.othersOf(id, participant, instance);
    if (earlier.length > 0) this.#end(earlier, 'replaced');
  }

  /** The numbers of an instance, for a command that comes without a connection; undefined where it was not issued to them. */
  numbering(participant: ParticipantId, instance: InstanceId, lowest: number): InstanceTurns | undefined {
    return this.#numbering.knows(participant, instance) ? this.#numbering.turnsOf(participant, instance, lowest) : undefined;
  }

  /** The connections of these participants that watch a view. */
  viewersAmong(participants: ReadonlySet<string>): Viewer[] {
    return [...this.#attached].flatMap(([connection, { participant, view }]) =>
      participants.has(participant) ? [{ connection, participant, view }] : [],
    );
  }

  // -- staying ----------------------------------------------------------------------------------------------------

  /** The client's view is not what the checkpoint said: it gets a snapshot, and the host is told. */
  heal(connection: ConnectionId, seq: Seq): void {
    const attached = this.#attached.get(connection);
    if (attached === undefined) return;
    this.#host.observe({ kind: 'view-diverged', session: this.#log.session, connection, participant: attached.participant, seq });
    attached.diverged += 1;
    if (attached.diverged > DIVERGED_MOST)
      return this.refuse(connection, refuse('internal', 'This client keeps differing from the session; update it.'));
    this.#beginAnew(connection, attached, { reason: 'diverged' });
  }

  /** The connection goes by a new credential: whether its participant may still be here is asked again. */
  renew(connection: ConnectionId, applicant: Pick<AttachRequest, 'identity' | 'member'>): void {
    const { id } = applicant.identity;
    if (this.#attached.get(connection)?.participant !== id) return;
    if (participantOf(this.#log.tree, id) === undefined) return this.refuse(connection, refuse('left'));
    const back = mayReturn(this.#log, applicant, this.#log.now());
    if (back === undefined) return;
    // A login is what gives another role: the client comes straight back with the new credential.
    this.refuse(connection, 'ok' in back ? back : refuse('unavailable', 'Your role here has changed; connect again.'));
  }

  /** The connection missed everything after `upTo`. */
  refresh(connection: ConnectionId, upTo: Seq): void {
    const attached = this.#attached.get(connection);
    if (attached === undefined) return;
    const position = this.#log.position(upTo);
    this.#catching.prepare(position, (older) => {
      if (this.#stopped || this.#attached.get(connection) !== attached) return;
      const { participant, view, since } = attached;
      const recipient = this.#recipient(participant);
      if (recipient === undefined) return;
      const anew = upTo < since ? attached.anew : undefined;
      // Who missed nothing has the whole table; with it, the answer could itself be too much at once, and so on for ever.
      const { id, list } = view.encoder.table;
      const table = upTo === this.#log.head ? { id, known: list.length } : undefined;
      const { frames } = this.#catching.catchUp({ position, table }, { view, recipient, anew, changedAt: since }, older);
      this.#gate.record(this.#log.head, { connection, frames, view: view.id });
    });
  }

  /**
   * From the last event on, this participant may see something else: the streams of their connections end there, and new
   * ones begin with a snapshot.
   */
  sightChanged(participant: ParticipantId): void {
    const recipient = this.#recipient(participant);
    if (recipient === undefined) return;
    for (const [connection, attached] of this.#attached) {
      if (attached.participant !== participant) continue;
      const before = attached.view;
      attached.view = this.#views.enter(sightOf(this.#log.definition, recipient));
      this.#beginAnew(connection, attached, { reason: 'sight-changed', participant: recipient });
      this.#views.leave(before);
    }
  }

  #beginAnew(connection: ConnectionId, attached: Attached, facts: SnapshotFacts & { readonly reason: NonNullable<Seer['anew']> }): void {
    const { head } = this.#log;
    const { frames } = this.#catching.snapshot(attached.view, facts);
    attached.since = head;
    attached.anew = facts.reason;
    this.#gate.record(head, { connection, frames, view: attached.view.id });
  }

  // -- going ------------------------------------------------------------------------------------------------------

  /** The transport is gone. The place is kept for the reconnect window. */
  detach(connection: ConnectionId): void {
    const resuming = this.#resuming.get(connection);
    this.#resuming.delete(connection);
    const id = resuming ?? connection;
    // Another transport has taken the connection over, which the host hears of with the welcome: this is news of an old one,
    // or of a try that was given up before it was answered.
    if (this.#isResumed(id)) return;
    this.#arriving.delete(id);
    const participant = this.#leaveView(id);
    this.#host.gone(id);
    if (this.#places.get(id) === undefined) return;
    this.#away.keep(id);
    if (participant !== undefined) this.#host.observe({ kind: 'detached', session: this.#log.session, connection: id, participant });
  }

  /** Whether another transport is taking the connection over. */
  #isResumed(connection: ConnectionId): boolean {
    for (const id of this.#resuming.values()) if (id === connection) return true;
    return false;
  }

  /** Ends a connection's transport with a code, after everything that it may still see. Its place is kept where it may come back. */
  refuse(connection: ConnectionId, refusal: Refusal): void {
    this.#endStream(connection);
    this.#gate.record(this.#log.head, endOfConnection(connection, refusal));
    const { then } = CODES[refusal.code];
    if (then === 'reconnect' || then === 'retry') this.#away.keep(connection);
    else this.#end([connection], refusal.code);
  }

  /** The internal side of a participant's leaving: all connections of theirs. Their streams end with the code. */
  endAllOf(participant: ParticipantId, code: CloseCode): Closing {
    return this.#endAll(code, this.#places.of(participant));
  }

  /** The same of everyone, when the session ends. Those whose login is over come to see how it ended. */
  endEveryone(code: CloseCode): Closing {
    return this.#endAll(
      code,
      this.#places.all.filter((id) => !this.#arriving.has(id)),
    );
  }

  #endAll(code: CloseCode, ids: readonly ConnectionId[]): Closing {
    const internal = this.#remove(ids);
    const close = (): void => {
      for (const id of ids) if (this.#endStream(id) !== undefined) this.#gate.record(this.#log.head, endOfConnection(id, refuse(code)));
    };
    return { ids, internal, close };
  }

  /** Every connection, for an end that waits for nothing. */
  takeAll(): ConnectionId[] {
    this.#stopped = true;
    this.#away.stop();
    const connections = [...this.#attached.keys(), ...[...this.#arriving.values()].map((request) => request.connection)];
    this.#attached.clear();
    this.#arriving.clear();
    return connections;
  }

  /** Its stream ends by an event: nobody is shown anything of that before the event is durable. */
  #endStream(id: ConnectionId): ParticipantId | undefined {
    const participant = this.#leaveView(id);
    if (participant === undefined) return undefined;
    this.#gate.call(this.#log.head, (dropped) => {
      if (dropped === undefined) this.#host.gone(id);
    });
    return participant;
  }

  #leaveView(id: ConnectionId): ParticipantId | undefined {
    const attached = this.#attached.get(id);
    if (attached === undefined) return undefined;
    this.#attached.delete(id);
    this.#views.leave(attached.view);
    return attached.participant;
  }

  /** Gives up the places of connections: one event for all, with the attendance of who has none left. */
  #end(ids: readonly ConnectionId[], reason: string): void {
    const known = ids.filter((id) => this.#places.get(id) !== undefined);
    if (known.length === 0) return;
    const who = new Set(known.map((id) => this.#places.get(id)?.participant as ParticipantId));
    const ops = this.#remove(known);
    const lost =
      reason === 'replaced' ? [] : [...who].filter((id) => this.#isGone(id) && participantOf(this.#log.tree, id)?.away === undefined);
    // A hook has its own seed and actor, so each of its runs needs its own event.
    const groups = this.#log.definition.hooks.onLeave === undefined || lost.length < 2 ? [lost] : lost.map((id) => [id]);
    const seqs = groups.map((group, index) => this.#lose(group, reason, index === 0 ? ops : []));
    const seq = seqs.at(-1) ?? this.#log.head;
    for (const id of known) {
      this.#endStream(id);
      if (reason === 'token-reused' || reason === 'replaced' || reason === 'lost')
        this.#gate.record(seq, endOfConnection(id, refuse(reason)));
    }
  }

  #lose(ids: readonly ParticipantId[], reason: string, internal: StoredOp[]): Seq {
    const at = this.#log.now();
    const hooked = ids[0] === undefined ? NO_EFFECT : this.#host.departure(ids[0], at);
    const lost = lossOf(this.#log, ids, reason);
    const effect = { ...hooked, meta: [...hooked.meta, ...lost.meta], messages: [...lost.messages, ...hooked.messages], result: undefined };
    const ops = [...internal, ...lost.internal];
    const side = attendanceActs(lost.messages, { seq: this.#log.head + 1, at, who: 'system' });
    const seq = this.#host.append({ who: 'system', kind: 'command', command: '@lost', at, effect, side, internal: ops });
    for (const participant of ids) this.#host.announce(seq, { kind: 'lost', session: this.#log.session, participant, reason, seq });
    return seq;
  }

  #isGone(participant: ParticipantId): boolean {
    return participantOf(this.#log.tree, participant) !== undefined && this.#places.count(participant) === 0;
  }

  /** Takes entries out of the tree; the ops still have to become part of an event. */
  #remove(ids: readonly ConnectionId[]): StoredOp[] {
    for (const id of ids) this.#away.forget(id);
    const gone = ids.flatMap((id) => this.#places.get(id) ?? []);
    const ops = this.#places.remove(ids);
    for (const { participant, instance } of gone) if (!this.#places.holds(participant, instance)) this.#numbering.forget(instance);
    return ops;
  }

  /** `changed` and `ops` are in the tree already. */
  #append(command: string, who: ParticipantId, changed: Attendance, ops: StoredOp[]): Seq {
    const effect = { ...NO_EFFECT, meta: changed.meta, messages: changed.messages };
    const at = this.#log.now();
    const side = attendanceActs(changed.messages, { seq: this.#log.head + 1, at, who });
    return this.#host.append({ who, kind: 'command', command, at, effect, side, internal: [...changed.internal, ...ops] });
  }
}

/** Whether all that a client has at its position came through the sight that it has now. */
function sawTheSame({ position, table }: AttachRequest, { sight }: View, changedAt: Seq): boolean {
  if (position === undefined) return true;
  return table !== undefined && markOfTable(table.id) === sight.mark && position.seq >= changedAt;
}

function entryOf(
  participant: ParticipantId,
  instance: InstanceId,
  issued: IssuedToken,
  kept: ConnectionEntry | undefined,
): ConnectionEntry {
  const entry = { participant, instance, token: issued.hash };
  return kept?.previous === undefined ? entry : { ...entry, previous: kept.previous };
}
