import type { Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { decodeText, rebuild, replay, type Rebuilt, type WakePhases } from '../session/recovery.ts';
import { reportQuarantine, type QuarantineReport } from '../session/recovery-report.ts';
import { emptyTree } from '../session/tree.ts';
import type { CatalogueRow, LogDamage, Store, StoredEvent } from '../store/store.ts';
import { systemClock } from './system-clock-adapter.ts';
import { sessionJson, type SessionJson } from './session-json.ts';

/** A session as its files hold it: rebuilt from the log alone, every event checked. */
export type StoredSession = {
  readonly session: SessionJson;
  /** Last seq that the catalogue names. */
  readonly headSeq: Seq;
  /** Last seq up to which everything is sound; `meta` and `state` are of this seq. */
  readonly soundSeq: Seq;
  readonly meta: JsonObject;
  readonly state: JsonObject;
  readonly damage?: LogDamage | undefined;
  /** Present while the session is not served. */
  readonly quarantine?: QuarantineReport | undefined;
  /** What recoveries have set aside. */
  readonly setAside?:
    | readonly { readonly logId: string; readonly firstSeq: Seq; readonly bytes: number; readonly at: number }[]
    | undefined;
  /** What a wake would read now, and the milliseconds that each part of it took here. */
  readonly wake?: StoredWake | undefined;
};

type StoredWake = {
  readonly fromSnapshot: Seq;
  readonly events: number;
  readonly passedOver: readonly Seq[];
  readonly phases: Omit<WakePhases, 'claimMs'>;
};

/** Undefined when there is no such session. */
export async function readStoredSession(store: Store, id: SessionId): Promise<StoredSession | undefined> {
  const row = await store.get(id);
  if (row === undefined) return undefined;
  const tree = emptyTree();
  const { seq, damage } = replay(tree, 0, await store.read(id, 0, row.headSeq));
  const missing = seq < row.headSeq ? { seq: seq + 1, reason: `the log ends at seq ${seq}, the catalogue says ${row.headSeq}` } : undefined;
  const facts = { session: sessionJson(row), headSeq: row.headSeq, soundSeq: seq, meta: tree.meta, state: tree.state };
  return { ...facts, damage: damage ?? missing, ...(await readRecovery(store, row)) };
}

/** What there is to be said of a session's recovery; nothing where it could never be otherwise. */
async function readRecovery(
  store: Store,
  { session, headSeq }: CatalogueRow,
): Promise<Pick<StoredSession, 'quarantine' | 'setAside' | 'wake'>> {
  const mark = (await store.quarantined()).find((each) => each.session === session);
  const aside = (await store.setAside(session)).map(({ data, ...row }) => ({ ...row, bytes: data.length }));
  const waking = await rebuild(store, { session, upTo: headSeq, clock: systemClock });
  return {
    ...(mark === undefined ? {} : { quarantine: await reportQuarantine(store, mark) }),
    ...(aside.length === 0 ? {} : { setAside: aside }),
    ...(waking.kind === 'damaged' ? {} : { wake: wakeOf(waking) }),
  };
}

function wakeOf({ fromSnapshot, since, passedOver, phases }: Rebuilt): StoredWake {
  return { fromSnapshot, events: since.length, passedOver, phases };
}

/** An event as people read it: without the salt and the seed, which nobody needs to see. */
export type ShownEvent = {
  readonly seq: Seq;
  readonly at: number;
  readonly who: string;
  readonly command: string;
  readonly epoch: number;
  readonly definition: number;
  readonly instance: string | null;
  readonly number: number | null;
  readonly hash: string;
  /** True when the content was erased: the header stays, and the chain still verifies. */
  readonly erased?: true;
  readonly input?: JsonValue | undefined;
  readonly result?: JsonValue | undefined;
  readonly state?: unknown;
  readonly meta?: unknown;
  readonly messages?: unknown;
};

export type StoredEvents = { readonly events: readonly ShownEvent[]; readonly headSeq: Seq; readonly damage?: LogDamage | undefined };

/** Events from `from` on, each checked against the chain. Undefined when there is no such session. */
export async function readStoredEvents(
  store: Pick<Store, 'get' | 'read'>,
  id: SessionId,
  from: Seq,
  limit: number,
): Promise<StoredEvents | undefined> {
  const row = await store.get(id);
  if (row === undefined) return undefined;
  const upTo = Math.min(row.headSeq, from + limit - 1);
  const { events, damage } = await store.read(id, from - 1, upTo);
  const last = events.at(-1)?.seq ?? from - 1;
  const missing =
    damage === undefined && last < upTo
      ? { seq: last + 1, reason: `the log ends at seq ${last}, the catalogue says ${row.headSeq}` }
      : undefined;
  return { events: events.map(shownEvent), headSeq: row.headSeq, damage: damage ?? missing };
}

function shownEvent(stored: StoredEvent): ShownEvent {
  const { header, content } = decodeText(stored);
  const { seq, at, who, command, epoch, definition, instance, number } = header;
  const facts = { seq, at, who, command, epoch, definition, instance, number, hash: stored.hash };
  if (content === undefined) return { ...facts, erased: true };
  const { input, result, ops: state, meta, messages } = content;
  return { ...facts, input, result, state, meta, messages };
}
