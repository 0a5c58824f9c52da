import type { PresencePolicy } from '../definition/presence-policy.ts';
import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import {
  ACTIVITY_MS,
  type OwnPresenceFrame,
  type PresenceConnection,
  type PresenceEntry,
  type PresenceStatus,
} from '../protocol/presence.ts';

/** A client that calls its person idle is believed when nothing comes from it for this long. */
const CONFIRM_MS = 2_000;

/** What a session's events say of someone who takes part. */
export type PersonFacts = {
  readonly role: string;
  /** False for the audience, which is counted only. */
  readonly listed: boolean;
  /** True once `lost` is in the log. */
  readonly away: boolean;
};

/** One connection of a person. Times are monotonic milliseconds. */
export type Device = {
  readonly connection: ConnectionId;
  readonly person: PresentPerson;
  /** Since when nothing is heard of it; undefined while it is here. */
  goneAt: number | undefined;
  /** It is its silence that says so: its transport is there, as far as anybody knows. */
  isSilent: boolean;
  /** From then on its person is idle, if nothing comes before. */
  idleAt: number;
  /** Nothing was heard of its person yet. */
  fresh: boolean;
  activity: { readonly name: string; readonly endsAt: number; readonly untilMs: number; readonly order: number } | undefined;
  data: { readonly value: JsonValue; readonly order: number } | undefined;
  facts: PresenceConnection | undefined;
};

/** Monotonic and wall-clock time of one instant. */
export type Instant = { readonly at: number; readonly wallMs: number };

/** How one participant is present: what all their devices come to. */
export class PresentPerson {
  readonly id: ParticipantId;
  facts: PersonFacts;
  /** Few, and mostly one. */
  devices: readonly Device[] = [];
  status: PresenceStatus | undefined;
  /** When time alone may change something here; Infinity when never. */
  dueAt = Infinity;
  /** The entry as it was told last, and as it is, as the member of a JSON object. */
  told = '';
  text = '';
  #since = 0;
  #order = 0;

  constructor(id: ParticipantId, facts: PersonFacts) {
    this.id = id;
    this.facts = facts;
  }

  /** True while any device is here, or was a moment ago. */
  get isPresent(): boolean {
    return this.devices.length > 0;
  }

  /** The client of a device said something of its person. */
  hear(device: Device, { idle, activity, data }: OwnPresenceFrame, now: Instant, rules: PresencePolicy): void {
    if (idle === true) device.idleAt = Math.min(device.idleAt, now.at + (device.fresh ? 0 : CONFIRM_MS));
    else device.idleAt = now.at + rules.idleAfterMs;
    device.fresh = false;
    this.#order += 1;
    if (activity === null) device.activity = undefined;
    else if (activity !== undefined) {
      const ttlMs = activity.ttlMs ?? ACTIVITY_MS;
      device.activity = { name: activity.name, endsAt: now.at + ttlMs, untilMs: Math.round(now.wallMs + ttlMs), order: this.#order };
    }
    if (data === null) device.data = undefined;
    else if (data !== undefined) device.data = { value: data, order: this.#order };
  }

  /** Works out what is true now. The result names devices that are over. */
  look({ at, wallMs }: Instant, rules: PresencePolicy): Device[] {
    const isOver = ({ goneAt }: Device): boolean => goneAt !== undefined && at >= goneAt + rules.graceMs;
    const over = this.devices.filter(isOver);
    if (over.length > 0) this.devices = this.devices.filter((device) => !isOver(device));
    const { devices } = this;
    const status = statusOf(devices, at);
    if (status !== this.status) {
      this.status = status;
      this.#since = Math.round(wallMs);
    }
    const activities = devices.flatMap(({ activity }) => (activity !== undefined && activity.endsAt > at ? [activity] : []));
    this.dueAt = Math.min(Infinity, ...devices.map((device) => dueOf(device, at, rules)), ...activities.map(({ endsAt }) => endsAt));
    const entry = entryOf(status, this.#since, newest(activities), newest(devices.flatMap(({ data }) => data ?? [])));
    // Joined, not added: what is kept is then one text, and not a tree of its parts.
    this.text = [JSON.stringify(this.id), JSON.stringify(entry)].join(':');
    return over;
  }
}

function statusOf(devices: readonly Device[], at: number): PresenceStatus {
  if (devices.length === 0) return 'disconnected';
  return devices.some(({ idleAt }) => idleAt > at) ? 'online' : 'idle';
}

function dueOf({ goneAt, idleAt }: Device, at: number, { graceMs }: PresencePolicy): number {
  return Math.min(idleAt > at ? idleAt : Infinity, goneAt === undefined ? Infinity : goneAt + graceMs);
}

function entryOf(status: PresenceStatus, since: number, activity: Device['activity'], data: Device['data']): PresenceEntry {
  const entry: PresenceEntry = { status, since };
  if (activity !== undefined) entry.activity = { name: activity.name, untilMs: activity.untilMs };
  if (data !== undefined) entry.data = data.value;
  return entry;
}

function newest<T extends { readonly order: number }>(said: readonly T[]): T | undefined {
  return said.reduce<T | undefined>((last, one) => (last === undefined || one.order > last.order ? one : last), undefined);
}
