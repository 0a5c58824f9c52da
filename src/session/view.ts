import type { SessionDefinition } from '../definition/session-definition.ts';
import { encodeFrame } from '../protocol/codec.ts';
import type { StoredMessage } from '../protocol/event.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { ConnectionId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { Delivery, ViewId, Random } from '../protocol/ports.ts';
import { tableIdOf } from '../protocol/table-id.ts';
import { LiveEncoder, type EventItems } from '../state/live-encoder.ts';
import type { Op } from '../state/op.ts';
import type { PathTable } from '../state/path-table.ts';
import { deriveSight, filterOps, isFor, projectView, type Sight, type SightSubject } from '../state/sight.ts';
import { ViewHash } from '../state/view-hash.ts';

/** What one event shows, before any sight is applied. */
export type SeenEvent = {
  readonly seq: Seq;
  readonly meta: readonly Op[];
  readonly state: readonly Op[];
  readonly messages: readonly SeenMessage[];
};

export type SeenMessage = StoredMessage & { readonly by: string };

/**
 * The one place where what an event shows is cut down to what may be seen: by all who have the sight or, with `recipient`,
 * by that one of them, who may get messages that the others do not.
 */
export function seenThrough(event: SeenEvent, sight: Sight, recipient?: ParticipantId): EventItems & { seq: Seq } {
  return {
    seq: event.seq,
    meta: filterOps('meta', event.meta, sight),
    state: filterOps('state', event.state, sight),
    messages: messagesFor(event, sight, recipient),
  };
}

function messagesFor({ messages }: SeenEvent, sight: Sight, recipient?: ParticipantId): readonly SeenMessage[] {
  if (messages.every(({ to }) => to === undefined)) return messages;
  return messages.filter(({ to }) => isFor(to, sight, recipient));
}

/** A connection that watches a view. */
export type Viewer = { readonly connection: ConnectionId; readonly participant: ParticipantId; readonly view: View };

/** What a participant may see by the definition. The one place where a sight is made. */
export function sightOf({ visibility, messages }: Pick<SessionDefinition, 'visibility' | 'messages'>, { id, role }: SightSubject): Sight {
  return deriveSight({ visibility, messages: Object.keys(messages).length > 0 }, { id, role });
}

/** All connections of a session with equal sight: they share one encoding. */
export type View = {
  readonly id: ViewId;
  readonly sight: Sight;
  readonly encoder: LiveEncoder;
  readonly hash: ViewHash;
  members: number;
  /** True when something that it shows has changed since its last checkpoint, and when that was (monotonic). */
  changed: boolean;
  checkedAt: number | undefined;
};

/** So many path tables of views without members are kept for those who come back. */
const TABLES_MOST = 16;

/** The views of one awake session. */
export class Views {
  readonly #byKey = new Map<string, View>();
  /** Views without members that have something on its way to those who left them. */
  readonly #ending = new Set<View>();
  readonly #tables = new Map<string, PathTable>();
  readonly #draw: () => number;
  #nextView = 1;

  /** `draw` gives 32 random bits. */
  constructor(draw: () => number) {
    this.#draw = draw;
  }

  /** Those with members. */
  all(): Iterable<View> {
    return this.#byKey.values();
  }

  /** How many connections get what a view shows, for the budget of bytes. */
  membersOf(id: ViewId): number {
    for (const view of this.#byKey.values()) if (view.id === id) return view.members;
    return 0;
  }

  /** Takes one more member into the view of this sight. */
  enter(sight: Sight): View {
    let view = this.#byKey.get(sight.key);
    if (view === undefined) {
      const nextId = (): number => tableIdOf(sight.mark, this.#draw());
      const encoder = new LiveEncoder({ id: nextId(), table: this.#tables.get(sight.key), nextId });
      this.#tables.delete(sight.key);
      view = { id: this.#nextView, sight, encoder, hash: new ViewHash(), members: 0, changed: true, checkedAt: undefined };
      this.#nextView += 1;
      this.#byKey.set(sight.key, view);
    }
    view.members += 1;
    return view;
  }

  /** Takes a member out. What was added before still goes to the view, for those whose stream has not ended. */
  leave(view: View): void {
    view.members -= 1;
    if (view.members > 0) return;
    const { key } = view.sight;
    this.#byKey.delete(key);
    if (!view.encoder.isEmpty) this.#ending.add(view);
    this.#tables.set(key, view.encoder.table);
    for (const oldest of this.#tables.keys()) if (this.#tables.size > TABLES_MOST) this.#tables.delete(oldest);
  }

  /** Encodes an event for every view. `viewersAmong` finds those whom messages are for by name. */
  add(event: SeenEvent, viewersAmong: (participants: ReadonlySet<string>) => readonly Viewer[]): void {
    const named = event.messages.flatMap(({ to }) => to?.participants ?? []);
    const viewers = named.length === 0 ? [] : viewersAmong(new Set(named));
    for (const view of this.#byKey.values()) {
      const seen = seenThrough(event, view.sight);
      view.encoder.add(event.seq, seen, ownMessages(event, view, seen.messages, viewers));
      for (const op of seen.meta) forget(view, 'meta', op);
      for (const op of seen.state) forget(view, 'state', op);
    }
  }

  /** Checkpoints of the views that changed and whose last one is not younger than `before`. The tree stands at `seq`. */
  takeChecks(tree: { meta: JsonObject; state: JsonObject }, seq: Seq, before: number, now: number): { view: ViewId; frame: string }[] {
    const frames: { view: ViewId; frame: string }[] = [];
    for (const view of this.#byKey.values()) {
      // The first span begins when the view does.
      if (view.checkedAt === undefined) view.checkedAt = now;
      if (!view.changed || view.checkedAt > before) continue;
      view.changed = false;
      view.checkedAt = now;
      frames.push({ view: view.id, frame: encodeFrame({ t: 'check', seq, hash: view.hash.of(projectView(tree, view.sight)) }) });
    }
    return frames;
  }

  /** Frames of everything up to `seq`: one per view that has something to see, and those of single connections. */
  take(seq: Seq): Pick<Delivery, 'frames' | 'own'> {
    const frames: { view: ViewId; frame: string }[] = [];
    const own: NonNullable<Delivery['own']>[number][] = [];
    for (const view of [...this.#ending, ...this.#byKey.values()]) {
      for (const [connection, frame] of view.encoder.takeOwn(seq))
        own.push({ view: view.id, connection: connection as ConnectionId, frame });
      const frame = view.encoder.take(seq);
      if (frame !== undefined) frames.push({ view: view.id, frame });
      if (view.encoder.isEmpty) this.#ending.delete(view);
    }
    return own.length === 0 ? { frames } : { frames, own };
  }
}

/** All messages of an event for each viewer of the view who gets more of them than the others do. */
function ownMessages(
  event: SeenEvent,
  view: View,
  shared: readonly SeenMessage[] | EventItems['messages'],
  viewers: readonly Viewer[],
): Map<string, readonly SeenMessage[]> | undefined {
  const own = new Map<string, readonly SeenMessage[]>();
  for (const viewer of viewers) {
    if (viewer.view !== view) continue;
    const messages = messagesFor(event, view.sight, viewer.participant);
    if (messages.length > shared.length) own.set(viewer.connection, messages);
  }
  return own.size === 0 ? undefined : own;
}

function forget(view: View, root: 'meta' | 'state', op: Op): void {
  view.hash.forget(root, String(op[1][0]));
  view.changed = true;
}

/** Path tables of one sight are told apart across restarts by 32 random bits. */
export function drawBits(random: Random): number {
  return random.bytes(4).reduce((bits, byte) => bits * 256 + byte, 0);
}
