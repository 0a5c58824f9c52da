import { createClient, HoldfastError, type Client, type Session, type SessionStatus } from '../../client/index.ts';
import { CODES, type Code } from '../../protocol/codes.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { Random } from '../../protocol/ports.ts';
import { Gate } from './gate.ts';
import type { HistoryFact } from './history.ts';
import type { Person } from './person.ts';
import { SimulatedClock, type WallClock } from './simulated-clock.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** An application that could not join tries again after so long. */
const JOIN_AGAIN_MS = 5_000;
/** Whoever is told these is not there any more, whatever they want. */
const OVER: ReadonlySet<string> = new Set([
  'left',
  'kicked',
  'banned',
  'ended',
  'replaced',
  'not-found',
  'forbidden',
  'locked',
  'full',
  'token-reused',
]);

export type PageOptions = {
  /** In the history. */
  readonly name: string;
  readonly person: Person;
  readonly time: SimulatedTime;
  readonly wall: WallClock;
  readonly network: SimulatedNetwork;
  readonly random: Random;
  /** What an earlier page of the tab left. */
  readonly kept: string | undefined;
  readonly tell: (fact: HistoryFact) => void;
  readonly nextAsk: () => number;
  /** Names of the messages that commands send. */
  readonly messages: () => readonly string[];
};

/** A session that its person wants to be in. */
type Place = { session: Session | undefined; isJoining: boolean; cancel?: () => void };

/** One page of a person, with the real client in it. */
export class SimulatedPage {
  readonly name: string;
  readonly gate: Gate;
  readonly clock: SimulatedClock;
  readonly #options: PageOptions;
  readonly #client: Client;
  readonly #places = new Map<SessionId, Place>();
  /** What was joined last, also when it is over: an ended session may still be read. */
  readonly #shown = new Map<SessionId, Session>();
  #leave: () => string | undefined = () => undefined;
  #wakes: (() => void)[] = [];
  #last: SessionId | undefined;

  constructor(options: PageOptions) {
    const { name, person, time, wall, network, random, tell } = options;
    this.name = name;
    this.#options = options;
    this.gate = new Gate(time);
    this.clock = new SimulatedClock(time, this.gate, wall);
    const log = (level: string) => (message: string) => tell({ kind: 'log', server: name, level, message: String(message) });
    this.#client = createClient({
      url: 'http://simulated.test',
      token: person.name,
      clock: this.clock,
      random,
      webSocket: network.openSocket(person.name, this),
      fetch: network.fetch(person.name, this),
      transports: person.transport,
      wake: (fn) => {
        this.#wakes.push(fn);
        return () => {
          this.#wakes = this.#wakes.filter((other) => other !== fn);
        };
      },
      input: () => () => undefined,
      reload: (_key, read) => {
        this.#leave = read;
        return options.kept;
      },
      logger: { warn: log('warn'), error: log('error') },
    });
  }

  /** The session that was joined last. */
  get session(): Session | undefined {
    return this.#last && this.#places.get(this.#last)?.session;
  }

  /** Sessions that this page is in, or tries to come into. */
  get wanted(): readonly SessionId[] {
    return [...this.#places.keys()];
  }

  in(id: SessionId): Session | undefined {
    return this.#places.get(id)?.session;
  }

  /** What a page that comes after this one, or beside it, finds. */
  get kept(): string | undefined {
    return this.#leave();
  }

  create(type: string, options: NonNullable<Parameters<Client['sessions']['create']>[1]>): ReturnType<Client['sessions']['create']> {
    return this.#client.sessions.create(type, options);
  }

  join(id: SessionId): void {
    this.#last = id;
    const place = this.#places.get(id);
    if (place?.isJoining === true || (place?.session !== undefined && !isOver(place.session.status))) return;
    place?.cancel?.();
    const fresh: Place = { session: undefined, isJoining: true };
    this.#places.set(id, fresh);
    this.#client.join(id).then(
      (session) => this.#joined(id, fresh, session),
      (error: unknown) => this.#notJoined(id, fresh, error),
    );
  }

  leave(): void {
    const { session } = this;
    if (this.#last !== undefined) this.#forget(this.#last);
    void session?.leave();
  }

  run(table: 'commands' | 'manage', name: string, args: JsonValue | undefined): number {
    const { session } = this;
    if (session === undefined) return -1;
    const { tell, nextAsk } = this.#options;
    const ask = nextAsk();
    tell({ kind: 'asked', ask, client: this.name, session: session.id, name, args: args ?? null });
    // By name, whatever the type of the session says.
    const run = (session[table] as Readonly<Record<string, (args?: JsonValue) => Promise<JsonValue | undefined | void>>>)[name];
    if (run === undefined) return ask;
    run(args).then(
      (result) =>
        tell({ kind: 'answered', ask, client: this.name, ok: true, ...(result === undefined ? {} : { result }), seqNow: session.seq }),
      (error: unknown) => tell({ kind: 'answered', ask, client: this.name, ok: false, code: codeOf(error), seqNow: session.seq }),
    );
    return ask;
  }

  setPresence(activity: string | undefined): void {
    this.session?.setPresence({ activity: activity === undefined ? null : { name: activity } });
  }

  sleep(): void {
    this.gate.shut();
  }

  wake(): void {
    if (this.gate.isOpen || this.gate.isGone) return;
    this.gate.open();
    for (const fn of this.#wakes) this.gate.pass(fn);
  }

  /** Ends its connections without leaving. */
  close(): void {
    for (const id of this.wanted) this.#forget(id);
    this.#client.close();
  }

  /** The page is no more. */
  end(): void {
    for (const id of this.wanted) this.#forget(id);
    this.gate.end();
    this.#options.network.clientEnded(this);
  }

  /** Writes down what is seen now. */
  takeViews(): void {
    for (const [id, { session }] of this.#places) {
      if (session === undefined) continue;
      const { seq, self, meta, state, presence } = session;
      // What is shown stays as it is; what the history says must not change with it.
      const view = { meta, state, presence } as unknown;
      const { meta: m, state: s, presence: p } = JSON.parse(JSON.stringify(view)) as Record<'meta' | 'state' | 'presence', JsonValue>;
      this.#options.tell({ kind: 'view', client: this.name, session: id, seq, role: self.role, meta: m, state: s, presence: p });
    }
  }

  #joined(id: SessionId, place: Place, session: Session): void {
    place.isJoining = false;
    if (this.#places.get(id) !== place) return void session.leave();
    place.session = session;
    this.#follow(id, session);
  }

  /** As an application does that shows a button for it, which somebody presses. */
  #notJoined(id: SessionId, place: Place, error: unknown): void {
    place.isJoining = false;
    const code = codeOf(error);
    this.#tellStatus(id, `not joined ${code}`);
    if (this.#places.get(id) !== place) return;
    if (OVER.has(code)) this.#forget(id);
    else this.#joinLater(id, place);
  }

  #follow(id: SessionId, session: Session): void {
    const { tell, messages } = this.#options;
    let shown = '';
    // Who came back before the session of before had left shows the new one.
    const isShown = (): boolean => this.#shown.get(id) === session;
    this.#shown.set(id, session);
    const changed = (): void => {
      const { seq, status } = session;
      if (!isShown()) return;
      if (shown === `${seq} ${status.state}`) return;
      shown = `${seq} ${status.state}`;
      tell({ kind: 'changed', client: this.name, session: id, seq, status: status.state });
    };
    const statusChanged = (status: SessionStatus): void => {
      if (isShown()) this.#tellStatus(id, tellStatus(status));
      if (isOver(status)) this.#over(id, session, status);
    };
    session.subscribe(changed);
    session.on('status', statusChanged);
    for (const name of messages())
      session.on(name, (payload) => isShown() && tell({ kind: 'message', client: this.name, session: id, name, payload }));
    statusChanged(session.status);
    changed();
  }

  /** What ended for a reason that passes is begun again. */
  #over(id: SessionId, session: Session, status: SessionStatus): void {
    const place = this.#places.get(id);
    if (place?.session !== session || place === undefined) return;
    const code = status.state === 'closed' ? status.reason.code : 'ended';
    if (OVER.has(code)) this.#forget(id);
    else this.#joinLater(id, place);
  }

  #joinLater(id: SessionId, place: Place): void {
    place.cancel = this.clock.startTimer(JOIN_AGAIN_MS, () => this.#places.get(id) === place && this.join(id));
  }

  #forget(id: SessionId): void {
    this.#places.get(id)?.cancel?.();
    this.#places.delete(id);
  }

  #tellStatus(session: SessionId, status: string): void {
    this.#options.tell({ kind: 'status', client: this.name, session, status });
  }
}

function isOver({ state }: SessionStatus): boolean {
  return state === 'ended' || state === 'closed';
}

function tellStatus(status: SessionStatus): string {
  const reason = status.state === 'ended' ? undefined : 'reason' in status ? status.reason?.code : undefined;
  return reason === undefined ? status.state : `${status.state} ${reason}`;
}

function codeOf(error: unknown): Code | 'failed' {
  return error instanceof HoldfastError && error.code in CODES ? (error.code as Code) : 'failed';
}
