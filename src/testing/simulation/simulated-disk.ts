import type { Seq, SessionId } from '../../protocol/ids.ts';
import type { Random } from '../../protocol/ports.ts';
import { StoreError } from '../../store/store.ts';
import type { AppendEntry, AppendResult, Claim, LogRead, StoredEvent, StoreInfo } from '../../store/store.ts';
import { Corruption, type EventPart } from './corruption.ts';
import type { FaultKind, HistoryFact } from './history.ts';
import { Platter, type LostEvent } from './platter.ts';

export type { EventPart } from './corruption.ts';

/** What becomes of an append that fails. `unknown`: written or not, nobody is told until the disk is healed or opened anew. */
export type AppendFate = 'written' | 'lost' | 'unknown';
export type Durability = 'full' | 'normal';

/** Of writes at durability `normal`, one in so many is synced with all before it. */
const SYNC_ONE_IN = 8;

export type SimulatedDiskOptions = {
  readonly durability: Durability;
  readonly random: Random;
  readonly tell: (fact: HistoryFact) => void;
  /** Every server ends; silently: without a word to anybody. */
  readonly endAll?: ((silently: boolean) => void) | undefined;
};

/** What became of an append; `silent`: nobody is told yet. */
export type Appended = { readonly results: readonly AppendResult[]; readonly silent: boolean };

/** The one disk of a world: outlives its servers, and does wrong what it is told to. */
export class SimulatedDisk {
  readonly platter = new Platter();
  readonly corruption = new Corruption();
  readonly #options: SimulatedDiskOptions;
  readonly #fates: AppendFate[] = [];
  readonly #heads = new Map<SessionId, Seq>();
  readonly #regressions = new Map<SessionId, StoreInfo['regressions'][number]>();
  #isFull = false;
  #slowMs = 0;
  #failingReads = 0;
  #whenHealed: (() => void)[] = [];
  #finishing: Promise<unknown> = Promise.resolve();

  constructor(options: SimulatedDiskOptions) {
    this.#options = options;
  }

  // -- faults -----------------------------------------------------------------------------------------------------

  /** All servers end. At durability `normal` some of the last writes are gone. */
  async powerCut(): Promise<void> {
    const { tell, endAll } = this.#options;
    tell({ kind: 'fault', fault: 'power cut', on: 'disk' });
    endAll?.(true);
    await this.#finishing;
    const lost = await this.platter.keepUnsynced(this.#below(this.platter.unsynced + 1));
    if (lost.length > 0) tell({ kind: 'fault', fault: 'unsynced loss', on: 'disk' });
    this.#tellLost(lost);
    this.platter.sync();
    await this.#findHeads();
  }

  failNext(fate: AppendFate, times = 1): void {
    for (let left = times; left > 0; left -= 1) this.#fates.push(fate);
  }

  full(isFull: boolean): void {
    this.#isFull = isFull;
  }

  /** Each write takes so much longer; 0 ends it. */
  slow(ms: number): void {
    if (ms > 0) this.#options.tell({ kind: 'fault', fault: 'disk slow', on: 'disk' });
    this.#slowMs = ms;
  }

  /** The next reads of logs and snapshots fail. */
  failReads(times = 1): void {
    this.#failingReads += times;
  }

  /** False when there is no such event. */
  async corrupt(session: SessionId, seq: Seq, part: EventPart): Promise<boolean> {
    const found = await this.corruption.add(this.platter.store, session, seq, part);
    if (found) this.#options.tell({ kind: 'fault', fault: 'corrupt event', on: `${session} ${seq} ${part}` });
    return found;
  }

  /** The log goes backwards by up to `count` events, its first one stays. The result says by how many. Servers that are up end first: a running one would not notice. */
  async loseTail(session: SessionId, count: number): Promise<number> {
    const recordedSeq = this.headOf(session);
    const base = (await this.platter.store.beginning(session))?.seq ?? 0;
    const foundSeq = Math.max(1, base, recordedSeq - count);
    if (foundSeq >= recordedSeq) return 0;
    this.#options.endAll?.(false);
    await this.#finishing;
    const lost = await this.platter.forgetAfter(session, foundSeq);
    await this.#findHeads();
    this.#options.tell({ kind: 'fault', fault: 'log regression', on: session });
    this.#tellLost(lost);
    this.#regressions.set(session, { session, recordedSeq, foundSeq });
    return recordedSeq - foundSeq;
  }

  /** Nothing more goes wrong; what is corrupt or lost stays so. */
  heal(): void {
    this.#fates.length = 0;
    this.#isFull = false;
    this.#slowMs = 0;
    this.#failingReads = 0;
    this.answerSilent();
  }

  // -- what stores do ---------------------------------------------------------------------------------------------

  get info(): StoreInfo {
    const { durability } = this.#options;
    return { kind: 'simulated', durability, details: {}, regressions: [...this.#regressions.values()] };
  }

  /** How much longer than usual a write takes now. */
  get slowMs(): number {
    return this.#slowMs;
  }

  /** 0: there is no such session. */
  headOf(session: SessionId): Seq {
    return this.#heads.get(session) ?? 0;
  }

  /** Everything that is stored, as a server would read it. */
  async logs(): Promise<Map<SessionId, LogRead>> {
    const logs = new Map<SessionId, LogRead>();
    for (const session of this.#heads.keys()) {
      const read = await this.read(session, 0, this.headOf(session));
      const { prunedTo } = read;
      // What is left of a pruned log is asked for from where it begins.
      logs.set(session, prunedTo === undefined ? read : { ...(await this.read(session, prunedTo, this.headOf(session))), prunedTo });
    }
    return logs;
  }

  /** Whoever waits for the answer of a silent append gets it. */
  answerSilent(): void {
    for (const answer of this.#whenHealed.splice(0)) answer();
  }

  onHealed(answer: () => void): void {
    this.#whenHealed.push(answer);
  }

  async append(server: string, entries: readonly AppendEntry[]): Promise<Appended> {
    if (this.#isFull) {
      this.#tellFault('disk full', server);
      return { results: failed(entries, 'the disk is full', true), silent: false };
    }
    const fate = this.#fates.shift();
    if (fate === undefined) return { results: await this.writeEvents(server, entries), silent: false };
    if (fate === 'written' || (fate === 'unknown' && this.#below(2) === 0)) await this.writeEvents(server, entries);
    this.#tellFault(fate === 'unknown' ? 'append unknown' : `append failed, ${fate}`, server);
    return { results: failed(entries, 'the disk said that something went wrong', false), silent: fate === 'unknown' };
  }

  /** What a server was writing when it ended is on the platter after all. */
  finish(server: string, entries: readonly AppendEntry[]): void {
    this.#finishing = Promise.all([this.#finishing, this.writeEvents(server, entries)]);
  }

  /** Onto the platter they go. */
  async writeEvents(server: string, entries: readonly AppendEntry[]): Promise<readonly AppendResult[]> {
    const appending = this.platter.append(entries);
    this.#written();
    const results = await appending;
    for (const [index, { session, epoch, expectedSeq }] of entries.entries()) {
      const result = results[index];
      if (result?.outcome !== 'ok') continue;
      this.#heads.set(session, result.seq);
      const { events } = await this.platter.store.read(session, expectedSeq, result.seq);
      this.#tellWritten(server, session, epoch, events);
    }
    return results;
  }

  async claim(server: string, session: SessionId): Promise<Claim | undefined> {
    this.refuseWhenFull(server);
    const claiming = this.platter.write((store) => store.claim(session));
    this.#written();
    const claim = await claiming;
    if (claim === undefined) return undefined;
    this.#options.tell({ kind: 'claimed', server, session, epoch: claim.epoch });
    return claim;
  }

  /** Any other write. */
  async write<T>(server: string, make: (store: Platter['store']) => Promise<T>): Promise<T> {
    this.refuseWhenFull(server);
    const writing = this.platter.write(make);
    this.#written();
    return writing;
  }

  refuseWhenFull(server: string): void {
    if (!this.#isFull) return;
    this.#tellFault('disk full', server);
    throw new StoreError('disk-full', 'The disk is full; free some space and try again.');
  }

  read(session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    return this.corruption.read(this.platter.store, session, after, upTo);
  }

  failRead(server: string): void {
    if (this.#failingReads === 0) return;
    this.#failingReads -= 1;
    this.#tellFault('failed read', server);
    throw new StoreError('failed', 'The disk could not read.');
  }

  /** A log that was taken back by an operator is the log now. */
  taken(server: string, session: SessionId, lost: readonly Seq[], event: { readonly seq: Seq; readonly epoch: number }): Promise<void> {
    this.#regressions.delete(session);
    this.#heads.set(session, event.seq);
    this.#tellLost(lost.map((seq) => ({ session, seq })));
    return this.platter.store
      .read(session, event.seq - 1, event.seq)
      .then(({ events }) => this.#tellWritten(server, session, event.epoch, events));
  }

  removed(session: SessionId, why: string): void {
    this.#regressions.delete(session);
    this.#heads.delete(session);
    this.#options.tell({ kind: 'removed', session, why });
  }

  async #findHeads(): Promise<void> {
    this.#heads.clear();
    for (const [session, { headSeq }] of await this.platter.heads()) this.#heads.set(session, headSeq);
  }

  #tellWritten(server: string, session: SessionId, epoch: number, events: readonly StoredEvent[]): void {
    for (const { seq, hash, header, content } of events)
      this.#options.tell({ kind: 'written', server, session, epoch, seq, hash, header, content: content ?? null });
  }

  #tellLost(lost: readonly LostEvent[]): void {
    for (const { session, seq } of lost) this.#options.tell({ kind: 'lost', session, seq });
  }

  #tellFault(fault: FaultKind, on: string): void {
    this.#options.tell({ kind: 'fault', fault, on });
  }

  /** At `full` each write is synced before it counts. */
  #written(): void {
    if (this.#options.durability === 'full' || this.#below(SYNC_ONE_IN) === 0) this.platter.sync();
  }

  #below(count: number): number {
    return (this.#options.random.bytes(1)[0] ?? 0) % Math.max(1, count);
  }
}

function failed(entries: readonly AppendEntry[], message: string, full: boolean): AppendResult[] {
  return entries.map(() => ({ outcome: 'failed', full, message }));
}
