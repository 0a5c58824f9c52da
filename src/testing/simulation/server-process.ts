import { createServer, type Logger, type Server } from '../../server/index.ts';
import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { ParticipantId, SessionId } from '../../protocol/ids.ts';
import type { Random } from '../../protocol/ports.ts';
import { deflateRawSync } from 'node:zlib';
import { Gate } from './gate.ts';
import type { CrashPoint, HistoryFact } from './history.ts';
import { SimulatedClock, type WallClock } from './simulated-clock.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { SimulatedStore, type StoreHost } from './simulated-store.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** A read of the disk and a write to it take up to so long. */
const READ_MS = 0.5;
const WRITE_MS = 3;
/** Small, so that slow readers are met in small sessions. */
const SUSPEND_ABOVE = 16 * 1024;
/** So much may be under way to a slow reader, in bytes, and what one delivery holds besides. */
export const MAX_UNSENT = 512 * 1024;

export type ProcessOptions = {
  readonly name: string;
  readonly time: SimulatedTime;
  readonly wall: WallClock;
  readonly disk: SimulatedDisk;
  readonly random: Random;
  readonly definitions: readonly SessionDefinition[];
  /** Who may sign in: a name is a credential. */
  readonly people: ReadonlySet<string>;
  readonly tell: (fact: HistoryFact) => void;
  /** True when it is to end at this point. */
  readonly endsAt: (point: CrashPoint) => boolean;
  readonly onClaim: (process: ServerProcess, session: SessionId) => void;
};

/** One process of the real server, and all that reaches it and that it reaches. Once it has ended nothing of it takes effect any more. */
export class ServerProcess implements StoreHost {
  readonly name: string;
  readonly gate: Gate;
  readonly clock: SimulatedClock;
  readonly server: Server;
  readonly #options: ProcessOptions;
  readonly #store: SimulatedStore;
  #arrivedAt: readonly CrashPoint[] = [];
  #sentAt = -1;
  isStopping = false;

  constructor(options: ProcessOptions) {
    const { name, time, wall, disk, random, definitions } = options;
    this.name = name;
    this.#options = options;
    this.gate = new Gate(time);
    this.clock = new SimulatedClock(time, this.gate, wall);
    this.#store = new SimulatedStore(disk, this);
    this.server = createServer({
      sessions: definitions,
      store: this.#store,
      port: null,
      clock: this.clock,
      random,
      openAccess: true,
      pack: (text) => Promise.resolve(deflateRawSync(text, { level: 1 })),
      logger: this.#logger(),
      suspendAbove: SUSPEND_ABOVE,
      maxUnsent: MAX_UNSENT,
      auth: {
        kind: 'names',
        verify: async (token) =>
          options.people.has(token)
            ? { ok: true, identity: { id: token as ParticipantId, name: token, claims: {} } }
            : { ok: false, message: 'Nobody has this name.' },
      },
    });
  }

  get isGone(): boolean {
    return this.gate.isGone;
  }

  /** Ends at once. What it was writing is written, or not. */
  end(isWritten: boolean): void {
    this.gate.end();
    this.#store.ended(isWritten);
  }

  soon(what: 'read' | 'write', happen: () => void): void {
    const { time, disk, random } = this.#options;
    const share = (random.bytes(1)[0] ?? 0) / 255;
    const ms = what === 'read' ? share * READ_MS : share * WRITE_MS + disk.slowMs;
    time.after(ms, () => this.gate.pass(happen));
  }

  reach(point: CrashPoint): void {
    this.#act();
    if (!this.isGone) this.#options.endsAt(point);
  }

  arrive(points: readonly CrashPoint[]): void {
    this.#arrivedAt = [...this.#arrivedAt, ...points];
  }

  claimed(session: SessionId): void {
    this.#options.onClaim(this, session);
  }

  /** It sends something. False when it ended before it could. */
  sends(): boolean {
    this.reach('before a delivery');
    const now = this.#options.time.fired;
    if (!this.isGone && this.#sentAt === now) this.reach('between two deliveries');
    this.#sentAt = now;
    return !this.isGone;
  }

  /** What it sent is on its way. */
  sent(): void {
    if (!this.isGone) this.#options.endsAt('after the first byte of a delivery');
  }

  /** It does anything: that is after what was answered last. */
  #act(): void {
    const points = this.#arrivedAt;
    this.#arrivedAt = [];
    for (const point of points) if (!this.isGone) this.#options.endsAt(point);
    if (this.isStopping && !this.isGone) this.#options.endsAt('while stopping');
  }

  #logger(): Logger {
    const tell = (level: string) => (fields: object, message: string) => {
      if (!this.isGone) this.#options.tell({ kind: 'log', server: this.name, level, message: lineOf(fields, message) });
    };
    return { debug: () => undefined, info: () => undefined, warn: tell('warn'), error: tell('error') };
  }
}

/** Errors without their stacks, which say where the program lies. */
function lineOf(fields: object, message: string): string {
  const shown = JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? `${value.name}: ${value.message}` : value));
  return `${message} ${shown}`;
}
