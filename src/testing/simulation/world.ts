import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { Clock } from '../../protocol/ports.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { Session } from '../../client/index.ts';
import type { CrashPoint, FaultKind, History } from './history.ts';

/** Someone with devices. `name` is the participant's id as well; the first GM creates the sessions. */
export type Person = {
  readonly name: string;
  readonly role: 'gm' | 'player' | 'spectator';
  readonly transport: 'websocket' | 'sse';
};

export type WorldOptions = {
  readonly seed: number;
  readonly definition: SessionDefinition | readonly SessionDefinition[];
  /** Default `full`. */
  readonly durability?: 'full' | 'normal' | undefined;
  readonly people: readonly Person[];
  /** How many machines there are; one server is up at a time unless one is frozen. Default 2. */
  readonly servers?: number | undefined;
};

export type AppendFate = 'written' | 'lost' | 'unknown';
export type EventPart = 'content' | 'header' | 'hash';
export type Towards = 'client' | 'server';

export interface SimulatedServer {
  readonly name: string;
  readonly state: 'down' | 'up' | 'frozen';
  /** Begins at once; is `up` when history says `started`. Does nothing unless down. */
  start(): void;
  /** In order: drains first. Begins at once; done when history says `stopped`. */
  stop(): void;
  crash(): void;
  freeze(): void;
  thaw(): void;
  /** Ends it at the next occurrence of that point. */
  crashAt(point: CrashPoint): void;
}

export interface SimulatedDisk {
  /** Unsynced events are gone; all servers are crashed. */
  powerCut(): void;
  /** What becomes of the next append (with `times`: the next ones). `unknown`: it never answers until the store is opened anew. */
  failNext(fate: AppendFate, times?: number): void;
  full(isFull: boolean): void;
  /** Each write takes so long; 0 ends it. */
  slow(ms: number): void;
  /** False when there is no such event. */
  corrupt(session: SessionId, seq: number, part: EventPart): boolean;
  /** The log goes backwards by `count` events. How many were lost. */
  loseTail(session: SessionId, count: number): number;
  /** The next reads fail. */
  failReads(times: number): void;
  /** Ends `full`, `slow` and what is still to fail; what is corrupt or lost stays so. */
  heal(): void;
  headOf(session: SessionId): number;
}

export interface SimulatedNetwork {
  delay(who: string, minMs: number, maxMs: number): void;
  stall(who: string, ms: number, towards?: Towards): void;
  cut(who: string): void;
  halfOpen(who: string): void;
  /** For new connections and requests of everyone. */
  refuse(isRefused: boolean): void;
  /** The next requests of this person arrive twice (SSE + POST alone). */
  duplicate(who: string, times?: number): void;
  /** The next request of this person arrives after the one that follows it. */
  reorder(who: string, times?: number): void;
  /** The person reads so many bytes a second; Infinity ends it. */
  slowReader(who: string, bytesPerSecond: number): void;
  /** Ends all faults: what is half-open stays so, everything else flows. */
  heal(): void;
}

export interface SimulatedClient {
  readonly person: Person;
  /** The one that was joined last. */
  readonly session: Session | undefined;
  /** Which of `world.sessions`. Default 0. */
  join(sessionIndex?: number): void;
  leave(): void;
  /** The number of the ask: history tells its answer. -1 while no session is joined. */
  send(name: string, args: JsonValue): number;
  setPresence(activity?: string): void;
  /** A new page with what the old one kept. */
  reload(): void;
  /** A second page with what the first one kept, which a browser gives to a duplicate at times; the first goes on. */
  duplicateTab(): void;
  /** The device sleeps: no timers, nothing is read. */
  sleep(ms: number): void;
  /** Ends its connections without leaving. */
  close(): void;
  /** An act of `session.manage`. The number of the ask. */
  manage(act: string, args?: JsonValue): number;
}

/** Everything that a run happens in: made with `new SimulatedWorld(options)`. */
export declare class SimulatedWorld {
  constructor(options: WorldOptions);
  readonly clock: Clock;
  readonly history: History;
  readonly network: SimulatedNetwork;
  readonly disk: SimulatedDisk;
  readonly servers: readonly SimulatedServer[];
  readonly clients: readonly SimulatedClient[];
  /** One of each definition, created by the first GM. */
  readonly sessions: readonly SessionId[];
  /** First server up, sessions created. Nobody has joined yet. */
  start(): Promise<void>;
  /** Time passes; all that is due happens in a deterministic order. */
  advance(ms: number): Promise<void>;
  /** All faults over, a server up, time passes until every client that wants to be there is live and has the head. False: it never came. */
  quiet(limitMs: number): Promise<boolean>;
  /** Stops everything; nothing is left. */
  end(): Promise<void>;
  /** Servers that start from now on host these. */
  deploy(definitions: readonly SessionDefinition[]): void;
  /** The wall clocks of all servers (or of all clients) jump. */
  jumpClock(ms: number, whose?: 'servers' | 'clients'): void;
  /** Writes where every client stands into the history. */
  takeViews(): void;
  /** How often each took effect so far. */
  readonly faults: Readonly<Partial<Record<FaultKind, number>>>;
}
