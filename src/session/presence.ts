import type { PresencePolicy } from '../definition/presence-policy.ts';
import type { ConnectionId, ParticipantId } from '../protocol/ids.ts';
import type { Clock, ConnectionNotice, PresenceDelivery, PresenceGroup } from '../protocol/ports.ts';
import type { OwnPresenceFrame, PresenceConnection, PresenceStatus } from '../protocol/presence.ts';
import { PresentPerson, type Device, type Instant, type PersonFacts } from './presence-person.ts';

/** Frames to everyone leave at once while they come no more often than this on average, or than this where many are to be told. */
const RHYTHM_MS = 33;
const RHYTHM_PER_RECIPIENT_MS = 0.1;
/** So many may come at one time. */
const RHYTHM_AHEAD = 8;
/** What time alone changes is looked for no more often than this. */
const LOOK_MS = 50;
const AUDIENCE_MS = 1_000;
const RECORD_MS = 1_000;

/** A change of status for the log. */
export type PresenceChange = readonly [participant: ParticipantId, status: PresenceStatus];

/** What presence needs of the session around it. */
export type PresenceHost = {
  readonly clock: Clock;
  readonly deliver: (delivery: PresenceDelivery) => void;
  readonly record: (changes: readonly PresenceChange[]) => void;
};

/** Who took part when the session woke, and whose places were kept. */
export type PresenceStart = {
  readonly people: Iterable<readonly [ParticipantId, PersonFacts]>;
  readonly kept: Iterable<readonly [ConnectionId, ParticipantId]>;
};

/**
 * Who is here now, from all devices of everyone. It is told only what is durable, keeps nothing that a crash could make
 * untrue, and decides what is told to whom and when; it knows neither transports nor the log.
 */
export class Presence {
  readonly #rules: PresencePolicy;
  readonly #host: PresenceHost;
  readonly #people = new Map<ParticipantId, PresentPerson>();
  readonly #devices = new Map<ConnectionId, Device>();
  /** Those that are there and silent for so long that they do not count. */
  readonly #unheard = new Map<ConnectionId, Device>();
  /** Something happened to them: what they are now is worked out with the next frame. */
  readonly #touched = new Set<PresentPerson>();
  readonly #removed = new Set<ParticipantId>();
  /** Connections that get all of it with the next frame. */
  readonly #newcomers = new Set<ConnectionId>();
  /** Those whose connections changed since the GMs were told. */
  readonly #detailed = new Set<PresentPerson>();
  readonly #unrecorded = new Map<ParticipantId, PresenceStatus>();
  #audience = 0;
  #audienceTold = 0;
  #audienceToldAt = -Infinity;
  /** When the next frame would be due if all came evenly. */
  #nextAt = -Infinity;
  #recordedAt = -Infinity;
  #lookAt = Infinity;
  #lookedAt = -Infinity;
  #timer: { readonly dueAt: number; readonly cancel: () => void } | undefined;
  #all: string | undefined;
  #stopped = false;

  constructor(rules: PresencePolicy, start: PresenceStart, host: PresenceHost) {
    this.#rules = rules;
    this.#host = host;
    const { at } = this.#now();
    for (const [id, facts] of start.people) this.#add(id, facts);
    // Whoever was here when the process ended may come back: until the grace has passed nobody is shown as gone.
    for (const [connection, id] of start.kept) {
      const person = this.#people.get(id);
      if (person !== undefined && !person.facts.away) this.#addDevice(person, connection).goneAt = at;
    }
  }

  /** True when nothing is left to be done. */
  get isQuiet(): boolean {
    return this.#timer === undefined;
  }

  // -- what the log says --------------------------------------------------------------------------------------------

  /** What a durable event changed of people. */
  change(people: readonly (readonly [ParticipantId, PersonFacts | undefined])[]): void {
    for (const [id, facts] of people) this.person(id, facts);
  }

  /** Someone takes part from now on, or their entry changed; undefined: no longer. */
  person(id: ParticipantId, facts: PersonFacts | undefined): void {
    const known = this.#people.get(id);
    if (facts === undefined) {
      if (known !== undefined) this.#remove(known);
    } else if (known === undefined) this.#add(id, facts);
    else this.#change(known, facts);
    this.#schedule();
  }

  #add(id: ParticipantId, facts: PersonFacts): void {
    const person = new PresentPerson(id, facts);
    this.#people.set(id, person);
    this.#removed.delete(id);
    this.#touched.add(person);
  }

  #remove(person: PresentPerson): void {
    this.#people.delete(person.id);
    this.#touched.delete(person);
    this.#detailed.delete(person);
    this.#unrecorded.delete(person.id);
    for (const { connection } of person.devices) this.#forgetDevice(connection);
    for (const [connection, device] of this.#unheard) if (device.person === person) this.#unheard.delete(connection);
    if (person.told !== '') this.#removed.add(person.id);
    if (!person.facts.listed && person.isPresent) this.#audience -= 1;
    this.#all = undefined;
  }

  #change(person: PresentPerson, facts: PersonFacts): void {
    const before = person.facts;
    if (before.listed !== facts.listed) this.#relist(person, facts.listed);
    person.facts = facts;
    if (before.role !== facts.role) this.#regroup(person);
    // The log says that they are gone.
    if (facts.away) for (const device of person.devices) if (device.goneAt !== undefined) device.goneAt = -Infinity;
    this.#touched.add(person);
  }

  /** What another role is told begins with the next frame; what it is no longer told ends at once. */
  #regroup({ devices, facts: { role } }: PresentPerson): void {
    const here = devices.filter(({ goneAt }) => goneAt === undefined);
    for (const { connection } of here) this.#newcomers.add(connection);
    if (here.length > 0 && !this.#stopped)
      this.#host.deliver({ own: here.map(({ connection }) => ({ connection, group: this.#groupOf(role) })) });
  }

  #relist(person: PresentPerson, listed: boolean): void {
    if (person.isPresent) this.#audience += listed ? -1 : 1;
    if (!listed && person.told !== '') this.#removed.add(person.id);
    else this.#removed.delete(person.id);
    person.told = '';
    this.#all = undefined;
  }

  // -- what connections do ------------------------------------------------------------------------------------------

  /** A connection of a participant has arrived, or is back: it is told everything. */
  attached(connection: ConnectionId, who: ParticipantId): void {
    const person = this.#people.get(who);
    if (person === undefined || this.#stopped) return;
    const device = person.devices.find((each) => each.connection === connection) ?? this.#addDevice(person, connection);
    device.goneAt = undefined;
    this.#unheard.delete(connection);
    this.#newcomers.add(connection);
    this.#touch(person);
  }

  #addDevice(person: PresentPerson, connection: ConnectionId): Device {
    const idleAt = this.#now().at + this.#rules.idleAfterMs;
    const start = { goneAt: undefined, isSilent: false, idleAt, fresh: true, activity: undefined, data: undefined, facts: undefined };
    return this.#takeIn({ connection, person, ...start });
  }

  #takeIn(device: Device): Device {
    const { connection, person } = device;
    if (!person.isPresent && !person.facts.listed) this.#audience += 1;
    person.devices = [...person.devices, device];
    this.#devices.set(connection, device);
    return device;
  }

  /** Nothing is heard of a connection any more (`isSilent`), or its transport is gone. */
  lost(connection: ConnectionId, isSilent = false): void {
    this.#unheard.delete(connection);
    const device = this.#devices.get(connection);
    if (device === undefined) return;
    device.isSilent = isSilent;
    if (device.goneAt !== undefined) return;
    device.goneAt = this.#now().at;
    this.#newcomers.delete(connection);
    this.#touch(device.person);
  }

  /** A connection that was silent for long gave a sign of life. What it missed while nobody was here to be told, it is told now. */
  heard(connection: ConnectionId): void {
    const unheard = this.#unheard.get(connection);
    if (unheard !== undefined) this.#newcomers.add(this.#takeIn(unheard).connection);
    this.#unheard.delete(connection);
    const device = this.#devices.get(connection);
    if (device?.goneAt === undefined) return;
    device.goneAt = undefined;
    this.#touch(device.person);
  }

  /** Its person did something. */
  acted(connection: ConnectionId): void {
    const device = this.#devices.get(connection);
    if (device === undefined) return;
    const at = this.#host.clock.monotonic();
    const wasIdle = device.idleAt <= at || device.person.status !== 'online';
    device.idleAt = at + this.#rules.idleAfterMs;
    device.fresh = false;
    if (wasIdle) this.#touch(device.person);
  }

  /** A client said something of its person. */
  said(connection: ConnectionId, frame: OwnPresenceFrame): void {
    const device = this.#devices.get(connection);
    if (device === undefined || !device.person.facts.listed) return;
    device.person.hear(device, frame, this.#now(), this.#rules);
    this.#touch(device.person);
  }

  /** A connection missed frames because it reads slowly: it gets all of it. */
  behind(connection: ConnectionId): void {
    if (this.#devices.get(connection) === undefined) return;
    this.#newcomers.add(connection);
    this.#schedule();
  }

  /** What the host of connections noticed. */
  notice(notice: ConnectionNotice): void {
    switch (notice.kind) {
      case 'silent':
        return this.lost(notice.connection, true);
      case 'heard':
        return this.heard(notice.connection);
      case 'behind':
        return this.behind(notice.connection);
      case 'details':
        return this.details(notice.rows);
    }
  }

  /** What is known of connections: told at once, to those who run the session. */
  details(rows: readonly PresenceConnection[]): void {
    for (const row of rows) {
      const device = this.#devices.get(row.connection);
      if (device === undefined || !device.person.facts.listed) continue;
      device.facts = row;
      this.#detailed.add(device.person);
    }
    if (this.#detailed.size === 0 || this.#stopped) return;
    this.#host.deliver({ own: [], gm: `{"t":"presence","people":{},"details":${detailsOf(this.#detailed)}}` });
    this.#detailed.clear();
  }

  /** Nothing is told from now on. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  // -- time ---------------------------------------------------------------------------------------------------------

  #touch(person: PresentPerson): void {
    this.#touched.add(person);
    this.#schedule();
  }

  /** One timer, for whatever is due first. */
  #schedule(): void {
    if (this.#stopped) return;
    const dueAt = Math.min(this.#frameDueAt(), this.#lookDueAt(), this.#audienceDueAt(), this.#recordDueAt());
    if (dueAt === Infinity || (this.#timer !== undefined && this.#timer.dueAt <= dueAt)) return;
    this.#timer?.cancel();
    const { clock } = this.#host;
    const cancel = clock.startTimer(Math.max(0, dueAt - clock.monotonic()), () => {
      this.#timer = undefined;
      this.#run();
    });
    this.#timer = { dueAt, cancel };
  }

  #frameDueAt(): number {
    if (this.#touched.size + this.#removed.size + this.#newcomers.size === 0) return Infinity;
    return this.#nextAt - (RHYTHM_AHEAD - 1) * this.#rhythmMs;
  }

  get #rhythmMs(): number {
    return Math.max(RHYTHM_MS, Math.ceil(this.#devices.size * RHYTHM_PER_RECIPIENT_MS));
  }

  #lookDueAt(): number {
    return this.#devices.size === 0 ? Infinity : Math.max(this.#lookAt, this.#lookedAt + LOOK_MS);
  }

  #audienceDueAt(): number {
    return this.#audience === this.#audienceTold ? Infinity : this.#audienceToldAt + AUDIENCE_MS;
  }

  #recordDueAt(): number {
    return this.#unrecorded.size === 0 ? Infinity : this.#recordedAt + RECORD_MS;
  }

  #run(): void {
    const now = this.#now();
    if (now.at >= this.#lookDueAt()) this.#lookAround(now.at);
    if (now.at >= this.#frameDueAt() || now.at >= this.#audienceDueAt()) this.#tell(now);
    if (now.at >= this.#recordDueAt()) this.#record(now.at);
    this.#schedule();
  }

  /** Finds those for whom something ends by itself. */
  #lookAround(at: number): void {
    this.#lookAt = Infinity;
    this.#lookedAt = at;
    for (const person of this.#people.values()) {
      if (person.dueAt <= at) this.#touched.add(person);
      else this.#lookAt = Math.min(this.#lookAt, person.dueAt);
    }
  }

  #record(at: number): void {
    const changes = [...this.#unrecorded];
    this.#unrecorded.clear();
    this.#recordedAt = at;
    this.#host.record(changes);
  }

  // -- telling ------------------------------------------------------------------------------------------------------

  #tell(now: Instant): void {
    const members = this.#takeChanged(now);
    const audience = now.at >= this.#audienceDueAt() ? this.#audience : undefined;
    if (audience !== undefined) {
      this.#audienceTold = audience;
      this.#audienceToldAt = now.at;
    }
    const own = this.#takeNewcomers();
    const changed = members.length > 0 || audience !== undefined;
    if (changed || own.length > 0) this.#nextAt = Math.max(now.at, this.#nextAt) + this.#rhythmMs;
    // Without anyone here there is nobody to tell.
    if ((!changed && own.length === 0) || this.#devices.size === 0) return;
    const count = audience === undefined ? '' : `,"audience":${audience}`;
    this.#host.deliver(changed ? { all: `{"t":"presence","people":{${members.join(',')}}${count}}`, own } : { own });
  }

  /** Works out who is different from what was told, as members of a JSON object. */
  #takeChanged(now: Instant): string[] {
    const members = [...this.#removed].map((id) => `${JSON.stringify(id)}:null`);
    this.#removed.clear();
    for (const person of this.#touched) {
      this.#look(person, now);
      if (!person.facts.listed || person.text === person.told) continue;
      person.told = person.text;
      members.push(person.text);
    }
    this.#touched.clear();
    if (members.length > 0) this.#all = undefined;
    return members;
  }

  #look(person: PresentPerson, now: Instant): void {
    const { status: before, isPresent } = person;
    for (const device of person.look(now, this.#rules)) {
      this.#forgetDevice(device.connection);
      if (device.isSilent) this.#unheard.set(device.connection, device);
      if (device.facts !== undefined && person.facts.listed) this.#detailed.add(person);
    }
    if (isPresent && !person.isPresent && !person.facts.listed) this.#audience -= 1;
    this.#lookAt = Math.min(this.#lookAt, person.dueAt);
    const { status } = person;
    if (before === undefined || status === undefined || status === before || !person.facts.listed) return;
    const { record } = this.#rules;
    if (record === 'status' || (record === 'idle' && (before === 'idle' || status === 'idle'))) this.#unrecorded.set(person.id, status);
  }

  #forgetDevice(connection: ConnectionId): void {
    this.#devices.delete(connection);
    this.#newcomers.delete(connection);
  }

  #takeNewcomers(): PresenceDelivery['own'][number][] {
    const wholes: Record<PresenceGroup, string | undefined> = { gm: undefined, others: undefined };
    const own = [...this.#newcomers].flatMap((connection): PresenceDelivery['own'] => {
      const role = this.#devices.get(connection)?.person.facts.role;
      if (role === undefined) return [];
      const group = this.#groupOf(role);
      return group === null
        ? [{ connection, group, frame: `{"t":"presence","full":true,"people":{},"idleAfterMs":${this.#rules.idleAfterMs}}` }]
        : [{ connection, group, frame: (wholes[group] ??= this.#whole(group)) }];
    });
    this.#newcomers.clear();
    return own;
  }

  #groupOf(role: string): PresenceGroup | null {
    const { visibleTo } = this.#rules;
    if (visibleTo !== 'all' && !visibleTo.includes(role)) return null;
    return role === 'gm' ? 'gm' : 'others';
  }

  /** All of it. */
  #whole(group: PresenceGroup): string {
    const people = [...this.#people.values()];
    this.#all ??= people.flatMap(({ facts, told }) => (facts.listed && told !== '' ? [told] : [])).join(',');
    const details = group === 'gm' ? `,"details":${detailsOf(people.filter(({ isPresent }) => isPresent))}` : '';
    const counts = `"audience":${this.#audience},"idleAfterMs":${this.#rules.idleAfterMs}`;
    return `{"t":"presence","full":true,"people":{${this.#all}},${counts}${details}}`;
  }

  #now(): Instant {
    const { clock } = this.#host;
    return { at: clock.monotonic(), wallMs: clock.now() };
  }
}

/** The connections of each, as a JSON object. */
function detailsOf(people: Iterable<PresentPerson>): string {
  const members = [];
  for (const { id, facts, devices } of people) {
    if (!facts.listed) continue;
    const rows = devices.flatMap(({ facts: row }) => row ?? []);
    members.push(`${JSON.stringify(id)}:${JSON.stringify(rows)}`);
  }
  return `{${members.join(',')}}`;
}
