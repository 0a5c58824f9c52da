import { GENESIS_HASH } from '../../protocol/event.ts';
import type { Seq, SessionId } from '../../protocol/ids.ts';
import { chainHash, contentHash } from '../../store/chain-hash.ts';
import type { MemoryStore } from '../../store/memory-store.ts';
import type { Remnant } from '../../store/store-recovery.ts';
import type { LogRead, StoredEvent, StoredSnapshot } from '../../store/store.ts';

export type EventPart = 'content' | 'header' | 'hash';

/** `hash`: of the event as it was. Another event in its place is whole again. */
type Spot = { readonly part: EventPart; readonly hash: string };

/** Spots of a disk that give back something else than was written; and reads that find it out. */
export class Corruption {
  readonly #spots = new Map<SessionId, Map<Seq, Spot>>();

  /** False when there is no such event. */
  async add(store: MemoryStore, session: SessionId, seq: Seq, part: EventPart): Promise<boolean> {
    const { events } = await store.read(session, seq - 1, seq);
    const [event] = events;
    if (event === undefined) return false;
    const spots = this.#spots.get(session) ?? new Map<Seq, Spot>();
    // Of erased content nothing but its hash is left.
    this.#spots.set(session, spots.set(seq, { part: event.content === undefined && part === 'content' ? 'hash' : part, hash: event.hash }));
    return true;
  }

  /** Events as they stand there now, each checked against the chain. */
  async read(store: MemoryStore, session: SessionId, after: Seq, upTo: Seq): Promise<LogRead> {
    const read = await store.read(session, after, upTo);
    if (read.prunedTo !== undefined || read.events.length === 0) return read;
    const good: StoredEvent[] = [];
    let previous = await this.#hashAt(store, session, Math.max(0, after));
    for (const written of read.events) {
      const event = this.#asItStands(session, written);
      if (!isIntact(previous, event))
        return { events: good, damage: { seq: event.seq, reason: 'the event does not match its hash, or the one before' } };
      good.push(event);
      previous = event.hash;
    }
    return { events: good };
  }

  /** A snapshot that does not agree with the log is passed over. */
  async readSnapshot(store: MemoryStore, session: SessionId, atMost: Seq): Promise<StoredSnapshot | undefined> {
    const passedOver: Seq[] = [];
    for (let below = atMost; ;) {
      const snapshot = await store.readSnapshot(session, below);
      if (snapshot === undefined) return undefined;
      if ((await this.#hashAt(store, session, snapshot.seq)) === snapshot.hash)
        return passedOver.length === 0 ? snapshot : { ...snapshot, passedOver };
      passedOver.push(snapshot.seq);
      below = snapshot.seq - 1;
    }
  }

  async remnants(store: MemoryStore, session: SessionId, after: Seq): Promise<readonly Remnant[]> {
    const remnants = await store.remnants(session, after);
    if (!this.#spots.has(session)) return remnants;
    const { events } = await store.read(session, after, Number.MAX_SAFE_INTEGER);
    const headers = new Map(events.map((event) => [event.seq, this.#asItStands(session, event).header]));
    return remnants.map((remnant) => ({ ...remnant, header: headers.get(remnant.seq) ?? remnant.header }));
  }

  /** Whether a log verifies up to a seq. */
  async isSound(store: MemoryStore, session: SessionId, upTo: Seq): Promise<boolean> {
    if (!this.#spots.has(session)) return true;
    const base = (await store.beginning(session))?.seq ?? 0;
    return (await this.read(store, session, base, upTo)).damage === undefined;
  }

  async #hashAt(store: MemoryStore, session: SessionId, seq: Seq): Promise<string> {
    const base = await store.beginning(session);
    if (base === undefined || seq <= base.seq) return base?.hash ?? GENESIS_HASH;
    const [event] = (await store.read(session, seq - 1, seq)).events;
    return event === undefined ? GENESIS_HASH : this.#asItStands(session, event).hash;
  }

  #asItStands(session: SessionId, event: StoredEvent): StoredEvent {
    const spot = this.#spots.get(session)?.get(event.seq);
    if (spot === undefined || spot.hash !== event.hash) return event;
    if (spot.part === 'header') return { ...event, header: flipped(event.header) };
    if (spot.part === 'content' && event.content !== undefined) return { ...event, content: flipped(event.content) };
    return { ...event, hash: `${event.hash.startsWith('0') ? '1' : '0'}${event.hash.slice(1)}` };
  }
}

function isIntact(previous: string, { header, content, contentHash: kept, hash }: StoredEvent): boolean {
  const hashed = content === undefined ? kept : contentHash(content);
  return hashed !== undefined && chainHash(previous, Buffer.from(header), hashed) === hash;
}

/** One bit of the character in the middle. */
function flipped(text: string): string {
  const middle = text.length >> 1;
  return text.slice(0, middle) + String.fromCharCode(text.charCodeAt(middle) ^ 1) + text.slice(middle + 1);
}
