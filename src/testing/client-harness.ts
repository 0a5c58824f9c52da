import { createClient, type Client, type ClientOptions, type Session } from '../client/index.ts';
import type { ServerFrame, SnapshotFrame, TailFrame, WelcomeFrame } from '../protocol/frames.ts';
import type { ConnectionId, InstanceId, LogId, ParticipantId, Position, Seq, SessionId, Tag } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { tinyTabletop } from './tiny-tabletop.ts';
import { HandNetwork, type HandConnection } from './hand-socket.ts';
import { settle } from './settle-adapter.ts';
import { VirtualClock } from './virtual-clock.ts';

export const TABLE = 'mW3mPB7HkTj0q1bXUz2y4g' as SessionId;
export const HEARTBEAT_MS = 15_000;

export function positionAt(seq: Seq, more: { logId?: string; tag?: string } = {}): Position {
  return { logId: (more.logId ?? 'log-1') as LogId, seq, tag: (more.tag ?? 'tag-1') as Tag };
}

export function metaOf(participants: Record<string, string> = { mira: 'gm' }, more: JsonObject = {}): JsonObject {
  const entries = Object.entries(participants).map(([id, role]) => [id, { name: id, role, joinedSeq: 2 }]);
  return { type: 'tabletop', name: 'Friday night', status: 'active', owner: 'mira', participants: Object.fromEntries(entries), ...more };
}

export const TABLE_STATE = { title: 'table', tokens: { marlin: { x: 1, y: 2 } }, rolls: [] };

export function welcome(more: Partial<WelcomeFrame> = {}): WelcomeFrame {
  return {
    t: 'welcome',
    version: 1,
    connection: 'connection-1' as ConnectionId,
    instance: 'instance-1' as InstanceId,
    participant: { id: 'mira' as ParticipantId, name: 'mira', role: 'gm' },
    session: { id: TABLE, type: 'tabletop', version: 1 },
    settled: 0,
    reconnect: 'token-1',
    resumed: false,
    windowMs: 30_000,
    tag: 'tag-1' as Tag,
    durability: 'full',
    heartbeatMs: HEARTBEAT_MS,
    now: 0,
    ...more,
  };
}

export function snapshot(seq: Seq, more: Partial<SnapshotFrame> = {}): SnapshotFrame {
  return {
    t: 'snapshot',
    position: positionAt(seq),
    reason: 'joined',
    meta: metaOf(),
    state: TABLE_STATE,
    paths: [1, 0],
    ...more,
  };
}

export function tail(seq: Seq, more: Partial<TailFrame> = {}): TailFrame {
  return { t: 'tail', seq, events: [seq], ...more };
}

/** What a server says to one who comes for the first time, with everything up to seq 10. */
export function firstFrames(): ServerFrame[] {
  return [welcome(), snapshot(10), tail(10)];
}

/** A client whose server is the test, and whose time stands still. */
export class ClientHarness {
  readonly clock = new VirtualClock();
  readonly network = new HandNetwork();
  readonly log: string[] = [];
  readonly client: Client;
  #wakes: ((what?: 'offline') => void)[] = [];

  constructor(options: Partial<ClientOptions> = {}) {
    this.client = createClient({
      url: 'http://server.test',
      token: 'token-1',
      clock: this.clock,
      // The middle of the range: a wait is three quarters of the whole.
      random: { bytes: (count) => new Uint8Array(count).fill(128).fill(0, 1) },
      webSocket: this.network.open,
      transports: 'websocket',
      wake: (fn) => {
        this.#wakes.push(fn);
        return () => {
          this.#wakes = this.#wakes.filter((other) => other !== fn);
        };
      },
      logger: { warn: (message) => this.log.push(message), error: (message) => this.log.push(message) },
      ...options,
    });
  }

  get connection(): HandConnection {
    return this.network.last;
  }

  /** The network is said to be back, or to be gone. */
  wake(what?: 'offline'): void {
    for (const fn of this.#wakes) fn(what);
  }

  /** Joins, the server saying `frames`. */
  async join(frames: ServerFrame[] = firstFrames(), id: string = TABLE): Promise<Session<typeof tinyTabletop>> {
    const joining = this.client.join<typeof tinyTabletop>(id);
    await settle();
    this.connection.accept();
    this.connection.say(...frames);
    return joining;
  }

  /** After a loss: waits out the pause and lets the server say `frames` on the new connection. */
  async comeBack(frames: ServerFrame[]): Promise<HandConnection> {
    const before = this.connection;
    for (let waitedMs = 0; this.connection === before && waitedMs < 5_000; waitedMs += 50) {
      this.clock.advance(50);
      await settle();
    }
    if (this.connection === before) throw new Error('the client did not try again');
    this.connection.accept();
    this.connection.say(...frames);
    return this.connection;
  }
}
