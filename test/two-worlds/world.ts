import type { ServerFrame } from '../../src/protocol/frames.ts';
import type { ParticipantId, SessionId } from '../../src/protocol/ids.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import type { Random } from '../../src/protocol/ports.ts';
import { createServer, memoryStore, type Auth, type Authentication, type Logger, type Server } from '../../src/server/index.ts';
import { SeededBytes } from '../../src/testing/seeded-bytes.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { closedGame, openGame } from './game.ts';
import { SocketDevice, type Device } from './devices.ts';
import { OUTSIDERS, type Outsider, type Schedule, type Who } from './schedule.ts';
import type { Secrets } from './secrets.ts';
import { Tally } from './tally.ts';

/** Something that reached someone, during which step. */
export type Entry = { readonly step: number; readonly text: string };

export type Answer = { readonly ok: boolean; readonly json: JsonObject };
type Asking = {
  readonly body?: JsonValue | undefined;
  readonly token?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Turns in which promises and wires go on before anybody looks. */
const TURNS = 5;
/** An answer that does not come at once waits for time to pass. */
const PATIENCE = 12;
const GUEST_SECRET = 'for the guests of two worlds, and of no other';
/** What tells of the process; and totals of writes, bytes and time over all sessions, whose use of resources is no secret to operators. */
const OF_PROCESS = /^(?:process_|holdfast_writes_total|holdfast_\w*(?:bytes|seconds|_ms)).*$/gm;

/** Chance that both worlds share. Where only insiders see what is drawn, each draws its own. */
class SharedChance implements Random {
  readonly #shared: Random;
  readonly #own: Random;
  isHushed = false;

  constructor(shared: number, own: number) {
    this.#shared = new SeededBytes(shared);
    this.#own = new SeededBytes(own);
  }

  bytes(count: number): Uint8Array {
    const [shared, own] = [this.#shared.bytes(count), this.#own.bytes(count)];
    return this.isHushed ? own : shared;
  }
}

/** A server, its people and their devices, on virtual time, with a world's secrets. Everything that anyone gets is written down. */
export class World {
  readonly clock = new VirtualClock();
  readonly chance: SharedChance;
  readonly server: Server;
  readonly schedule: Schedule;
  readonly secrets: Secrets;
  readonly tally = new Tally();
  readonly entries = new Map<Who, Entry[]>();
  /** By step, who was an insider before it and after it. */
  readonly insiders: { readonly before: ReadonlySet<Outsider>; readonly after: ReadonlySet<Outsider> }[] = [];
  readonly devices = new Map<Who, Device[]>();
  step = 0;
  /** What is being played, what only insiders know of, and their campaign. */
  session = '' as SessionId;
  side = '' as SessionId;
  campaign = '' as SessionId;
  /** The guest's token, and who the guest is. */
  guest: { token: string; id: string } | undefined;

  constructor(schedule: Schedule, secrets: Secrets, logger: Logger | false = false) {
    this.schedule = schedule;
    this.secrets = secrets;
    this.chance = new SharedChance(schedule.seed, secrets.seed);
    this.server = createServer({
      sessions: [openGame, closedGame],
      store: memoryStore(),
      auth: this.#auth(),
      guests: { secret: GUEST_SECRET },
      port: null,
      logger,
      clock: this.clock,
      random: this.chance,
      quotas: { sessions: 2, campaigns: 1, watches: 1 },
      suspendAbove: 3_000,
      maxUnsent: 400_000,
      sleepAfterMs: 20_000,
    });
  }

  /** A token is the name of who it is for, perhaps with the time at which it ends. */
  #auth(): Auth {
    const known = new Set<string>(['mira', 'ann', 'vic', 'jon', 'eve', 'zoe', 'bob']);
    return {
      kind: 'names',
      verify: (token): Promise<Authentication> => {
        const [name = '', ends] = token.split('!');
        if (!known.has(name)) return Promise.resolve({ ok: false, message: 'Nobody has this token.' });
        const shown = name === 'vic' ? this.secrets.audience : { id: name, name: name.toUpperCase() };
        const expires = ends === undefined ? {} : { expiresAt: Number(ends) };
        return Promise.resolve({ ok: true, identity: { id: shown.id as ParticipantId, name: shown.name, claims: {}, ...expires } });
      },
    };
  }

  tokenOf(who: Who): string | undefined {
    if (who === 'nobody') return undefined;
    return who === 'otto' ? (this.guest?.token ?? 'otto') : who;
  }

  idOf(who: Who): string {
    if (who === 'vic') return this.secrets.audience.id;
    return who === 'otto' ? (this.guest?.id ?? 'guest-nobody') : who;
  }

  write(who: Who, text: string): void {
    const entries = this.entries.get(who) ?? [];
    entries.push({ step: this.step, text });
    this.entries.set(who, entries);
  }

  /** Counts a frame that someone got. */
  told(frame: ServerFrame): void {
    if (Array.isArray(frame)) return this.tally.add('frame', 'live');
    if (!('t' in frame)) return;
    this.tally.add('frame', frame.t);
    if (frame.t === 'snapshot') this.tally.add('snapshot', frame.reason);
    if (frame.t === 'error' || frame.t === 'reject') this.tally.add('code', frame.code);
  }

  /** Lets everything that is due now happen. */
  async settle(turns = TURNS): Promise<void> {
    for (let turn = 0; turn < turns; turn += 1) {
      this.clock.advance(0);
      for (const devices of this.devices.values()) for (const device of devices) if (device instanceof SocketDevice) device.pair.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async wait(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 5_000) {
      this.clock.advance(Math.min(left, 5_000));
      await this.settle();
    }
  }

  /** Lets everything go on while something is under way. */
  async while<T>(promise: Promise<T> | T): Promise<T> {
    let isOver = false;
    const settled = Promise.resolve(promise).finally(() => (isOver = true));
    for (let turn = 0; !isOver; turn += 1) {
      if (turn > 1_000) throw new Error(`step ${this.step} of schedule ${this.schedule.seed} never ended`);
      if (turn > PATIENCE) this.clock.advance(100);
      await this.settle(1);
    }
    return settled;
  }

  fetch(who: Who, method: string, path: string, { body, token = this.tokenOf(who), headers = {} }: Asking = {}): Promise<Response> {
    const request = new Request(`http://two.worlds${path}`, {
      method,
      body: body === undefined ? null : JSON.stringify(body),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    return Promise.resolve(this.server.fetch(request));
  }

  /** Asks, and writes down the whole answer. */
  async ask(who: Who, method: string, path: string, asking: Asking = {}, route = path): Promise<Answer> {
    const response = await this.while(this.fetch(who, method, path, asking));
    return this.while(this.answer(who, `${method} ${route}`, response));
  }

  async answer(who: Who, route: string, response: Response): Promise<Answer> {
    const text = (await response.text()).replace(OF_PROCESS, '');
    this.tally.add('route', route);
    this.write(who, `${route} ${response.status} ${JSON.stringify([...response.headers])} ${text}`);
    const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
    const json = isJson ? (JSON.parse(text) as JsonObject) : {};
    const { code }: { code?: unknown } = Object(json['error']);
    if (typeof code === 'string') this.tally.add('code', code);
    return { ok: response.ok, json };
  }

  /** Someone does what a command does, over HTTP. */
  async command(who: Who, name: string, args: JsonValue, session = this.session): Promise<Answer> {
    return this.ask(who, 'POST', `/v1/sessions/${session}/commands`, { body: { name, args } }, '/v1/sessions/{id}/commands');
  }

  /** Everybody who may see some of what is hidden now. */
  async seers(): Promise<ReadonlySet<Outsider>> {
    const seers = new Set<Outsider>();
    for (const who of OUTSIDERS) {
      const standing = await this.while(this.server.sessions.roleOf(this.session, this.idOf(who) as ParticipantId));
      if (!standing.ok) continue;
      const { role, isOwner } = standing;
      if (role === 'gm' || isOwner || (role === 'player' && this.schedule.players === 'in')) seers.add(who);
    }
    return seers;
  }

  async stop(): Promise<void> {
    await this.while(this.server.stop());
    await this.settle();
  }
}
