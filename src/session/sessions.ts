import { campaign } from '../access/campaign.ts';
import { operators, OPERATORS_SESSION, OPERATORS_TYPE } from '../access/operators.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { ClientFrame } from '../protocol/frames.ts';
import type { ConnectionId, LogId, ParticipantId, Seq, SessionId, Tag } from '../protocol/ids.ts';
import type { AttachRequest, Clock, ConnectionNotice, Identity, Random, SessionPort } from '../protocol/ports.ts';
import { GENESIS_HASH } from '../protocol/event.ts';
import type { ActQuery, ActRow, HistoryQuery, HistoryRow } from '../store/store-queries.ts';
import type { CatalogueQuery, CatalogueRow, Store } from '../store/store.ts';
import type { Seen } from './answers.ts';
import { base64url } from './base64url.ts';
import { Budgets } from './budgets.ts';
import { Committer, DEFAULT_RHYTHM } from './committer.ts';
import { firstState, type CreateRequest } from './creation.ts';
import type { UsableInvite } from './invites.ts';
import { DiskRoom } from './disk-room.ts';
import { endOfConnection } from './end-of-connection.ts';
import type { MissedMessagesPage, MissedRange } from './missed-messages.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import { asMissing, inviteIn, isIdentity, isRefusal, saysNothing } from './asking.ts';
import { CreationQuota, QUOTAS } from './quotas.ts';
import { Recoveries } from './recoveries.ts';
import { RecoveryTally } from './recovery-tally.ts';
import { Residence } from './residence.ts';
import type { SessionEvent } from './session-event.ts';
import type { Accepted } from './execution.ts';
import { LargeSnapshots } from './large-snapshots.ts';
import { rowOf } from './catalogue-fields.ts';
import { KeyedSessions } from './keyed-sessions.ts';
import { MemberPropagation } from './member-propagation.ts';
import { isCampaign, Membership, type Member } from './membership.ts';
import { Session } from './session.ts';
import type { Asker, ListedInvite, ObservedEvent, Origin, Person, SessionSurroundings, Standing } from './session-surroundings.ts';
import type { RunRequest, SessionCounts, SessionStatusReport, SessionsOptions } from './sessions-options.ts';
import { Sweeper } from './sweeper.ts';
import { emptyTree } from './tree.ts';

export type { RunRequest, SessionCounts, SessionStatusReport, SessionsOptions } from './sessions-options.ts';

/** So long a stop waits for large snapshots; they only save time. */
const SNAPSHOTS_AT_STOP_MS = 10_000;

/** All sessions of one server: creates, wakes, runs and reads them. The store is opened and closed by the owner of both. */
export class Sessions implements SessionPort {
  readonly #store: Store;
  readonly #definitions: ReadonlyMap<string, SessionDefinition>;
  readonly #openAccess: boolean;
  readonly #members: Membership;
  readonly #propagation: MemberPropagation;
  /** Connections whose membership is being asked for. */
  readonly #keyed: KeyedSessions;
  readonly #asking = new Set<ConnectionId>();
  readonly #random: Random;
  readonly #clock: Clock;
  readonly #committer: Committer;
  readonly #largeSnapshots: LargeSnapshots | undefined;
  readonly #around: SessionSurroundings;
  readonly #residence: Residence;
  /** What is done about sessions that cannot be trusted. */
  readonly recoveries: Recoveries;
  /** Gives up, puts away and deletes what its policies say. */
  readonly sweeper: Sweeper;
  /** What they use, and what they may. */
  readonly budgets: Budgets;
  readonly #sweepEveryMs: number | undefined;
  readonly #creationQuota: CreationQuota;
  readonly #observe: (event: SessionEvent) => void;
  readonly #watchers = new Set<(row: CatalogueRow) => void>();
  readonly #counts = { commands: 0, rejected: 0, events: 0 };
  readonly #tally = new RecoveryTally();
  readonly #room: DiskRoom;
  #startedAt = 0;
  #accepting = false;

  constructor(options: SessionsOptions) {
    this.#store = options.store;
    this.#definitions = new Map([...options.definitions, campaign, operators].map((definition) => [definition.name, definition]));
    this.#openAccess = options.openAccess === true;
    this.#random = options.random;
    this.#clock = options.clock;
    const observe = options.observe ?? (() => undefined);
    this.#members = new Membership({
      authorize: options.authorize,
      clock: options.clock,
      roleIn: (id, identity) => this.#roleIn(id, identity),
      failed: ({ action, session }, error) => observe({ kind: 'authorize-failed', action, session, error }),
    });
    this.#keyed = new KeyedSessions({
      get: (id) => this.#store.get(id),
      roleIn: (id, identity) => this.#roleIn(id, identity),
      usualAccess: (type) => this.#definitions.get(type)?.policies.access,
    });
    this.#propagation = new MemberPropagation(options.store, {
      roleIn: (id, participant) => this.roleOf(id, participant),
      apply: (id, participant, role) => this.run(id, { as: 'system', command: '@member', args: { participant, role } }),
    });
    this.#observe = (event) => {
      this.#tally.note(event);
      observe(event);
      if (event.kind === 'ended') this.sweeper.ended(this.#residence.find(event.session)?.type ?? '');
      if (event.kind === 'left' || event.kind === 'role-changed') this.#carry(event.session, event.participant);
    };
    this.#room = new DiskRoom(options.store, options.clock, (full) => this.#observe({ kind: 'disk-full', full }));
    this.budgets = new Budgets(options, () => this.#residence);
    this.#committer = new Committer(options.store, options.clock, { ...DEFAULT_RHYTHM, ...options.rhythm });
    this.#largeSnapshots = options.makeSnapshot && new LargeSnapshots({ ...options, make: options.makeSnapshot, observe: this.#observe });
    this.#around = this.#surroundings(options);
    this.#creationQuota = new CreationQuota(options.store, { ...QUOTAS, ...options.quotas });
    this.#residence = new Residence(this.#around, this.#definitions, options.sleepAfterMs ?? 60_000);
    const { store, clock, archives } = options;
    this.sweeper = new Sweeper({ store, clock, archives, definitions: this.#definitions, residence: this.#residence, observe });
    this.#sweepEveryMs = options.sweepEveryMs;
    this.recoveries = new Recoveries({ ...this.#around, definitions: this.#definitions, residence: this.#residence });
  }

  /** From now on requests are taken. */
  async start(): Promise<void> {
    await this.#residence.quarantines.load();
    this.#accepting = true;
    this.#startedAt = this.#clock.now();
    this.#residence.start();
    this.sweeper.start(this.#sweepEveryMs);
  }

  /** Refuses new work, ends every connection with a code that says to come back, finishes the batch, stores snapshots. */
  async stop(): Promise<void> {
    this.#accepting = false;
    await this.sweeper.stop();
    this.#room.stop();
    await this.#committer.drained();
    for (const session of this.#residence.awake()) session.closeAll(refuse('shutting-down'));
    await this.#residence.stop(this.#committer);
    await this.#largeSnapshots?.drained(SNAPSHOTS_AT_STOP_MS);
  }

  // -- connections ------------------------------------------------------------------------------------------------

  attach(session: SessionId, request: AttachRequest): void {
    if (!this.#accepting) return this.#refuseConnection(session, request.connection, refuse('shutting-down'));
    // Who was here before comes back whatever the server's budget says.
    const type = this.#residence.find(session)?.type;
    const overload = request.instance === undefined ? this.budgets.mayBegin(type) : undefined;
    if (overload === undefined) return this.#letIn(session, request);
    if (type !== undefined) return this.#refuseConnection(session, request.connection, overload);
    this.#asking.add(request.connection);
    void this.budgets.mayJoin(session).then((refusal) => {
      if (!this.#asking.delete(request.connection)) return;
      if (refusal === undefined) this.#letIn(session, request);
      else this.#refuseConnection(session, request.connection, refusal);
    });
  }

  #letIn(session: SessionId, request: AttachRequest): void {
    this.#residence.use(session, request.connection, (found) => {
      if (!(found instanceof Session)) this.#refuseLogin(session, request, found);
      else if (this.#members.isPlain(found.campaign, request.identity)) this.#attach(found, request);
      else this.#askAndAttach(found, request);
    });
  }

  /** Someone's membership is not the session's own knowledge: it is asked for at every login. */
  #askAndAttach({ id, type, campaign: belongsTo }: Session, request: AttachRequest): void {
    const { connection, identity } = request;
    this.#asking.add(connection);
    void this.#members.ofJoiner({ identity, session: id, type, campaign: belongsTo }).then((member) => {
      if (!this.#asking.delete(connection)) return;
      if (isRefusal(member)) return this.#refuseConnection(id, connection, asMissing(member, request.invite));
      // The session may have gone meanwhile.
      this.#residence.use(id, connection, (found) => {
        if (found instanceof Session) this.#attach(found, { ...request, member });
        else this.#refuseLogin(id, request, found);
      });
    });
  }

  receive(session: SessionId, connection: ConnectionId, frame: ClientFrame, bytes?: number): void {
    if (frame.t === 'command' || frame.t === 'diverged' || frame.t === 'presence')
      this.#residence.with(session, frame.t === 'command' ? frame.name : frame.t, (found) => found.receive(connection, frame, bytes));
  }

  refresh(session: SessionId, connection: ConnectionId, upTo: Seq): void {
    this.#residence.with(session, 'refresh', (found) => found.refresh(connection, upTo));
  }

  notice(session: SessionId, notice: ConnectionNotice): void {
    this.#residence.with(session, 'notice', (found) => found.notice(notice));
  }

  /** Whether its person may still be there, and as what, is asked as at a login. */
  renew(session: SessionId, connection: ConnectionId, identity: Identity): void {
    const settle = (member: Member | Refusal): void => {
      if (!isRefusal(member)) this.#residence.with(session, 'renew', (found) => found.renew(connection, { identity, member }));
      else if (!saysNothing(member)) this.#refuseConnection(session, connection, member);
    };
    // What cannot be asked now is at the next renewal, or at the next login.
    this.#memberFor(session, identity).then(settle, () => undefined);
  }

  detach(session: SessionId, connection: ConnectionId): void {
    this.#asking.delete(connection);
    this.#residence.forget(session, connection);
    this.#residence.with(session, 'detach', (found) => found.detach(connection));
  }

  /** A login that fails inside the session is answered all the same. */
  #attach(found: Session, request: AttachRequest): void {
    try {
      found.attach(request);
    } catch (error) {
      this.#refuseConnection(found.id, request.connection, refuse('unavailable'));
      throw error;
    }
  }

  /** Whoever runs a quarantined session is told what is wrong with it. */
  #refuseLogin(session: SessionId, { connection, identity, invite }: AttachRequest, refusal: Refusal): void {
    if (refusal.code !== 'quarantined') return this.#refuseConnection(session, connection, asMissing(refusal, invite));
    void this.#quarantined(session, identity.id).then((told) => this.#refuseConnection(session, connection, asMissing(told, invite)));
  }

  #quarantined(session: SessionId, who: ParticipantId): Promise<Refusal> {
    return this.#residence.quarantines.refusalFor(session, who).catch(() => refuse('not-found'));
  }

  #refuseConnection(session: SessionId, connection: ConnectionId, refusal: Refusal): void {
    this.#around.output.deliver({ session, upTo: 0, records: [endOfConnection(connection, refusal)], frames: [] });
  }

  // -- the host's requests ----------------------------------------------------------------------------------------

  /** Creates a session; resolves once its first event is durable. */
  async create(request: CreateRequest): Promise<Outcome<{ row: CatalogueRow }>> {
    if (!this.#accepting) return refuse('shutting-down');
    const overload = this.budgets.mayBegin(request.type);
    if (overload !== undefined && request.by !== 'system') return overload;
    return request.key === undefined
      ? this.#createWithin(request)
      : this.#keyed.findOrCreate(request, request.key, (id) => this.#createWithin({ ...request, session: id }));
  }

  #createWithin(request: CreateRequest): Promise<Outcome<{ row: CatalogueRow }>> {
    const { by, type } = request;
    return by === 'system' ? this.#create(request) : this.#creationQuota.within(by.id, type, () => this.#create(request));
  }

  async #create(request: CreateRequest): Promise<Outcome<{ row: CatalogueRow }>> {
    const definition = this.#definitionFor(request);
    if (definition === undefined) {
      const types = [...this.#definitions.keys()].filter((type) => type !== OPERATORS_TYPE);
      return refuse('unknown-type', `This server hosts no session type '${request.type}'; it hosts: ${types.join(', ')}.`);
    }
    if (this.#room.isFull) return refuse('disk-full');
    const fault = request.by === 'system' ? undefined : await this.#mayCreate(request.by, request);
    if (fault !== undefined) return fault;
    const origin = request.from === undefined ? undefined : await this.#origin(request.from, request);
    if (origin !== undefined && !origin.ok) return origin;
    // A campaign is known to its members alone.
    const asked = isCampaign(request.type) ? { ...request, listed: false } : request;
    const given = { openAccess: this.#openAccess, from: origin };
    const first = this.#watched(`initial of ${definition.name}`, () => firstState(definition, asked, this.#clock.now(), given));
    if (!first.ok) return first;
    const id = request.session ?? (base64url(this.#random.bytes(16)) as SessionId);
    if ((await this.#store.get(id)) !== undefined) return refuse('bad-request', 'A session with this id exists already.');
    const session = this.#newSession(id, definition);
    const dropped = await new Promise<Refusal | undefined>((settle) => {
      session.create(
        first.meta,
        first.state,
        base64url(this.#random.bytes(32)),
        request.by === 'system' ? 'system' : request.by.id,
        settle,
      );
    });
    if (dropped !== undefined) return dropped;
    this.#observe({ kind: 'created', session: id, type: definition.name, who: request.by === 'system' ? 'system' : request.by.id });
    return this.#row(id);
  }

  /** Code of a definition that runs for no session yet. */
  #watched<T>(what: string, work: () => T): T {
    const { watch } = this.#around;
    watch?.enter('-' as SessionId, what);
    try {
      return work();
    } finally {
      watch?.leave();
    }
  }

  /** The session of the operators is made by the server alone, and is the only one of its type. */
  #definitionFor({ type, by, session }: CreateRequest): SessionDefinition | undefined {
    const isOurs = by === 'system' && session === OPERATORS_SESSION;
    return isOurs === (type === OPERATORS_TYPE) ? this.#definitions.get(type) : undefined;
  }

  /**
   * Runs a command as the host (`system`) or as a participant; resolves once it is durable. With the `instance` that a login
   * issued to the participant and a `number`, exactly once: the same again gets the first answer.
   */
  async run(session: SessionId, request: RunRequest): Promise<Outcome<Accepted>> {
    const { as, command, ...rest } = request;
    const overload =
      command === '@join' && this.budgets.mayBegin(undefined) !== undefined ? await this.budgets.mayJoin(session) : undefined;
    if (overload !== undefined) return overload;
    const member = command === '@join' && isIdentity(as) ? await this.#memberFor(session, as) : undefined;
    if (isRefusal(member)) return asMissing(member, inviteIn(rest.args));
    return this.#withSession(
      session,
      (found, settle) => found.run(as, { ...rest, member, name: command }, settle),
      isIdentity(as) ? as.id : undefined,
    );
  }

  /** What someone is to a session and may do there, once it is durable. */
  async roleOf(session: SessionId, who: ParticipantId): Promise<Outcome<Standing>> {
    return this.#withSession(session, (found, settle) => found.answers.roleOf(who, settle), who);
  }

  /** Everyone who takes part, the audience included, for those who run the session ('system': the host). */
  async people(session: SessionId, as: ParticipantId | 'system'): Promise<Outcome<{ people: readonly Person[] }>> {
    return this.#withSession(session, (found, settle) => found.answers.people(as, settle), as);
  }

  /** The invite that a token of this hash (SHA-256, base64url) opens now. */
  async invite(session: SessionId, hash: string): Promise<Outcome<{ invite: UsableInvite }>> {
    return this.#withSession(session, (found, settle) => found.answers.invite(hash, settle));
  }

  /** Every invite to a session, for those who may invite ('system': the host). */
  async invites(session: SessionId, as: ParticipantId | 'system'): Promise<Outcome<{ invites: readonly ListedInvite[] }>> {
    return this.#withSession(session, (found, settle) => found.answers.invites(as, settle), as);
  }

  /** Ends a session for good. Its state stays readable. */
  async end(session: SessionId, by: Asker, reason?: string): Promise<Outcome<Accepted>> {
    return this.run(session, { as: by, command: '@end', args: reason ?? null });
  }

  /** Stores a snapshot of a session now; resolves with the seq of the newest one. */
  async snapshot(session: SessionId): Promise<Outcome<{ seq: Seq }>> {
    return this.#withSession(session, (found, settle) => found.snapshot(settle));
  }

  /** The session as `as` may see it ('system': everything), at a durable position. */
  async read(session: SessionId, as: ParticipantId | 'system'): Promise<Outcome<Seen>> {
    return this.#withSession(session, (found, settle) => found.answers.read(as, settle), as);
  }

  /** The messages that `as` missed in a range of events, a page at a time. */
  async missed(session: SessionId, as: ParticipantId, range: MissedRange): Promise<Outcome<MissedMessagesPage>> {
    return this.#withSession(session, (found, settle) => found.answers.missed(as, range, settle), as);
  }

  /** Who did what to whom, newest first; in detail it stands in the logs. */
  acts(query: ActQuery): Promise<readonly ActRow[]> {
    return this.#store.acts(query);
  }

  /** History records, latest start first; they outlive what they are of. */
  history(query: HistoryQuery): Promise<readonly HistoryRow[]> {
    return this.#store.history(query);
  }

  /** The catalogue's row; undefined when there is no such session. */
  get(session: SessionId): Promise<CatalogueRow | undefined> {
    return this.#store.get(session);
  }

  /** What operators did is listed nowhere. */
  async list(query: CatalogueQuery): Promise<readonly CatalogueRow[]> {
    return (await this.#store.list(query)).filter(({ session }) => session !== OPERATORS_SESSION);
  }

  /** The rev of the last removal of a stored session: a list that is resumed from before it misses that one is gone. */
  removedRev(): Promise<number> {
    return this.#store.removedRev();
  }

  /** Calls `watcher` with every row that changes, after the change is durable. */
  watchCatalogue(watcher: (row: CatalogueRow) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Calls `observer` for every event of an awake session once it is durable; keeps the session awake. */
  async observeSession(session: SessionId, observer: (event: ObservedEvent) => void): Promise<Outcome<{ stop: () => void }>> {
    return this.#withSession(session, (found, settle) => settle({ ok: true, stop: found.observe(observer) }));
  }

  status(session: SessionId): SessionStatusReport {
    const found = this.#residence.find(session);
    const quarantine = this.#residence.quarantines.find(session);
    const recovery = this.#residence.reportOf(session);
    const budget = found?.budget?.report();
    return {
      awake: found !== undefined,
      connections: found?.connections ?? 0,
      health: quarantine === undefined ? (budget?.health ?? 'ok') : 'quarantined',
      ...(budget === undefined ? {} : { budget }),
      ...(quarantine === undefined ? {} : { damage: { seq: quarantine.seq + 1, reason: quarantine.reason }, quarantine }),
      ...(recovery === undefined ? {} : { recovery }),
    };
  }

  counts(): SessionCounts {
    const awake = this.#residence.awake();
    const connections = awake.reduce((sum, session) => sum + session.connections, 0);
    return {
      awake: awake.length,
      connections,
      ...this.#counts,
      ...this.#tally.counts(),
      commits: this.#committer.commits,
      quarantined: this.#residence.quarantines.size,
    };
  }

  /** `asker`: to whom a session that is not served may have to look missing. */
  #withSession<T>(
    id: SessionId,
    use: (session: Session, settle: (outcome: Outcome<T>) => void) => void,
    asker: ParticipantId | 'system' = 'system',
  ): Promise<Outcome<T>> {
    if (!this.#accepting) return Promise.resolve(refuse('shutting-down'));
    return new Promise((settle) => {
      this.#residence.use(id, undefined, (found) => {
        if (!(found instanceof Session))
          return settle(asker === 'system' || found.code !== 'quarantined' ? found : this.#quarantined(id, asker));
        try {
          use(found, settle);
        } catch (error) {
          settle(refuse('unavailable'));
          throw error;
        }
      });
    });
  }

  // -- membership -------------------------------------------------------------------------------------------------

  #mayCreate(identity: Identity, { type, campaign: belongsTo = null }: CreateRequest): Promise<Refusal | undefined> {
    if (belongsTo !== null && isCampaign(type)) return Promise.resolve(refuse('bad-request', 'A campaign belongs to no campaign.'));
    return this.#members.ofCreator({ identity, type, campaign: belongsTo });
  }

  /** The state of an earlier session of the same type, for someone who runs that one. */
  async #origin({ session }: NonNullable<CreateRequest['from']>, { by, type }: CreateRequest): Promise<Outcome<Origin>> {
    return this.#withSession(session, (found, settle) => found.answers.origin(by === 'system' ? 'system' : by.id, type, settle));
  }

  async #memberFor(session: SessionId, identity: Identity): Promise<Member | Refusal> {
    const row = await this.#store.get(session);
    if (row === undefined) return refuse('not-found');
    const { type, campaign: belongsTo } = row;
    return this.#members.isPlain(belongsTo, identity)
      ? undefined
      : this.#members.ofJoiner({ identity, session, type, campaign: belongsTo });
  }

  async #roleIn(id: SessionId, identity: Identity): Promise<Outcome<{ role: string | null; isOwner: boolean; archived: boolean }>> {
    return this.#withSession(id, (found, settle) => {
      if (!isCampaign(found.type)) return settle(refuse('not-found'));
      const archived = found.log.tree.state['archived'] === true;
      found.answers.roleOf(identity.id, (outcome) => settle(outcome.ok ? { ...outcome, archived } : outcome));
    });
  }

  #carry(session: SessionId, participant: ParticipantId): void {
    if (!this.#accepting || !isCampaign(this.#residence.find(session)?.type ?? '')) return;
    // Not carried now, it is at the next login.
    this.#propagation.carry(session, participant).catch(() => undefined);
  }

  #newSession(id: SessionId, definition: SessionDefinition): Session {
    const logId = base64url(this.#random.bytes(8)) as LogId;
    const tag = base64url(this.#random.bytes(8)) as Tag;
    const start = {
      session: id,
      definition,
      logId,
      epoch: 1,
      tag,
      tree: emptyTree(),
      head: 0,
      hash: GENESIS_HASH,
      fields: undefined,
      fromSnapshot: 0,
    };
    const session = new Session(start, this.#around);
    this.#residence.add(session);
    return session;
  }

  async #row(id: SessionId): Promise<Outcome<{ row: CatalogueRow }>> {
    const row = await this.#store.get(id);
    return row === undefined ? refuse('unavailable') : { ok: true, row };
  }

  // -- what sessions share ----------------------------------------------------------------------------------------

  #surroundings(options: SessionsOptions): SessionSurroundings {
    return {
      store: options.store,
      clock: options.clock,
      random: options.random,
      output: options.output,
      committer: this.#committer,
      durability: options.durability,
      quotas: { ...QUOTAS, ...options.quotas },
      heartbeatMs: options.heartbeatMs ?? 15_000,
      pack: options.pack,
      largeSnapshots: this.#largeSnapshots,
      budgets: this.budgets.shared,
      overBudget: (session, reason) => this.#residence.overBudget(session, reason),
      observe: this.#observe,
      announce: options.announce,
      isFull: () => this.#room.isFull,
      startedAt: () => this.#startedAt,
      dropped: (session, result) => {
        this.#residence.remove(session);
        const reason =
          result.outcome === 'failed'
            ? result.message
            : result.outcome === 'refused'
              ? result.reason
              : `epoch ${result.epoch}, seq ${result.seq}`;
        this.#observe({ kind: 'append-failed', session: session.id, seq: session.log.durable, outcome: result.outcome, reason });
        if (result.outcome === 'failed' && result.full) this.#room.ranOut();
      },
      crashed: (session, what, error) => this.#residence.crashed(session, what, error),
      watch: options.watch,
      rowChanged: (session, rev) => this.#rowChanged(session, rev),
      count: (what) => void (this.#counts[what] += 1),
    };
  }

  #rowChanged({ id, log }: Session, rev: number): void {
    const { fields } = log;
    if (fields === undefined || this.#watchers.size === 0 || id === OPERATORS_SESSION) return;
    const row = rowOf(id, log, fields, rev);
    for (const watcher of this.#watchers) {
      try {
        watcher(row);
      } catch (error) {
        // The host's code is none of the session's.
        this.#observe({ kind: 'handler-failed', session: id, command: '@watch', participant: 'system', error });
      }
    }
  }
}
