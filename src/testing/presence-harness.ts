import { DEFAULT_PRESENCE, type PresencePolicy } from '../definition/presence-policy.ts';
import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import type { PresenceDelivery, PresenceGroup } from '../protocol/ports.ts';
import type { OwnPresenceFrame, PresenceFrame } from '../protocol/presence.ts';
import type { PersonFacts } from '../session/presence-person.ts';
import { Presence, type PresenceChange } from '../session/presence.ts';
import { PresenceReader } from './presence-reader.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Presence alone, on virtual time: people and connections are what the test says. */
export class PresenceHarness {
  readonly clock = new VirtualClock();
  readonly deliveries: PresenceDelivery[] = [];
  readonly recorded: PresenceChange[][] = [];
  readonly presence: Presence;
  readonly #readers = new Map<string, { group: PresenceGroup | null; reader: PresenceReader }>();

  constructor(rules: Partial<PresencePolicy> = {}, start: { people?: Record<string, string>; kept?: Record<string, string> } = {}) {
    this.presence = new Presence(
      { ...DEFAULT_PRESENCE, ...rules },
      {
        people: Object.entries(start.people ?? {}).map(([id, role]) => [id as ParticipantId, factsOf(role)] as const),
        kept: Object.entries(start.kept ?? {}).map(([connection, id]) => [connection as ConnectionId, id as ParticipantId] as const),
      },
      {
        clock: this.clock,
        deliver: (delivery) => this.#deliver(delivery),
        record: (changes) => void this.recorded.push([...changes]),
      },
    );
  }

  #deliver(delivery: PresenceDelivery): void {
    this.deliveries.push(delivery);
    const { all, gm, own } = delivery;
    for (const { group, reader } of this.#readers.values()) {
      if (all !== undefined && group !== null) reader.read(all);
      if (gm !== undefined && group === 'gm') reader.read(gm);
    }
    for (const { connection, group, frame } of own) {
      const known = this.#readers.get(connection) ?? { group, reader: new PresenceReader() };
      known.group = group;
      this.#readers.set(connection, known);
      if (frame !== undefined) known.reader.read(frame);
    }
  }

  /** Takes part from now on, with this role. */
  join(id: string, role = 'player', more: Partial<PersonFacts> = {}): void {
    this.presence.person(id as ParticipantId, { ...factsOf(role), ...more });
  }

  /** Takes part no longer. */
  remove(id: string): void {
    this.presence.person(id as ParticipantId, undefined);
  }

  /** A connection of that name arrives, or is back. Its reader sees what reaches it. */
  connect(connection: string, id: string): PresenceReader {
    if (!this.#readers.has(connection)) this.#readers.set(connection, { group: null, reader: new PresenceReader() });
    this.presence.attached(connection as ConnectionId, id as ParticipantId);
    this.clock.advance(0);
    return this.reader(connection);
  }

  reader(connection: string): PresenceReader {
    return this.#readers.get(connection)?.reader ?? new PresenceReader();
  }

  /** Its transport is gone: nothing reaches it any more. */
  cut(connection: string): void {
    this.#readers.delete(connection);
    this.presence.lost(connection as ConnectionId);
    this.clock.advance(0);
  }

  say(connection: string, said: Omit<OwnPresenceFrame, 't'>): void {
    this.presence.said(connection as ConnectionId, { t: 'presence', ...said });
    this.clock.advance(0);
  }

  act(connection: string): void {
    this.presence.acted(connection as ConnectionId);
    this.clock.advance(0);
  }

  /** Frames that went to everyone, by now. */
  get shared(): PresenceFrame[] {
    return this.deliveries.flatMap(({ all }) => (all === undefined ? [] : [JSON.parse(all) as PresenceFrame]));
  }
}

function factsOf(role: string): PersonFacts {
  return { role, listed: role !== 'spectator', away: false };
}
