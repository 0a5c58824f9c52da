import type { SessionDefinition } from '../definition/session-definition.ts';
import { encodeContent, encodeHeader } from '../protocol/event-text.ts';
import type { EventContent, EventHeader, EventKind, StoredOp } from '../protocol/event.ts';
import type { Epoch, InstanceId, LogId, ParticipantId, Position, Seq, SessionId, Tag } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import type { AppendEntry, CatalogueFields, EventInput, SideWrite, StoredEvent } from '../store/store.ts';
import { base64url } from './base64url.ts';
import { catalogueFields, sameFields } from './catalogue-fields.ts';
import { historyWrite } from './history.ts';
import type { Transition } from './lifecycle.ts';
import { Changes } from './changes.ts';
import { isLongerThan } from './json-length.ts';
import { RecentEvents } from './recent-events.ts';
import type { Effect } from './run-command.ts';
import { note, tagAt, type Tree } from './tree.ts';
import type { SeenEvent } from './view.ts';

/** A snapshot is also due after this many characters of events. */
const SNAPSHOT_CHARACTERS = 4 * 1024 * 1024;

/** The store takes no snapshot of more bytes. */
const SNAPSHOT_MOST = 64 * 1024 * 1024;

/** What is known of a session when its memory begins. */
export type LogStart = {
  readonly session: SessionId;
  readonly definition: SessionDefinition;
  readonly logId: LogId;
  readonly epoch: Epoch;
  readonly tag: Tag;
  readonly tree: Tree;
  readonly head: Seq;
  readonly hash: string;
  /** The catalogue's fields as stored; undefined for a session that is not stored yet. */
  readonly fields: CatalogueFields | undefined;
  readonly fromSnapshot: Seq;
  /** Characters of that snapshot. */
  readonly snapshotLength?: number | undefined;
  /** The events after `fromSnapshot`, where they were read. */
  readonly since?: readonly StoredEvent[];
};

/** What an event says besides what the log itself knows. */
export type EventFacts = {
  readonly who: ParticipantId | 'system';
  readonly kind: EventKind;
  readonly command: string;
  readonly instance?: InstanceId | undefined;
  readonly number?: number | undefined;
  readonly low?: number | undefined;
  readonly input?: JsonValue | undefined;
  /** Time of the event: what `now()` gave when its command began, so that a re-execution sees the same. */
  readonly at: number;
  readonly internal?: EventContent['internal'];
  /** Stored with the event, in one transaction. */
  readonly side?: readonly SideWrite[] | undefined;
  /** The step in the session's life that this event is. */
  readonly transition?: Transition | undefined;
  /** The timer that ran the command. */
  readonly timer?: string | undefined;
  readonly effect: Effect;
};

/** The log of one awake session as it runs ahead of the disk: numbers events, keeps what is not yet handed to the committer. */
export class SessionLog {
  readonly session: SessionId;
  readonly definition: SessionDefinition;
  readonly logId: LogId;
  readonly epoch: Epoch;
  readonly tree: Tree;
  readonly recent: RecentEvents;
  readonly changes: Changes;
  readonly #tag: Tag;
  readonly #startLength: number;
  readonly #clock: Clock;
  readonly #random: Random;
  #head: Seq;
  #durable: Seq;
  #hash: string;
  #pending: EventInput[] = [];
  #side: SideWrite[] = [];
  #fields: CatalogueFields | undefined;
  #sentFields: CatalogueFields | undefined;
  /** When cleanup is to look at the session again, where that was decided and the catalogue does not say so yet. */
  #planned: { readonly at: number | null } | undefined;
  #snapshotSeq: Seq;
  /** Events until the next one; the first comes earlier by chance, so that sessions that began together do not store together. */
  #snapshotAfter: number;
  #sinceSnapshot = 0;
  #lastLength = 0;
  /** When the next one is due where few events come (monotonic). */
  #snapshotDue: number;
  #snapshotWanted = false;
  #snapshotNeeded = false;
  /** Snapshots of more characters are not made here. */
  #inlineMost = Number.POSITIVE_INFINITY;
  /** Up to where one is to be made elsewhere. */
  #apart: Seq | undefined;
  #apartLost = false;
  #isKnownLarge = false;
  /** Event up to which the store has the history. */
  #historySeq: Seq;

  constructor(start: LogStart, clock: Clock, random: Random) {
    this.session = start.session;
    this.definition = start.definition;
    this.logId = start.logId;
    this.epoch = start.epoch;
    this.tree = start.tree;
    const since = start.since ?? [];
    this.recent = new RecentEvents(start.head - since.length);
    // Whoever was here before comes back to what this read.
    for (const event of since) this.recent.add(event);
    this.changes = new Changes(start.definition.visibility, start.head);
    this.#tag = start.tag;
    this.#clock = clock;
    this.#random = random;
    this.#head = start.head;
    this.#durable = start.head;
    this.#hash = start.hash;
    this.#fields = start.fields;
    this.#sentFields = start.fields;
    this.#snapshotSeq = start.fromSnapshot;
    this.#startLength = start.snapshotLength ?? 0;
    this.#historySeq = start.head;
    const share = 1 - (random.bytes(1)[0] ?? 0) / 512;
    const { snapshotEveryEvents, snapshotEveryMs } = start.definition.limits;
    this.#snapshotAfter = Math.ceil(snapshotEveryEvents * share);
    this.#snapshotDue = clock.monotonic() + snapshotEveryMs * share;
  }

  /** Last seq given out. */
  get head(): Seq {
    return this.#head;
  }

  /** Last seq that is in the log. */
  get durable(): Seq {
    return this.#durable;
  }

  /** Time for the next event: never less than the last one's. */
  now(): number {
    return Math.max(this.#clock.now(), this.tree.internal.at);
  }

  /** The tag that this owner's events carry. */
  get tag(): Tag {
    return this.#tag;
  }

  /** The position at `seq`, which must not lie before the owners still remembered. */
  position(seq: Seq = this.#head): Position {
    return { logId: this.logId, seq, tag: tagAt(this.tree.internal, seq) ?? this.#tag };
  }

  drawSeed(): string {
    return base64url(this.#random.bytes(16));
  }

  /** Makes an event of an effect that is already in the tree. */
  append(facts: EventFacts): SeenEvent {
    const seq = this.#head + 1;
    const header = this.#header(seq, facts);
    const internal = [...(facts.internal ?? []), ...(facts.effect.internal ?? [])];
    const content = this.#content(facts, internal);
    note(this.tree, header, content);
    const event = { header: encodeHeader(header), content: encodeContent(content) };
    this.#head = seq;
    this.#pending.push(event);
    if (facts.side !== undefined) this.#side.push(...facts.side);
    this.#sinceSnapshot += event.content.length;
    this.#lastLength = event.header.length + event.content.length;
    const { effect } = facts;
    const messages = effect.messages.map((message) => ({ ...message, by: facts.who }));
    const seen = { seq, meta: effect.meta, state: effect.ops, messages };
    this.recent.add(event);
    this.changes.add(effect.ops);
    const isNewVersion = this.#fields?.definitionVersion !== this.definition.version;
    if (isNewVersion || effect.meta.length > 0 || internal.some(isOfTimers) || this.definition.listing !== undefined)
      this.#fields = undefined;
    return seen;
  }

  /** Characters of the newest event, for the budget. */
  get lastLength(): number {
    return this.#lastLength;
  }

  /** Last seq of which a snapshot was handed over. */
  get snapshotSeq(): Seq {
    return this.#snapshotSeq;
  }

  /** Asks for a snapshot, at the next commit or soon after, where anything came since the last one. True when one will be written. */
  wantSnapshot(): boolean {
    this.#snapshotWanted = this.#head > this.#snapshotSeq || this.#apartLost;
    return this.#snapshotWanted;
  }

  /** Asks for a snapshot in the next commit itself, however large it is. */
  needSnapshot(): void {
    this.#snapshotNeeded = this.wantSnapshot();
  }

  /** From now on snapshots of more characters than this are made elsewhere. */
  leaveLarge(inlineMost: number): void {
    this.#inlineMost = inlineMost;
    this.#isKnownLarge = this.#startLength > inlineMost;
  }

  /** Whether a snapshot would be made elsewhere. Merely to begin to look through a large object takes long: done only while it is small. */
  get isLarge(): boolean {
    this.#isKnownLarge ||= isLongerThan(this.tree, this.#inlineMost);
    return this.#isKnownLarge;
  }

  /** What was made elsewhere was kept, and is of this length. */
  apartKept(length: number): void {
    this.#isKnownLarge = length > this.#inlineMost;
  }

  /** Up to where a snapshot is to be made elsewhere now, of what is durable. */
  takeApart(): Seq | undefined {
    if (this.#apart === undefined || this.#apart > this.#durable) return undefined;
    const seq = this.#apart;
    this.#apart = undefined;
    return seq;
  }

  /** What was made elsewhere was not kept. */
  apartLost(): void {
    this.#apartLost = true;
  }

  /**
   * The catalogue has to say that cleanup comes again at this time (null: not before something happens). False where it does
   * already; otherwise it will with the next entry.
   */
  planCleanup(at: number | null): boolean {
    if (this.#fields !== undefined && this.#sentFields?.cleanupAt === at) return false;
    this.#planned = { at };
    this.#fields = undefined;
    return this.#sentFields?.cleanupAt !== at;
  }

  /** Hash of the last event that is in the log. */
  get hash(): string {
    return this.#hash;
  }

  /** Everything not yet handed over, as one conditional append. */
  takeEntry(): AppendEntry | undefined {
    const side = this.#dueSide();
    const row = this.#changedFields();
    if (this.#pending.length === 0 && side === undefined && row === undefined) return undefined;
    const events = this.#pending;
    this.#pending = [];
    const base = {
      session: this.session,
      epoch: this.epoch,
      expectedSeq: this.#durable,
      expectedHash: this.#hash,
      events,
      at: this.tree.internal.at,
    };
    return { ...base, row, logId: this.#durable === 0 ? this.logId : undefined, side };
  }

  /** The entry taken last is durable. */
  accepted(seq: Seq, hash: string): void {
    this.#durable = seq;
    this.#hash = hash;
  }

  /** The catalogue's fields as last handed over. */
  get fields(): CatalogueFields | undefined {
    return this.#sentFields;
  }

  #header(seq: Seq, facts: EventFacts): EventHeader {
    return {
      logId: this.logId,
      epoch: this.epoch,
      seq,
      tag: this.#tag,
      at: facts.at,
      who: facts.who,
      kind: facts.kind,
      command: facts.command,
      instance: facts.instance ?? null,
      number: facts.number ?? null,
      definition: this.definition.version,
    };
  }

  #content({ input, effect, low, timer }: EventFacts, internal: readonly StoredOp[]): EventContent {
    return {
      salt: base64url(this.#random.bytes(16)),
      ...(input === undefined ? {} : { input }),
      ...(effect.ops.length === 0 ? {} : { ops: effect.ops }),
      ...(effect.meta.length === 0 ? {} : { meta: effect.meta }),
      ...(internal.length === 0 ? {} : { internal }),
      ...(effect.messages.length === 0 ? {} : { messages: effect.messages }),
      ...(effect.result === undefined ? {} : { result: effect.result }),
      ...(effect.seed === undefined ? {} : { seed: effect.seed }),
      ...(low === undefined ? {} : { low }),
      ...(effect.highlights === undefined ? {} : { highlights: effect.highlights }),
      ...(timer === undefined ? {} : { timer }),
    };
  }

  #dueSide(): SideWrite[] | undefined {
    const side = [...this.#side, ...this.#dueHistory(), ...(this.#dueSnapshot() ?? [])];
    this.#side = [];
    return side.length === 0 ? undefined : side;
  }

  #dueHistory(): SideWrite[] {
    const { seq } = this.tree.internal.history;
    if (seq <= this.#historySeq) return [];
    this.#historySeq = seq;
    return [historyWrite(this.tree)];
  }

  #dueSnapshot(): SideWrite[] | undefined {
    const events = this.#head - this.#snapshotSeq;
    const now = this.#clock.monotonic();
    const isMuch = events >= this.#snapshotAfter || this.#sinceSnapshot >= SNAPSHOT_CHARACTERS;
    const due = this.#snapshotWanted || isMuch || now >= this.#snapshotDue;
    if (!due || (events === 0 && !this.#apartLost)) return undefined;
    const isApart = !this.#snapshotNeeded && this.isLarge;
    this.#snapshotWanted = false;
    this.#snapshotNeeded = false;
    this.#apartLost = false;
    this.#snapshotAfter = this.definition.limits.snapshotEveryEvents;
    this.#snapshotDue = now + this.definition.limits.snapshotEveryMs;
    this.#snapshotSeq = this.#head;
    this.#sinceSnapshot = 0;
    if (isApart) this.#apart = this.#head;
    return isApart ? undefined : this.#snapshot();
  }

  #snapshot(): SideWrite[] | undefined {
    const data = JSON.stringify(this.tree);
    // No character takes more than three bytes.
    const isTooLarge = data.length > SNAPSHOT_MOST / 3 && new TextEncoder().encode(data).byteLength > SNAPSHOT_MOST;
    return isTooLarge ? undefined : [{ kind: 'snapshot', seq: this.#head, data }];
  }

  #changedFields(): CatalogueFields | undefined {
    if (this.#fields !== undefined) return undefined;
    const before = this.#sentFields;
    const fields = catalogueFields(this.tree, this.definition, this.now());
    this.#fields = this.#planned === undefined ? fields : { ...fields, cleanupAt: this.#planned.at };
    const isPlanned = this.#planned !== undefined;
    this.#planned = undefined;
    if (before !== undefined && (sameFields(before, this.#fields) || (!isPlanned && comesInTime(before, this.#fields, this.now()))))
      return undefined;
    this.#sentFields = this.#fields;
    return this.#fields;
  }
}

/**
 * What happens in a session moves its cleanup all the time, and the catalogue need not follow: when cleanup comes too early,
 * it learns when to come again.
 */
function comesInTime(said: CatalogueFields, fields: CatalogueFields, at: number): boolean {
  const { cleanupAt } = said;
  const isEarlier = cleanupAt !== null && cleanupAt > at && fields.cleanupAt !== null && cleanupAt <= fields.cleanupAt;
  return isEarlier && sameFields({ ...said, cleanupAt: fields.cleanupAt }, fields);
}

/** The catalogue says when a session wants to be woken. */
function isOfTimers([, path]: StoredOp): boolean {
  const root = Array.isArray(path) ? path[0] : undefined;
  return root === 'timers' || root === 'time';
}
