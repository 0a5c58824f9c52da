import { readFrame } from '../../../client/read-frame.ts';
import type { LiveFrame, ServerFrame, TailFrame } from '../../../protocol/frames.ts';
import { readClientFrame } from '../../../protocol/read-client-frame.ts';
import type { LiveEvent } from '../../../state/live-decoder.ts';
import type { HistoryEntry } from '../history.ts';
import { beginWith, Conversation, copyOf, goOnWith, type Moment } from './conversation.ts';
import { definitionOf, EventLine, type EventFact } from './event-line.ts';
import type { FinishedRun, Violation } from './finished-run.ts';
import { foldPlainly } from './plain-fold.ts';
import { differenceIn, viewOf, type View, type Viewer } from './plain-sight.ts';

/** One session's log over the run: what is on the platter now, and what each server takes it for. */
export class SessionFacts {
  readonly session: string;
  /** What is on the platter. */
  line = new EventLine();
  /** The line that each server read when it claimed the session last. */
  readonly lines = new Map<string, EventLine>();
  /** Events that are gone, with the index of the entry that says so. */
  readonly lost: { readonly index: number; readonly event: EventFact }[] = [];
  readonly written: EventFact[] = [];
  readonly claims: { readonly index: number; readonly server: string; readonly epoch: number }[] = [];
  readonly removed: { readonly index: number; readonly why: string; readonly status: string }[] = [];

  /** What was removed: a power cut may bring it back where writes are not synced. */
  #removedLine: EventLine | undefined;
  #isBack = false;

  constructor(session: string) {
    this.session = session;
  }

  remove(index: number, why: string): void {
    this.comeBack();
    const status = this.line.last?.tree.meta['status'];
    this.removed.push({ index, why, status: typeof status === 'string' ? status : '' });
    this.#removedLine = this.line;
    this.line = new EventLine();
  }

  /** It is there after all, but for what the power cut took besides: everything from the next event that is written on. */
  comeBack(): void {
    if (this.line.head > 0 || this.#removedLine === undefined) return;
    this.line = this.#removedLine;
    this.#isBack = true;
  }

  write(entry: Extract<HistoryEntry, { kind: 'written' }>, index: number): void {
    if (entry.seq > 1) this.comeBack();
    if (this.#isBack) this.lose(entry.seq, index);
    this.#isBack = false;
    this.written.push(this.line.add(entry, index));
    if (!this.lines.has(entry.server)) this.lines.set(entry.server, this.line);
  }

  /** That event is gone, and all that followed on it. */
  lose(seq: number, index: number): void {
    for (const event of this.line.events.slice(seq - 1)) this.lost.push({ index, event });
    if (seq <= this.line.head) this.line = this.line.backTo(seq - 1);
  }

  /** The log as that server knows it. */
  lineOf(server: string): EventLine {
    return this.lines.get(server) ?? this.line;
  }
}

/** A run, read once for all checks. */
export class RunReading {
  readonly run: FinishedRun;
  readonly sessions = new Map<string, SessionFacts>();
  readonly conversations: Conversation[] = [];
  /** The step in which each entry stands. */
  readonly #steps: Int32Array;
  readonly #open = new Map<string, Conversation>();
  readonly #byInstance = new Map<string, Conversation[]>();
  /** Whose the connections are, by the id that servers give them. */
  readonly #participants = new Map<string, string>();

  constructor(run: FinishedRun) {
    this.run = run;
    this.#steps = new Int32Array(run.history.length);
    let step = 0;
    for (const [index, entry] of run.history.entries()) {
      if (entry.kind === 'step') step = entry.step;
      this.#steps[index] = step;
      this.#read(entry, index);
    }
  }

  violation(promise: number, index: number, what: string): Violation {
    return { promise, step: this.#steps[Math.min(index, this.#steps.length - 1)] ?? 0, what };
  }

  /** Everything that servers said. */
  moments(): Moment[] {
    return this.conversations.flatMap(({ moments }) => moments).toSorted((one, other) => one.index - other.index);
  }

  entries<Kind extends HistoryEntry['kind']>(
    kind: Kind,
  ): { readonly entry: Extract<HistoryEntry, { kind: Kind }>; readonly index: number }[] {
    return this.run.history.flatMap((entry, index) =>
      entry.kind === kind ? [{ entry: entry as Extract<HistoryEntry, { kind: Kind }>, index }] : [],
    );
  }

  /** Whether the instance had said by then that it has the answer to that number: whoever asks again is told nothing of it. */
  hasLetGo(instance: string | undefined, number: number, index: number): boolean {
    return this.conversations.some(
      (conversation) =>
        conversation.instance === instance &&
        conversation.heard.some(({ frame, index: heardAt }) => {
          const low = frame.t === 'command' ? frame.low : frame.t === 'hello' ? (frame.lowest ?? 1) : 0;
          return heardAt < index && low > number;
        }),
    );
  }

  session(id: string): SessionFacts {
    let facts = this.sessions.get(id);
    if (facts === undefined) this.sessions.set(id, (facts = new SessionFacts(id)));
    return facts;
  }

  #read(entry: HistoryEntry, index: number): void {
    switch (entry.kind) {
      case 'claimed':
        return this.#claimed(entry, index);
      case 'written':
        return this.session(entry.session).write(entry, index);
      case 'lost':
        return this.session(entry.session).lose(entry.seq, index);
      case 'removed':
        return this.session(entry.session).remove(index, entry.why);
      case 'opened':
        return this.#opened(entry, index);
      case 'closed':
        return this.#closed(entry, index);
      case 'sent':
        return entry.to === 'client' ? this.#said(entry, index) : undefined;
      case 'received':
        return entry.to === 'client' ? this.#arrived(entry, index) : this.#heard(entry, index);
      default:
    }
  }

  #claimed({ server, session, epoch }: Extract<HistoryEntry, { kind: 'claimed' }>, index: number): void {
    const facts = this.session(session);
    facts.comeBack();
    facts.claims.push({ index, server, epoch });
    facts.lines.set(server, facts.line);
  }

  #opened({ connection, client, server }: Extract<HistoryEntry, { kind: 'opened' | 'closed' }>, index: number): void {
    if (this.#open.has(connection)) return;
    const conversation = new Conversation(connection, client, server, index);
    this.#open.set(connection, conversation);
    this.conversations.push(conversation);
  }

  #closed({ connection, code }: Extract<HistoryEntry, { kind: 'opened' | 'closed' }>, index: number): void {
    const conversation = this.#open.get(connection);
    if (conversation !== undefined) conversation.closed ??= { index, code: code === undefined ? undefined : String(code) };
  }

  #heard({ connection, text }: Extract<HistoryEntry, { kind: 'received' | 'sent' }>, index: number): void {
    const conversation = this.#open.get(connection);
    if (conversation === undefined) return;
    const read = readClientFrame(text, { first: conversation.hello === undefined });
    if (!read.ok) return;
    conversation.heard.push({ index, frame: read.frame });
    if (read.frame.t === 'hello') this.#begin(conversation, read.frame);
  }

  #begin(conversation: Conversation, hello: NonNullable<Conversation['hello']>): void {
    conversation.hello = hello;
    conversation.session = hello.session;
    conversation.instance = hello.instance;
    if (hello.table !== undefined && hello.instance !== undefined) {
      for (const earlier of (this.#byInstance.get(hello.instance) ?? []).toReversed())
        if ((conversation.start = earlier.decoderWith(hello.table)) !== undefined) break;
      conversation.decoder = conversation.start && copyOf(conversation.start);
    }
    if (hello.instance !== undefined) this.#speaks(hello.instance, conversation);
  }

  #speaks(instance: string, conversation: Conversation): void {
    const all = this.#byInstance.get(instance) ?? [];
    if (!all.includes(conversation)) this.#byInstance.set(instance, [...all, conversation]);
  }

  #arrived({ connection, text }: Extract<HistoryEntry, { kind: 'received' | 'sent' }>, index: number): void {
    const conversation = this.#open.get(connection);
    if (conversation === undefined || conversation.garbled !== undefined) return;
    const { arrived, moments } = conversation;
    if (moments[arrived]?.text === text) return void (conversation.arrived += 1);
    const sent = moments.findIndex((moment) => moment.text === text);
    const what =
      sent < 0
        ? 'something that was never sent'
        : sent < arrived
          ? `frame ${sent + 1} once more`
          : `frame ${sent + 1} before frame ${arrived + 1}`;
    conversation.garbled = { index, what };
  }

  #said({ connection, text }: Extract<HistoryEntry, { kind: 'received' | 'sent' }>, index: number): void {
    const conversation = this.#open.get(connection);
    if (conversation === undefined) return;
    const frame = readFrame(text);
    const line = conversation.session === undefined ? new EventLine() : this.session(conversation.session).lineOf(conversation.server);
    const { at, stream } = conversation;
    const moment: Moment = {
      index,
      conversation,
      frame,
      text,
      line,
      durable: line.head,
      from: at,
      upTo: at,
      stream,
      events: [],
      anew: false,
      difference: undefined,
      compared: false,
      fault: undefined,
    };
    conversation.moments.push(moment);
    try {
      this.#understand(moment, conversation, frame);
    } catch (error) {
      moment.fault = String(error);
      conversation.view = undefined;
    }
  }

  #understand(moment: Moment, conversation: Conversation, frame: ServerFrame): void {
    if (Array.isArray(frame)) return this.#live(moment, conversation, frame as LiveFrame);
    switch (frame.t) {
      case 'welcome':
        conversation.participant = frame.participant.id;
        conversation.instance = frame.instance;
        conversation.id = frame.connection;
        this.#participants.set(frame.connection, frame.participant.id);
        return this.#speaks(frame.instance, conversation);
      case 'resumed':
        conversation.id = conversation.hello?.connection;
        conversation.participant = this.#participants.get(conversation.id ?? '');
        return;
      case 'snapshot':
        conversation.snapshot = moment;
        conversation.decoder = beginWith(frame);
        moment.anew = true;
        moment.upTo = frame.position.seq;
        return;
      case 'tail':
        return this.#tail(moment, conversation, frame);
      case 'ack':
      case 'reject':
      case 'check':
        conversation.at = moment.upTo = Math.max(conversation.at, frame.seq);
        return this.#compare(moment, conversation);
      default:
    }
  }

  #tail(moment: Moment, conversation: Conversation, frame: TailFrame): void {
    const { snapshot, hello } = conversation;
    moment.anew = snapshot !== undefined;
    moment.upTo = frame.seq;
    const viewer = viewerAt(moment, conversation);
    conversation.stream = moment.stream = viewer && { viewer, since: frame.seq };
    conversation.snapshot = undefined;
    if (snapshot !== undefined) this.#beginAnew(snapshot, moment, conversation);
    else if (conversation.view === undefined && hello?.position !== undefined) {
      conversation.at = moment.from = hello.position.seq;
      conversation.view = this.#expected(moment, hello.position.seq);
    }
    if (conversation.view !== undefined) {
      const { events, upTo } = goOnWith(conversation.decoder, frame).decode(frame.events, { tail: true });
      moment.fault = upTo > frame.seq ? `it covers ${upTo} and says that it ends at ${frame.seq}` : oddOrder(events, conversation.at);
      apply(conversation, events);
      moment.events = events;
    }
    conversation.decoder = goOnWith(conversation.decoder, frame);
    conversation.at = frame.seq;
    this.#compare(moment, conversation);
  }

  #beginAnew(snapshot: Moment, tail: Moment, conversation: Conversation): void {
    const { meta, state, position } = snapshot.frame as Extract<ServerFrame, { t: 'snapshot' }>;
    conversation.view = { meta, state };
    conversation.at = position.seq;
    snapshot.stream = tail.stream;
    this.#compare(snapshot, conversation);
  }

  #live(moment: Moment, conversation: Conversation, frame: LiveFrame): void {
    if (conversation.decoder === undefined) throw new Error('a live frame before any tail');
    const { events, upTo } = conversation.decoder.decode(frame);
    moment.upTo = Math.max(conversation.at, upTo);
    moment.events = events;
    moment.fault = oddOrder(events, conversation.at);
    apply(conversation, events);
    conversation.at = moment.upTo;
    this.#compare(moment, conversation);
  }

  /** Holds what the client has against what the log gives; what is the same is shared from then on. */
  #compare(moment: Moment, conversation: Conversation): void {
    if (conversation.view === undefined || moment.upTo > moment.line.head) return;
    const expected = this.#expected(moment, moment.upTo);
    if (expected === undefined) return;
    moment.compared = true;
    moment.difference = differenceIn({ ...conversation.view }, { ...expected });
    conversation.view = expected;
  }

  #expected({ line, stream }: Moment, seq: number): View | undefined {
    const definition = definitionOf(this.run.definitions, line.at(stream?.since ?? seq));
    return definition === undefined || stream === undefined ? undefined : viewOf(line.treeAt(seq), definition, stream.viewer);
  }
}

function viewerAt({ line, upTo }: Moment, { participant }: Conversation): Viewer | undefined {
  const role = participant === undefined ? undefined : line.roleAt(upTo, participant);
  return participant === undefined || role === undefined ? undefined : { id: participant, role };
}

function apply(conversation: Conversation, events: readonly LiveEvent[]): void {
  if (conversation.view === undefined) return;
  let { meta, state } = conversation.view;
  for (const event of events) {
    meta = foldPlainly(meta, event.meta as never);
    state = foldPlainly(state, event.state as never);
  }
  conversation.view = { meta, state };
}

function oddOrder(events: readonly LiveEvent[], after: number): string | undefined {
  let last = after;
  for (const { seq } of events) {
    if (seq <= last) return `event ${seq} comes after ${last}`;
    last = seq;
  }
  return undefined;
}
