import type { SnapshotFrame, SnapshotReason } from '../protocol/frames.ts';
import type { ParticipantId, Position, Seq } from '../protocol/ids.ts';
import { foldOps } from '../state/fold.ts';
import type { KnownTable } from '../state/live-encoder.ts';
import type { Op } from '../state/op.ts';
import { projectView, type Sight } from '../state/sight.ts';
import { tagAt, type Tree } from './tree.ts';
import type { RecentEvents } from './recent-events.ts';
import { SnapshotTail, type TailEvents } from './snapshot-tail.ts';
import { seenThrough, type SeenEvent, type View } from './view.ts';

/** A view's stored snapshot text is used for joiners until this many events came after it, or one for so many characters of it. */
const SNAPSHOT_EVENTS_MOST = 256;
const CHARACTERS_PER_EVENT = 1_024;
/** With texts of more views than this, those that everyone left are looked for. */
const VIEWS_MOST = 64;
/** Texts below this many characters are not worth packing. */
const PACK_LEAST = 4_096;

/** Where a returning client stands with respect to this log. */
export type Standing = 'behind' | 'current' | Exclude<SnapshotReason, 'joined' | 'cheaper' | 'diverged' | 'sight-changed' | 'reloaded'>;

/** Compares a client's position with the log that ends at `head`. */
export function standing(position: Position, tree: Tree, logId: string, head: Seq): Standing {
  if (position.logId !== logId) return 'other-log';
  if (position.seq > head) return 'regression';
  const tag = tagAt(tree.internal, position.seq);
  if (position.seq > 0 && tag !== undefined && tag !== position.tag) return 'regression';
  return position.seq === head ? 'current' : 'behind';
}

/**
 * What a recipient missed, folded: messages keep their own seq, all changes of state come merged at the last seq (one
 * event needs no merging).
 */
export function foldedEvents(events: readonly SeenEvent[], upTo: Seq, sight: Sight, recipient: ParticipantId): TailEvents {
  const seen = events
    .map((event) => seenThrough(event, sight, recipient))
    .filter((event) => event.meta.length + event.state.length + event.messages.length > 0);
  const changing = seen.filter((event) => event.meta.length + event.state.length > 0);
  if (changing.length < 2) return { events: seen, folded: false };
  const messages = seen.filter((event) => event.messages.length > 0).map((event) => ({ ...event, meta: [], state: [] }));
  const last = messages.at(-1)?.seq === upTo ? messages.pop() : undefined;
  const merged = {
    seq: upTo,
    meta: foldOps(changing.flatMap((event) => event.meta as Op[])),
    state: foldOps(changing.flatMap((event) => event.state as Op[])),
    messages: last?.messages ?? [],
  };
  return { events: [...messages, merged], folded: true };
}

/** The tail frame of `view` with `tail`, ending at `seq`, for a client that has `table`. */
export function tailFrame({ events, folded }: TailEvents, { encoder }: View, seq: Seq, table: KnownTable | undefined): string {
  const paths = encoder.pathsText(table);
  const rest = `${folded ? ',"folded":true' : ''}${paths === undefined ? '' : `,"paths":${paths}`}`;
  return `{"t":"tail","seq":${seq},"events":${encoder.tailText(events, seq)}${rest}}`;
}

/** Compresses a text for the wire, off the main thread. */
export type Pack = (text: string) => Promise<Uint8Array>;

/** What joiners of one view get: the view at a position, and what came after. */
export type SnapshotText = {
  readonly position: Position;
  /** `{ meta, state }`. */
  readonly text: string;
  /** The path table at that position, and its id and size. */
  readonly paths: string;
  readonly table: KnownTable;
  readonly tail: SnapshotTail;
  /** The whole frame compressed, once that is done. */
  packed?: Uint8Array;
};

/** The latest snapshot text of each view: encoded and compressed once, used for many joiners. */
export class SnapshotTexts {
  readonly #pack: Pack | undefined;
  readonly #cache = new Map<View, SnapshotText>();

  constructor(pack: Pack | undefined) {
    this.#pack = pack;
  }

  /** Characters that are kept. */
  get kept(): number {
    let kept = 0;
    for (const { text, paths, packed } of this.#cache.values()) kept += text.length + paths.length + (packed?.byteLength ?? 0);
    return kept;
  }

  /** Takes in what is about to be let go of: which text a joiner gets must not depend on how large hidden changes were. */
  takeIn(recent: RecentEvents): void {
    this.#forgetLeft();
    for (const { position, tail, text } of this.#cache.values()) {
      if (isStale(position, text, recent.upTo)) continue;
      tail.add(eventsAfter(recent, tail.upTo), recent.upTo);
    }
  }

  forget(): void {
    this.#cache.clear();
  }

  /** A view that everyone left is never entered again. */
  #forgetLeft(): void {
    for (const view of this.#cache.keys()) if (view.members === 0) this.#cache.delete(view);
  }

  /** A text not older than `oldest`, to be completed by the events after it, or a fresh one at `position`. */
  take(view: View, tree: Tree, position: Position, oldest: Seq): SnapshotText {
    const kept = this.#cache.get(view);
    if (kept !== undefined && kept.position.seq >= oldest && !isStale(kept.position, kept.text, position.seq)) return kept;
    const { encoder, sight } = view;
    const fresh: SnapshotText = {
      position,
      text: JSON.stringify(projectView(tree, sight)),
      paths: JSON.stringify(encoder.paths()),
      table: { id: encoder.table.id, known: encoder.table.list.length },
      tail: new SnapshotTail(sight, position.seq),
    };
    if (this.#cache.size > VIEWS_MOST) this.#forgetLeft();
    this.#cache.set(view, fresh);
    return fresh;
  }

  /** Whether a text would be clearly longer than `length`, as far as that is known without making one. */
  isLongerThan(view: View, length: number): boolean {
    return (this.#cache.get(view)?.text.length ?? 0) > 2 * length;
  }

  /** Compresses a text that more joiners will ask for; they get it once it is ready. */
  prepare(snapshot: SnapshotText, frame: string): void {
    if (this.#pack === undefined || snapshot.packed !== undefined || frame.length < PACK_LEAST) return;
    this.#pack(frame).then(
      (packed) => void (snapshot.packed = packed),
      () => undefined,
    );
  }
}

/** A large text takes long to make: it is used for longer. */
function isStale(position: Position, text: string, seq: Seq): boolean {
  return position.seq < seq - Math.max(SNAPSHOT_EVENTS_MOST, text.length / CHARACTERS_PER_EVENT);
}

/** The events after `seq`, none of which anybody let go of. */
export function eventsAfter(recent: RecentEvents, seq: Seq): readonly SeenEvent[] {
  const events = recent.between(seq, recent.upTo);
  if (events === undefined) throw new Error(`the events after ${seq}, on which a snapshot for joiners builds, are gone`);
  return events;
}

/** What a snapshot says to one recipient besides the view. */
export type SnapshotFacts = {
  readonly reason: SnapshotReason;
  readonly missed?: SnapshotFrame['missed'] | undefined;
  readonly participant?: SnapshotFrame['participant'] | undefined;
  readonly setAside?: SnapshotFrame['setAside'] | undefined;
};

/** A snapshot frame around an already encoded `{ meta, state }`. It always goes before a tail frame. */
export function snapshotFrame({ text, position, paths }: SnapshotText, { reason, missed, participant, setAside }: SnapshotFacts): string {
  const head = JSON.stringify({ t: 'snapshot', position, reason, missed, participant, setAside });
  return `${head.slice(0, -1)},"paths":${paths},${text.slice(1)}`;
}
