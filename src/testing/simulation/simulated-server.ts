import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { Random } from '../../protocol/ports.ts';
import type { CrashPoint, HistoryFact, ServerChange } from './history.ts';
import { WallClock } from './simulated-clock.ts';
import type { SimulatedDisk } from './simulated-disk.ts';
import { ServerProcess } from './server-process.ts';
import type { SimulatedTime } from './simulated-time.ts';

/** A server that has not stopped after so long is killed, as whoever supervises it would. */
const STOP_MOST_MS = 30_000;
const START_MOST_MS = 60_000;

/** What a server needs of its world. */
export interface ServerWorld {
  readonly time: SimulatedTime;
  readonly disk: SimulatedDisk;
  readonly people: ReadonlySet<string>;
  readonly owners: Map<SessionId, ServerProcess>;
  random(): Random;
  tell(fact: HistoryFact): void;
  /** Everything that was connected to it is told, or (`silently`) is not. */
  processEnded(process: ServerProcess, silently: boolean): void;
}

/** A machine on which one server runs at a time. */
export class SimulatedServer {
  readonly name: string;
  readonly wall: WallClock;
  readonly #world: ServerWorld;
  readonly #definitions: () => readonly SessionDefinition[];
  readonly #chance: Random;
  #process: ServerProcess | undefined;
  #hosted: readonly SessionDefinition[] = [];
  #state: 'down' | 'up' | 'frozen' = 'down';
  #armed: CrashPoint | undefined;
  #startedAt = -1;
  #timersLeft = 0;

  constructor(name: string, world: ServerWorld, definitions: () => readonly SessionDefinition[]) {
    this.#definitions = definitions;
    this.name = name;
    this.#world = world;
    this.wall = new WallClock(world.time);
    this.#chance = world.random();
  }

  /** `up` from the beginning of a start to the end of a stop. */
  get state(): 'down' | 'up' | 'frozen' {
    return this.#state;
  }

  /** Timers that servers have left behind here although they were stopped in order. */
  get timersLeft(): number {
    return this.#timersLeft;
  }

  /** What runs there now. */
  get process(): ServerProcess | undefined {
    return this.#process;
  }

  /** Whether what runs there hosts what is deployed now. */
  get isCurrent(): boolean {
    return this.#process !== undefined && this.#hosted === this.#definitions();
  }

  /** When it was started last; -1 unless it runs. */
  get startedAt(): number {
    return this.#process?.server.isRunning === true ? this.#startedAt : -1;
  }

  /** Begins at once; it runs when history says `started`. Does nothing unless down. */
  start(): void {
    if (this.#state !== 'down') return;
    const { time, disk, people, owners, tell } = this.#world;
    this.#hosted = this.#definitions();
    const process: ServerProcess = new ServerProcess({
      name: this.name,
      time,
      wall: this.wall,
      disk,
      random: this.#world.random(),
      definitions: this.#hosted,
      people,
      tell: (fact) => tell.call(this.#world, fact),
      endsAt: (point) => this.#endsAt(process, point),
      onClaim: (claimer, session) => this.#claimed(owners, claimer, session),
    });
    this.#process = process;
    this.#state = 'up';
    this.#tell('starting');
    const cancel = time.after(START_MOST_MS, () => process.gate.pass(() => this.#kill(process)));
    void process.server.start().then(
      () => {
        cancel();
        if (process.isGone) return;
        this.#startedAt = time.elapsed;
        this.#tell('started');
      },
      (error: unknown) => {
        cancel();
        if (process.isGone) return;
        tell.call(this.#world, { kind: 'log', server: this.name, level: 'error', message: String(error) });
        this.#over('failed-to-start');
      },
    );
  }

  /** In order: drains first. Begins at once; done when history says `stopped`. Does nothing unless up. */
  stop(): void {
    const process = this.#process;
    if (this.#state !== 'up' || process === undefined || process.isStopping) return;
    this.#world.tell({ kind: 'fault', fault: 'restart', on: this.name });
    this.#tell('stopping');
    process.isStopping = true;
    const cancel = this.#world.time.after(STOP_MOST_MS, () => process.gate.pass(() => this.#kill(process)));
    void process.server.drain().then(() => {
      cancel();
      if (!process.isGone) this.#over('stopped');
    });
  }

  /** As kill -9. */
  crash(): void {
    if (this.#state === 'down') return;
    this.#world.tell({ kind: 'fault', fault: 'crash', on: this.name });
    this.#over('crashed');
  }

  /** The machine has no power any more: nobody is told. */
  losePower(): void {
    if (this.#state !== 'down') this.#over('crashed', true);
  }

  freeze(): void {
    if (this.#state !== 'up') return;
    this.#world.tell({ kind: 'fault', fault: 'freeze', on: this.name });
    this.#process?.gate.shut();
    this.#state = 'frozen';
    this.#tell('frozen');
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'up';
    this.#tell('thawed');
    this.#process?.gate.open();
  }

  /** Ends it at the next occurrence of that point, now or after a later start; undefined: no more. */
  crashAt(point: CrashPoint | undefined): void {
    this.#armed = point;
  }

  #endsAt(process: ServerProcess, point: CrashPoint): boolean {
    if (this.#armed !== point || this.#process !== process) return false;
    this.#armed = undefined;
    this.#world.tell({ kind: 'fault', fault: 'crash', on: this.name });
    this.#world.tell({ kind: 'crash-point', point, server: this.name });
    this.#over('crashed');
    return true;
  }

  #kill(process: ServerProcess): void {
    if (this.#process === process) this.crash();
  }

  #over(change: ServerChange, silently = false): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    if (change === 'stopped') this.#timersLeft += process.clock.timers;
    this.#state = 'down';
    this.#tell(change);
    process.end((this.#chance.bytes(1)[0] ?? 0) % 2 === 0);
    this.#world.processEnded(process, silently);
  }

  #claimed(owners: Map<SessionId, ServerProcess>, process: ServerProcess, session: SessionId): void {
    const before = owners.get(session);
    owners.set(session, process);
    if (before !== undefined && before !== process && !before.isGone)
      this.#world.tell({ kind: 'fault', fault: 'two owners', on: `${before.name} ${process.name}` });
  }

  #tell(change: ServerChange): void {
    this.#world.tell({ kind: 'server', server: this.name, change });
  }
}
