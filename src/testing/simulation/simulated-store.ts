import type { Seq, SessionId } from '../../protocol/ids.ts';
import type { MemoryStore } from '../../store/memory-store.ts';
import type { OutboxMark } from '../../store/store-outbox.ts';
import type { ErasedEvents, RemovalOptions } from '../../store/store-removal.ts';
import type { Quarantine, Rewind, RewindResult } from '../../store/store-recovery.ts';
import type { MadeSnapshot } from '../../store/store-snapshots.ts';
import type { ForeignSession, ForeignSide } from '../../store/store-transfer.ts';
import {
  StoreError,
  type AppendEntry,
  type AppendResult,
  type Claim,
  type LogRead,
  type Store,
  type StoredEvent,
  type StoreInfo,
} from '../../store/store.ts';
import type { CrashPoint } from './history.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** The program that a store belongs to. */
export interface StoreHost {
  /** Of its server, for the history. */
  readonly name: string;
  /** True once it is over: nothing is answered any more. */
  readonly isGone: boolean;
  /** Calls `happen` when the disk gets to it. Never when it is over by then. */
  soon(what: 'read' | 'write', happen: () => void): void;
  /** The program is at that point; it may be over after this. */
  reach(point: CrashPoint): void;
  /** From now until it does anything, it is at these points. */
  arrive(points: readonly CrashPoint[]): void;
  /** It owns a session from now on. */
  claimed(session: SessionId): void;
}

/** Points before it is asked for, when it is done, and when it has been answered. */
type Points = { readonly before?: readonly CrashPoint[]; readonly done?: readonly CrashPoint[]; readonly answered?: readonly CrashPoint[] };
type Work<T> = (done: (result: T, isWritten?: boolean) => void, hold: (result: T) => void) => Promise<void>;
type Job = { readonly what: 'read' | 'write'; readonly entries: readonly AppendEntry[] | undefined; readonly run: () => Promise<void> };

const NO_POINTS: Points = {};
const CLAIM: Points = { before: ['before claim'], done: ['claimed'], answered: ['claim answered'] };
const READ: Points = { before: ['in recovery read'], answered: ['recovery read answered'] };
const REMOVAL: Points = { before: ['before remove'], done: ['removed'] };
const KEEPING: Points = { before: ['before snapshot'], done: ['snapshot written'] };

/** The disk as one program has it: one call after the other, and none that outlives the program. */
export class SimulatedStore implements Store {
  readonly #disk: SimulatedDisk;
  readonly #host: StoreHost;
  readonly #jobs: Job[] = [];
  #isOpen = false;
  #whenIdle: (() => void)[] = [];
  /** The append that is being done: its fate is open when the program ends now. */
  #underWay: readonly AppendEntry[] | undefined;

  constructor(disk: SimulatedDisk, host: StoreHost) {
    this.#disk = disk;
    this.#host = host;
  }

  /** The program has ended. What it was writing is written, or not. */
  ended(isWritten: boolean): void {
    const entries = this.#underWay;
    this.#underWay = undefined;
    this.#jobs.length = 0;
    if (isWritten && entries !== undefined) this.#disk.finish(this.#host.name, entries);
  }

  async open(): Promise<StoreInfo> {
    await this.#disk.platter.open();
    this.#disk.answerSilent();
    this.#isOpen = true;
    return this.#disk.info;
  }

  async close(): Promise<void> {
    if (this.#jobs.length > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
    this.#isOpen = false;
  }

  append(entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    const append: Work<readonly AppendResult[]> = async (done, hold) => {
      this.#host.reach('in append, lost');
      if (this.#host.isGone) return;
      const { results, silent } = await this.#disk.append(this.#host.name, entries);
      for (const [index, { session, expectedSeq }] of entries.entries())
        if (expectedSeq === 0 && results[index]?.outcome === 'ok') this.#host.claimed(session);
      if (silent) hold(results);
      else
        done(
          results,
          results.some(({ outcome }) => outcome === 'ok'),
        );
    };
    return this.#run('write', pointsOf(entries), append, entries);
  }

  claim(session: SessionId): Promise<Claim | undefined> {
    return this.#write(CLAIM, async () => {
      const claim = await this.#disk.claim(this.#host.name, session);
      if (claim !== undefined) this.#host.claimed(session);
      return claim;
    });
  }

  read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    return this.#read((disk) => disk.read(session, after, upTo), true);
  }

  readSnapshot(session: SessionId, atMost: Seq): ReturnType<Store['readSnapshot']> {
    return this.#read((disk) => disk.corruption.readSnapshot(disk.platter.store, session, atMost), true);
  }

  list(...args: Parameters<Store['list']>): ReturnType<Store['list']> {
    return this.#look((store) => store.list(...args));
  }

  get(...args: Parameters<Store['get']>): ReturnType<Store['get']> {
    return this.#look((store) => store.get(...args));
  }

  findInvite(...args: Parameters<Store['findInvite']>): ReturnType<Store['findInvite']> {
    return this.#look((store) => store.findInvite(...args));
  }

  versions(): ReturnType<Store['versions']> {
    return this.#look((store) => store.versions());
  }

  acts(...args: Parameters<Store['acts']>): ReturnType<Store['acts']> {
    return this.#look((store) => store.acts(...args));
  }

  history(...args: Parameters<Store['history']>): ReturnType<Store['history']> {
    return this.#look((store) => store.history(...args));
  }

  due(...args: Parameters<Store['due']>): ReturnType<Store['due']> {
    return this.#look((store) => store.due(...args));
  }

  dueForCleanup(...args: Parameters<Store['dueForCleanup']>): ReturnType<Store['dueForCleanup']> {
    return this.#look((store) => store.dueForCleanup(...args));
  }

  erase(session: SessionId, events: ErasedEvents): ReturnType<Store['erase']> {
    return this.#change((store) => store.erase(session, events));
  }

  prune(session: SessionId, below: Seq): ReturnType<Store['prune']> {
    return this.#write(NO_POINTS, async () => {
      const isSound = await this.#disk.corruption.isSound(this.#disk.platter.store, session, below);
      return isSound ? this.#disk.write(this.#host.name, (store) => store.prune(session, below)) : { outcome: 'damaged' };
    });
  }

  remove(session: SessionId, options: RemovalOptions = {}): ReturnType<Store['remove']> {
    return this.#write(REMOVAL, async () => {
      const wasStored = this.#disk.headOf(session) > 0;
      const result = await this.#disk.write(this.#host.name, (store) => store.remove(session, options));
      if (result.outcome === 'ok' && wasStored) this.#disk.removed(session, options.as ?? 'deleted');
      return result;
    });
  }

  wipe(): ReturnType<Store['wipe']> {
    return this.#change((store) => store.wipe());
  }

  removedRev(): ReturnType<Store['removedRev']> {
    return this.#look((store) => store.removedRev());
  }

  counters(): ReturnType<Store['counters']> {
    return this.#look((store) => store.counters());
  }

  quarantine(session: SessionId, mark: Omit<Quarantine, 'session'> | null): ReturnType<Store['quarantine']> {
    return this.#change((store) => store.quarantine(session, mark));
  }

  quarantined(): ReturnType<Store['quarantined']> {
    return this.#look((store) => store.quarantined());
  }

  remnants(session: SessionId, after: Seq): ReturnType<Store['remnants']> {
    return this.#read((disk) => disk.corruption.remnants(disk.platter.store, session, after));
  }

  snapshots(session: SessionId): ReturnType<Store['snapshots']> {
    return this.#look((store) => store.snapshots(session));
  }

  keepSnapshot(session: SessionId, snapshot: MadeSnapshot): ReturnType<Store['keepSnapshot']> {
    return this.#write(KEEPING, () => this.#disk.write(this.#host.name, (store) => store.keepSnapshot(session, snapshot)));
  }

  reader(): undefined {
    return undefined;
  }

  rewind(rewind: Rewind): Promise<RewindResult> {
    return this.#write(NO_POINTS, async () => {
      const { session, to, epoch } = rewind;
      const head = this.#disk.headOf(session);
      const result = await this.#disk.write(this.#host.name, (store) => store.rewind(rewind));
      const lost = Array.from({ length: Math.max(0, head - to) }, (_, index) => to + 1 + index);
      if (result.outcome === 'ok') await this.#disk.taken(this.#host.name, session, lost, { seq: result.seq, epoch });
      return result;
    });
  }

  setAside(session: SessionId): ReturnType<Store['setAside']> {
    return this.#look((store) => store.setAside(session));
  }

  outbox(): ReturnType<Store['outbox']> {
    return this.#look((store) => store.outbox());
  }

  markOutbox(marks: readonly OutboxMark[]): ReturnType<Store['markOutbox']> {
    return this.#change((store) => store.markOutbox(marks));
  }

  deadLetters(...args: Parameters<Store['deadLetters']>): ReturnType<Store['deadLetters']> {
    return this.#look((store) => store.deadLetters(...args));
  }

  logBytes(session: SessionId): ReturnType<Store['logBytes']> {
    return this.#look((store) => store.logBytes(session));
  }

  beginning(session: SessionId): ReturnType<Store['beginning']> {
    return this.#look((store) => store.beginning(session));
  }

  adopt(foreign: ForeignSession, side: () => ForeignSide): ReturnType<Store['adopt']> {
    return this.#write(NO_POINTS, async () => {
      // What can be read once only is kept, so that it can be written again.
      const parts: (readonly StoredEvent[])[] = [];
      for await (const part of foreign.events) parts.push(part);
      let sides: ForeignSide | undefined;
      const again = { ...foreign, events: { [Symbol.asyncIterator]: () => each(parts) } };
      return this.#disk.write(this.#host.name, (store) => store.adopt(again, () => (sides ??= side())));
    });
  }

  backup(): ReturnType<Store['backup']> {
    return this.#look((store) => store.backup());
  }

  probe(): Promise<number> {
    return this.#write(NO_POINTS, () => this.#disk.write(this.#host.name, (store) => store.probe()));
  }

  // -- one after the other ----------------------------------------------------------------------------------------

  #look<T>(read: (store: MemoryStore) => Promise<T>): Promise<T> {
    return this.#run('read', NO_POINTS, async (done) => done(await read(this.#disk.platter.store)));
  }

  #read<T>(read: (disk: SimulatedDisk) => Promise<T>, mayFail = false): Promise<T> {
    return this.#run('read', mayFail ? READ : NO_POINTS, async (done) => {
      if (mayFail) this.#disk.failRead(this.#host.name);
      done(await read(this.#disk));
    });
  }

  #change<T>(write: (store: MemoryStore) => Promise<T>): Promise<T> {
    return this.#write(NO_POINTS, () => this.#disk.write(this.#host.name, write));
  }

  #write<T>(points: Points, write: () => Promise<T>): Promise<T> {
    return this.#run('write', points, async (done) => done(await write()));
  }

  /** Queues a job. What it gives to `done` is answered, unless the program is over by then. */
  #run<T>(
    what: Job['what'],
    { before = [], done: written = [], answered = [] }: Points,
    work: Work<T>,
    entries?: readonly AppendEntry[],
  ): Promise<T> {
    if (!this.#isOpen) return Promise.reject(new StoreError('not-open', 'The store is not open: call open() first.'));
    for (const point of before) this.#host.reach(point);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (this.#host.isGone) return promise;
    const answer = (give: () => void): void => {
      if (this.#host.isGone) return;
      this.#host.arrive(answered);
      give();
    };
    const done = (result: T, isWritten = true): void => {
      if (isWritten) for (const point of written) this.#host.reach(point);
      answer(() => resolve(result));
    };
    const hold = (result: T): void => this.#disk.onHealed(() => this.#host.soon('read', () => answer(() => resolve(result))));
    const run = (): Promise<void> => work(done, hold).catch((error: unknown) => answer(() => reject(error)));
    this.#jobs.push({ what, entries, run });
    if (this.#jobs.length === 1) this.#next();
    return promise;
  }

  #next(): void {
    const [job] = this.#jobs;
    if (job === undefined) for (const resolve of this.#whenIdle.splice(0)) resolve();
    else {
      this.#underWay = job.entries;
      this.#host.soon(job.what, () => void this.#do(job));
    }
  }

  async #do(job: Job): Promise<void> {
    this.#underWay = undefined;
    await job.run();
    if (this.#host.isGone) return;
    this.#jobs.shift();
    this.#next();
  }
}

/** What an append is about has points of its own. */
function pointsOf(entries: readonly AppendEntry[]): Points {
  const isCreation = entries.some(({ expectedSeq, logId }) => expectedSeq === 0 && logId !== undefined);
  const isMigration = entries.some(({ events }) => events[0]?.header.includes('"@migrate"'));
  const isSnapshot = entries.some(({ side }) => side?.some(({ kind }) => kind === 'snapshot'));
  return {
    before: [...(isSnapshot ? (['before snapshot'] as const) : []), 'before append'],
    done: [
      ...(isCreation ? (['in creation'] as const) : []),
      ...(isMigration ? (['in migration'] as const) : []),
      ...(isSnapshot ? (['snapshot written'] as const) : []),
      'in append, written',
    ],
    answered: [...(isCreation ? (['created'] as const) : []), ...(isMigration ? (['migrated'] as const) : []), 'append answered'],
  };
}

async function* each<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
