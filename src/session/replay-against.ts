import { pathFault } from '../definition/migrations.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { EventContent, EventHeader } from '../protocol/event.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { CatalogueRow, LogDamage, Store, StoredEvent } from '../store/store.ts';
import { migrateTree } from './migration.ts';
import { decodeText } from './recovery.ts';
import { partIn, rerun } from './reexecution.ts';
import { differencesIn, migratedDifferences, type Difference } from './replay-difference.ts';
import { applyEvent, emptyTree, note, type Tree } from './tree.ts';

/** Events read at a time. */
const WINDOW = 1_024;

/** The first event in which the code does not do what the log says. */
export type Divergence = {
  readonly seq: Seq;
  readonly command: string;
  readonly who: string;
  readonly at: number;
  readonly differences: readonly Difference[];
};

/** Events that could not be compared, and why. */
export type SkippedEvents = { readonly range: readonly [first: Seq, last: Seq]; readonly reason: string };

/**
 * What became of a session's log under other code: it did the same all along, it diverged, its log cannot be read to the
 * end, or nothing of it could be compared.
 */
export type LogReplay = {
  readonly session: SessionId;
  readonly type: string;
  readonly verdict: 'same' | 'diverged' | 'damaged' | 'skipped';
  readonly headSeq: Seq;
  /** Events in which user code ran again. */
  readonly executed: number;
  /** Events that hold nothing of user code. */
  readonly applied: number;
  readonly skipped: readonly SkippedEvents[];
  readonly divergence?: Divergence | undefined;
  readonly damage?: LogDamage | undefined;
};

type Logs = Pick<Store, 'get' | 'read' | 'readSnapshot' | 'snapshots'>;

/**
 * Runs every command of a stored log again, in memory, with the code of `definition`, and compares what it does with what the
 * log says, up to the first event in which they differ. Events before `from` are taken as they are. An event of an earlier
 * version is compared after the migration: the migrated state and the new code against the old code and then the migration.
 * Undefined when there is no such session.
 */
export async function replayAgainst(
  store: Logs,
  session: SessionId,
  definition: SessionDefinition,
  from: Seq = 1,
): Promise<LogReplay | undefined> {
  const row = await store.get(session);
  return row && new Replaying(store, row, definition, from).run();
}

class Replaying {
  readonly #store: Logs;
  readonly #row: CatalogueRow;
  readonly #definition: SessionDefinition;
  readonly #from: Seq;
  readonly #skipped: { range: [Seq, Seq]; reason: string }[] = [];
  #tree: Tree | undefined = emptyTree();
  #seq: Seq = 0;
  #executed = 0;
  #applied = 0;

  constructor(store: Logs, row: CatalogueRow, definition: SessionDefinition, from: Seq) {
    this.#store = store;
    this.#row = row;
    this.#definition = definition;
    this.#from = from;
  }

  async run(): Promise<LogReplay> {
    const { session, headSeq } = this.#row;
    while (this.#seq < headSeq) {
      const { events, damage, prunedTo } = await this.#store.read(session, this.#seq, Math.min(headSeq, this.#seq + WINDOW));
      for (const event of events) {
        const found = await this.#step(event);
        if (found !== undefined) return this.#result('diverged', { divergence: found });
        // A snapshot may have led over some of them.
        if (this.#seq !== event.seq) break;
      }
      if (prunedTo !== undefined && prunedTo > this.#seq) await this.#jump(prunedTo, 'pruned');
      else if (damage !== undefined) return this.#result('damaged', { damage });
      else if (events.length === 0)
        return this.#result('damaged', {
          damage: { seq: this.#seq + 1, reason: `the catalogue says that the log goes to seq ${headSeq}` },
        });
    }
    const last = this.#migrateAtHead();
    if (last !== undefined) return this.#result('diverged', { divergence: last });
    const isSkipped = this.#executed === 0 && this.#skipped.length > 0;
    return this.#result(isSkipped ? 'skipped' : 'same', {});
  }

  #result(verdict: LogReplay['verdict'], more: Pick<LogReplay, 'divergence' | 'damage'>): LogReplay {
    const { session, type, headSeq } = this.#row;
    return { session, type, verdict, headSeq, executed: this.#executed, applied: this.#applied, skipped: this.#skipped, ...more };
  }

  async #step(stored: StoredEvent): Promise<Divergence | undefined> {
    const { header, content } = decodeText(stored);
    if (content === undefined) return this.#jump(header.seq, 'erased');
    const tree = this.#tree;
    this.#seq = header.seq;
    if (tree === undefined) return this.#skip(header.seq, header.seq, 'without the state before');
    const differences = this.#compare(tree, header, content);
    if (differences === undefined) return undefined;
    return { seq: header.seq, command: header.command, who: header.who, at: header.at, differences };
  }

  /** Brings the tree over an event. What differs, where something does. */
  #compare(tree: Tree, header: EventHeader, content: EventContent): readonly Difference[] | undefined {
    const definition = this.#definition;
    const part = header.kind === 'create' || header.seq < this.#from ? 'none' : partIn(header, content, definition);
    if (part === 'none') {
      this.#applied += 1;
      applyEvent(tree, header, content);
      return undefined;
    }
    const fault = pathFault(definition, header.definition);
    if (fault !== undefined) {
      applyEvent(tree, header, content);
      return this.#skip(header.seq, header.seq, fault);
    }
    this.#executed += 1;
    if (header.definition !== definition.version) return this.#compareMigrated(tree, header, content);
    // Where Holdfast's own part of the event is left out, the tree would not be what the log says.
    const isWhole = part === 'command' && !endsSession(content);
    const on = isWhole ? tree : copyOf(tree);
    const outcome = rerun({ tree: on, definition, session: this.#row.session, header, content });
    const differences = differencesIn(outcome, { header, content, part: isWhole ? 'all' : 'hooked' });
    if (differences.length > 0) return differences;
    if (isWhole) note(tree, header, content);
    else applyEvent(tree, header, content);
    return undefined;
  }

  #compareMigrated(tree: Tree, header: EventHeader, content: EventContent): readonly Difference[] | undefined {
    const definition = this.#definition;
    const after = copyOf(tree);
    const before = migrateTree(after, definition, header.definition);
    if (before !== undefined && 'fault' in before) return [{ what: 'migration', then: undefined, now: before.fault }];
    const outcome = rerun({ tree: after, definition, session: this.#row.session, header, content });
    applyEvent(tree, header, content);
    const meant = copyOf(tree);
    const done = migrateTree(meant, definition, header.definition);
    if (done !== undefined && 'fault' in done) return [{ what: 'migration', then: undefined, now: done.fault }];
    const differences = migratedDifferences(outcome, { header, content, state: after.state, meant: meant.state });
    return differences.length > 0 ? differences : undefined;
  }

  /** What the next wake will do first. */
  #migrateAtHead(): Divergence | undefined {
    const definition = this.#definition;
    const version = this.#row.definitionVersion;
    if (this.#tree === undefined || version >= definition.version) return undefined;
    const missing = pathFault(definition, version);
    if (missing === undefined) this.#executed += 1;
    const done = missing === undefined ? migrateTree(copyOf(this.#tree), definition, version) : { fault: missing };
    if (done === undefined || !('fault' in done)) return undefined;
    const differences = [{ what: 'migration', then: undefined, now: done.fault }] as const;
    return { seq: this.#seq + 1, command: '@migrate', who: 'system', at: this.#tree.internal.at, differences };
  }

  /** Goes on from the first snapshot that covers an event which cannot be applied. */
  async #jump(seq: Seq, reason: string): Promise<undefined> {
    const stops = (await this.#store.snapshots(this.#row.session)).filter((each) => each.intact && each.seq >= seq).map((each) => each.seq);
    const to = stops.length === 0 ? undefined : Math.min(...stops);
    const snapshot = to === undefined ? undefined : await this.#store.readSnapshot(this.#row.session, to);
    this.#tree = snapshot === undefined ? undefined : (JSON.parse(snapshot.data) as Tree);
    const last = snapshot?.seq ?? seq;
    this.#skip(this.#seq + 1, last, reason);
    this.#seq = last;
  }

  #skip(first: Seq, last: Seq, reason: string): undefined {
    const before = this.#skipped.at(-1);
    if (before !== undefined && before.reason === reason && before.range[1] === first - 1) before.range[1] = last;
    else this.#skipped.push({ range: [first, last], reason });
  }
}

function endsSession({ meta = [] }: EventContent): boolean {
  return meta.some(([, path]) => Array.isArray(path) && path[0] === 'status');
}

function copyOf(tree: Tree): Tree {
  return JSON.parse(JSON.stringify(tree)) as Tree;
}
