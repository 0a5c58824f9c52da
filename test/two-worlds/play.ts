import type { HelloFrame, CommandFrame } from '../../src/protocol/frames.ts';
import type { InstanceId, SessionId } from '../../src/protocol/ids.ts';
import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { Follower, readAll, SocketDevice, StreamDevice, type Device, type Stand } from './devices.ts';
import { PROBES, type Place } from './probes.ts';
import { HIDING, RUNNING, type Kind, type Step, type Who } from './schedule.ts';
import type { World } from './world.ts';

const ROLES = ['gm', 'player', 'spectator'] as const;
const PEOPLE = ['jon', 'eve', 'zoe', 'otto', 'bob'] as const;
const WAITS = [40, 40, 200, 1_000, 1_000, 4_000, 12_000, 16_000, 32_000, 70_000];
const NOWHERE = 'A'.repeat(22);
/** More than a stream keeps unread before it stands still. */
const FILL = 220;

/** Does what a schedule says in one world. */
export class Play {
  readonly #world: World;
  readonly #saved = new Map<Who, Stand[]>();
  readonly #watches = new Map<Who, ReadableStreamDefaultReader<Uint8Array>[]>();
  /** Tokens of invites that outsiders were given. */
  readonly #tokens: string[] = [];
  /** Ids of all invites. */
  readonly #invites: string[] = [];
  readonly #tickets = new Map<Who, string>();
  readonly #posts: Promise<unknown>[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** The tables, and who sits there from the start. */
  async begin(): Promise<void> {
    const world = this.#world;
    const { game, seed } = world.schedule;
    await world.while(world.server.start());
    const campaign = await world.ask('mira', 'POST', '/v1/campaigns', { body: { name: world.secrets.name(1_000) } });
    world.campaign = idIn(campaign.json['campaign']);
    const maxParticipants = seed % 2 === 0 ? 6 : 4;
    const made = await world.ask('mira', 'POST', '/v1/sessions', { body: { type: game, name: 'The table', maxParticipants } });
    world.session = idIn(made.json['session']);
    const side = { type: 'open-game', name: world.secrets.name(1_001), campaign: world.campaign, listed: false };
    world.side = idIn((await world.ask('mira', 'POST', '/v1/sessions', { body: side })).json['session']);
    await world.ask('mira', 'POST', `/v1/sessions/${world.side}/join`, { body: {} }, '/v1/sessions/{id}/join');
    await this.#connect('mira', 'socket', {});
    for (const who of ['ann', 'jon', 'eve'] as const) {
      const args = { participant: who, name: who.toUpperCase(), role: who === 'eve' ? 'spectator' : 'player' };
      await world.while(world.server.sessions.run(world.session, { as: 'system', command: '@add', args }));
      await this.#connect(who, who === 'eve' ? 'stream' : 'socket', {});
    }
  }

  async run(): Promise<void> {
    const world = this.#world;
    await this.begin();
    for (const step of world.schedule.steps) {
      world.step += 1;
      const before = await world.seers();
      await this.#do(step);
      await world.settle();
      await world.while(Promise.all(this.#posts.splice(0)));
      const after = await world.seers();
      // What waits for an insider is an insider's: it is not to arrive later.
      for (const who of new Set([...before, ...after])) for (const device of this.#devicesOf(who)) device.hold(false);
      await world.settle();
      world.insiders[world.step] = { before, after };
      world.tally.add('step', step.kind);
    }
    world.step += 1;
    const now = await world.seers();
    world.insiders[world.step] = { before: now, after: now };
    await world.stop();
  }

  async #do(step: Step): Promise<void> {
    if ((HIDING as readonly Kind[]).includes(step.kind)) return this.#hide(step);
    if ((RUNNING as readonly Kind[]).includes(step.kind)) return this.#runSession(step);
    const own = OTHERS[step.kind];
    return own === undefined ? this.#play(step) : own.call(this, step);
  }

  // -- what only insiders see -------------------------------------------------------------------------------------

  async #hide(step: Step): Promise<void> {
    const { kind, n, a, b } = step;
    const { secrets, schedule } = this.#world;
    const text = secrets.text(n);
    const to = [{ roles: ['gm'] }, { participants: ['ann'] }, { roles: ['gm'], participants: ['ann'] }][b % 3] as JsonObject;
    const ofPlayers = schedule.players === 'in' ? { roles: ['player'] } : to;
    const acts: Record<string, [who: Who, name: string, args: JsonValue]> = {
      hide: ['mira', 'hide', { key: `k${a % 3}`, text }],
      unhide: ['mira', 'unhide', { key: `k${a % 3}` }],
      scatter: ['mira', 'scatter', { at: a % 4, items: secrets.list(n) }],
      deal: ['mira', 'deal', { to: 'ann', card: text }],
      plan: ['ann', 'plan', { key: `k${a % 3}`, text: schedule.players === 'in' ? text : `plan ${a}` }],
      whisper: [schedule.players === 'in' && b % 2 === 0 ? 'ann' : 'mira', 'whisper', { text, to: ofPlayers }],
      both: ['mira', 'both', { id: `t${a % 4}`, x: b, text, to }],
      later: ['mira', 'later', { text }],
      heap: ['mira', 'hide', { key: 'heap', text: secrets.heap(n) }],
    };
    const [who, name, args] = acts[kind] as [Who, string, JsonValue];
    // A heap is written until the newest events fill what a session keeps of them.
    for (let times = kind === 'heap' ? 12 : 1; times > 0; times -= 1)
      if (await this.#insiderDoes(who, name, args, b)) this.#world.tally.add('hidden', kind);
  }

  /** Over the own connection or by a request. True when it was accepted. */
  async #insiderDoes(who: Who, name: string, args: JsonValue, b: number): Promise<boolean> {
    const device = this.#live(who);
    if (b % 2 === 0 || device === undefined) return (await this.#world.command(who, name, args)).ok;
    const head = await this.#head();
    this.#send(device, name, args);
    await this.#world.settle();
    return (await this.#head()) > head;
  }

  async #head(): Promise<number> {
    const read = await this.#world.while(this.#world.server.sessions.read(this.#world.session, 'system'));
    return read.ok ? read.position.seq : 0;
  }

  // -- running the session ----------------------------------------------------------------------------------------

  async #runSession(step: Step): Promise<void> {
    const { kind, n, a, b } = step;
    const world = this.#world;
    const { secrets } = world;
    const participant = world.idOf(PEOPLE[a % PEOPLE.length] as Who);
    if (kind === 'invite' || kind === 'inviteSecretly') return this.#invite(step);
    const acts: Record<string, [path: string, body: JsonValue]> = {
      role: ['role', { participant, role: ROLES[b % 3] as string }],
      kick: ['kick', { participant, reason: secrets.text(n) }],
      ban: ['ban', { participant, reason: secrets.text(n), ...(b % 2 === 0 ? { until: world.clock.now() + 30_000 } : {}) }],
      banStranger: ['ban', { participant: secrets.stranger, reason: secrets.text(n) }],
      unban: ['unban', { participant }],
      lock: ['lock', { locked: true }],
      unlock: ['lock', { locked: false }],
      rename: ['rename', { name: `Table ${a}` }],
      pause: ['pause', { reason: 'pizza' }],
      resume: ['resume', {}],
      handOver: ['hand-over', { participant }],
      transfer: ['transfer', { participant }],
      erase: ['erase', { participant }],
      end: ['end', { reason: 'late' }],
      revoke: [`invites/${this.#invites.at(a % 2 === 0 ? -1 : 0) ?? 'none'}/revoke`, {}],
    };
    const [path, body] = acts[kind] as [string, JsonValue];
    const route = `/v1/sessions/{id}/${kind === 'revoke' ? 'invites/{invite}/revoke' : path}`;
    const done = await world.ask('mira', 'POST', `/v1/sessions/${world.session}/${path}`, { body }, route);
    if (done.ok) world.tally.add('act', kind === 'role' ? `role ${ROLES[b % 3]}` : kind);
  }

  async #invite({ kind, n, a, b }: Step): Promise<void> {
    const world = this.#world;
    const isSecret = kind === 'inviteSecretly';
    world.chance.isHushed = isSecret;
    const expiresInMs = b % 3 === 0 ? 5_000 : null;
    const body = { role: ROLES[1 + (a % 2)] as string, label: world.secrets.text(n), uses: 1 + (b % 2), expiresInMs };
    const made = await world.ask('mira', 'POST', `/v1/sessions/${world.session}/invites`, { body }, '/v1/sessions/{id}/invites');
    world.chance.isHushed = false;
    if (!made.ok) return;
    world.tally.add('act', kind);
    this.#invites.push(textIn(made.json['invite']));
    if (!isSecret) this.#tokens.push(textIn(made.json['token']));
  }

  // -- playing ----------------------------------------------------------------------------------------------------

  async #play({ kind, who, a, b }: Step): Promise<void> {
    const device = this.#live(who) ?? this.#live('jon');
    if (device === undefined || device.kind === 'ticket') return;
    const { n } = device.follower.stand;
    const acts: Record<string, [name: string, args: JsonValue, more?: Partial<CommandFrame>]> = {
      'move': ['move', { id: `t${a % 4}`, x: b }],
      'place': ['place', { id: `t${a % 4}`, x: b }, { basis: device.follower.stand.position?.seq ?? 0 }],
      'stale': ['place', { id: 't0', x: b }, { basis: 1 }],
      'fill': ['fill', { id: `f${a % 2}`, count: FILL }],
      'say': ['say', { text: `words ${a}` }],
      'roll': ['roll', {}],
      'refuse': ['refuse', {}],
      'break': ['break', {}],
      'badArguments': ['move', { id: 7 }],
      'unknown': ['fly', {}],
      'forbidden': ['hide', { key: 'k0', text: 'by an outsider' }],
      'again': ['say', { text: 'again' }],
      'other-body': ['say', { text: `not ${a}` }, { n: Math.max(1, n) }],
      'skip': ['say', { text: 'too far' }, { n: n + 4, low: n + 1 }],
      'flood': ['say', { text: 'one of many' }, { low: n + 1 }],
    };
    const [name, args, more] = acts[kind] as [string, JsonValue, Partial<CommandFrame>?];
    for (let times = kind === 'flood' ? 36 : 1; times > 0; times -= 1) this.#send(device, name, args, more);
    if (kind === 'again') this.#send(device, name, args, { n: n + 1 });
  }

  #send(device: Device, name: string, args: JsonValue, more: Partial<CommandFrame> = {}): void {
    const n = more.n ?? device.follower.stand.n + 1;
    if (more.n === undefined) device.follower.stand = { ...device.follower.stand, n };
    device.send({ t: 'command', n, low: n, name, args, ...more });
  }

  // -- coming and going -------------------------------------------------------------------------------------------

  #devicesOf(who: Who): Device[] {
    const devices = this.#world.devices.get(who) ?? [];
    this.#world.devices.set(who, devices);
    return devices;
  }

  /** The newest that is still connected. */
  #live(who: Who): Device | undefined {
    return this.#devicesOf(who).findLast(({ follower }) => follower.ended === undefined);
  }

  async #connect(
    who: Who,
    kind: 'socket' | 'stream',
    hello: Partial<HelloFrame>,
    stand: Partial<Stand> = {},
    credential?: string,
  ): Promise<void> {
    const world = this.#world;
    const session = stand.session ?? world.session;
    const token = credential ?? world.tokenOf(who);
    const frame: HelloFrame = { t: 'hello', version: PROTOCOL_VERSION, session, ...hello };
    const follower = new Follower({ n: 0, ...stand, session }, (told) => world.told(told));
    const write = (text: string): void => world.write(who, text);
    if (kind === 'socket') {
      this.#devicesOf(who).push(new SocketDevice(world.server, token === undefined ? frame : { ...frame, token }, follower, write));
    } else {
      const response = await world.while(world.fetch(who, 'POST', `/v1/sessions/${session}/stream`, { body: frame as JsonObject, token }));
      world.tally.add('route', 'POST /v1/sessions/{id}/stream');
      if (!response.ok) return void (await world.while(world.answer(who, 'POST /v1/sessions/{id}/stream', response)));
      const post = (text: string): void => this.#post(who, session, follower, text, token);
      this.#devicesOf(who).push(new StreamDevice('stream', response, follower, write, post));
    }
    world.tally.add('device', kind);
    await world.settle();
  }

  #post(who: Who, session: SessionId, { stand }: Follower, text: string, token: string | undefined): void {
    const world = this.#world;
    const headers = { 'holdfast-connection': stand.welcome?.connection ?? 'none' };
    const posted = world.fetch(who, 'POST', `/v1/sessions/${session}/frames`, { body: [JSON.parse(text) as JsonValue], headers, token });
    this.#posts.push(posted.then((response) => world.answer(who, 'POST /v1/sessions/{id}/frames', response)));
  }

  async connect({ who, a, b }: Step): Promise<void> {
    const session = [this.#world.session, this.#world.session, this.#world.session, this.#world.side, NOWHERE as SessionId][
      a % 5
    ] as SessionId;
    const role = ['player', 'spectator', 'gm', undefined][b % 4];
    const invite = b % 3 === 0 ? this.#tokens.at(-1) : b % 7 === 0 ? 'made-up' : undefined;
    const accept: HelloFrame['accept'] = b % 2 === 0 ? ['deflate'] : [];
    const hello = { accept, ...(role === undefined ? {} : { role }), ...(invite === undefined ? {} : { invite }) };
    await this.#connect(who, a % 3 === 0 ? 'stream' : 'socket', hello, { session });
  }

  cut({ who }: Step): void {
    this.#live(who)?.cut();
  }

  save({ who }: Step): void {
    const stand = this.#live(who)?.follower.stand;
    if (stand?.position !== undefined) this.#saved.set(who, [...(this.#saved.get(who) ?? []), stand]);
  }

  /** Comes back from anywhere: from where it was cut off, from an older place, or from one that never was. */
  async back({ who, a, b }: Step): Promise<void> {
    const stands = [...(this.#saved.get(who) ?? []), ...this.#devicesOf(who).map(({ follower }) => follower.stand)];
    const stand = a % 2 === 0 ? stands.at(-1) : stands[a % Math.max(1, stands.length)];
    if (stand === undefined) return;
    const { welcome, reconnect, position, table } = stand;
    const isAhead = b % 11 === 0;
    const hello: Partial<HelloFrame> = {
      ...(b % 3 === 0 || welcome === undefined || reconnect === undefined ? {} : { connection: welcome.connection, reconnect }),
      ...(b % 4 === 0 || welcome === undefined ? {} : { instance: b % 9 === 0 ? this.#foreignInstance() : welcome.instance }),
      ...(b % 5 === 0 || position === undefined ? {} : { position: isAhead ? { ...position, seq: position.seq + 50 } : position }),
      ...(b % 7 === 0 || table === undefined ? {} : { table: [table, 0] }),
      ...(b % 13 === 0 && position !== undefined ? { position: { ...position, logId: 'AAAAAAAAAAA' as typeof position.logId } } : {}),
    };
    this.#world.tally.add('act', 'reconnect');
    await this.#connect(who, b % 2 === 0 ? 'socket' : 'stream', hello, stand);
  }

  #foreignInstance(): InstanceId {
    return this.#world.devices.get('mira')?.[0]?.follower.stand.welcome?.instance as InstanceId;
  }

  /** Comes back twice, and then with the token that it had at first, as somebody who stole it would. */
  async reuse({ who, a }: Step): Promise<void> {
    for (const isStolen of [false, false, true]) {
      const device = this.#devicesOf(who).at(-1);
      const { welcome, reconnect, first, position, table } = device?.follower.stand ?? {};
      if (device === undefined || welcome === undefined || reconnect === undefined || position === undefined || table === undefined) return;
      device.cut();
      await this.#world.settle();
      const hello = {
        connection: welcome.connection,
        reconnect: isStolen ? (first ?? reconnect) : reconnect,
        position,
        table: [table, 0] as [number, number],
      };
      await this.#connect(who, a % 2 === 0 ? 'socket' : 'stream', { ...hello, instance: welcome.instance }, device.follower.stand);
    }
  }

  /** Reads nothing for so long that its stream is ended. */
  async stall({ who }: Step): Promise<void> {
    this.#live(who)?.hold(true);
    await this.#bySystem('fill', { id: 'stall', count: FILL });
    await this.#bySystem('fill', { id: 'stalled', count: FILL });
    for (const awake of ['mira', 'ann'] as const) this.#live(awake)?.send({ t: 'ping', at: 0 });
    await this.#world.wait(33_000);
    this.#live(who)?.hold(false);
  }

  async burst({ n }: Step): Promise<void> {
    const all = Array.from({ length: 40 }, (_, index) => this.#bySystem('say', { text: `burst ${n} ${index}` }));
    await Promise.all(all);
  }

  async #bySystem(command: string, args: JsonValue): Promise<void> {
    await this.#world.while(this.#world.server.sessions.run(this.#world.session, { as: 'system', command, args }));
  }

  leave({ who }: Step): void {
    const device = this.#live(who);
    if (device !== undefined && device.kind !== 'ticket') this.#send(device, '@leave', {});
  }

  slow({ who }: Step): void {
    this.#live(who)?.hold(true);
  }

  fast({ who }: Step): void {
    for (const device of this.#devicesOf(who)) device.hold(false);
  }

  ping({ who, a }: Step): void {
    this.#live(who)?.send({ t: 'ping', at: a, rtt: a % 90 });
  }

  diverged({ who }: Step): void {
    const device = this.#live(who);
    device?.send({ t: 'diverged', seq: device.follower.stand.position?.seq ?? 0, hash: 'A'.repeat(11) });
  }

  presence({ who, n, a, b }: Step): void {
    const { schedule, secrets } = this.#world;
    this.#live(who)?.send({ t: 'presence', idle: a % 3 === 0, activity: { name: 'typing', ttlMs: 900 }, data: { cursor: b } });
    // Where only players are told who is here, what they say of themselves is theirs.
    const data = schedule.game === 'closed-game' && schedule.players === 'in' ? secrets.text(n) : 'here';
    this.#live('ann')?.send({ t: 'presence', data });
  }

  renew({ who, a }: Step): void {
    const token = a % 4 === 0 ? 'wrong' : `${who}!${this.#world.clock.now() + 40_000}`;
    this.#live(who)?.send({ t: 'renew', token });
  }

  badFrame({ who, a }: Step): void {
    this.#live(who)?.send(a % 2 === 0 ? '{"t":"nonsense"}' : '{"t":"command"}');
  }

  async oldVersion({ who, a }: Step): Promise<void> {
    await this.#connect(who, a % 2 === 0 ? 'socket' : 'stream', { version: 99 });
  }

  async expire({ who }: Step): Promise<void> {
    await this.#connect(who, 'socket', {}, {}, `${who}!${this.#world.clock.now() + 3_000}`);
    await this.#world.wait(6_000);
  }

  /** An `EventSource`: a ticket, and a stream that only comes down. */
  async ticket({ who, b }: Step): Promise<void> {
    const world = this.#world;
    const path = `/v1/sessions/${world.session}`;
    if (b % 2 === 0 || !this.#tickets.has(who)) {
      const made = await world.ask(who, 'POST', `${path}/watch-ticket`, { body: {} }, '/v1/sessions/{id}/watch-ticket');
      this.#tickets.set(who, textIn(made.json['ticket']));
    }
    const route = 'GET /v1/sessions/{id}/stream';
    const response = await world.while(world.fetch('nobody', 'GET', `${path}/stream?ticket=${this.#tickets.get(who)}`));
    world.tally.add('route', route);
    if (!response.ok) return void (await world.while(world.answer(who, route, response)));
    const follower = new Follower({ n: 0, session: world.session }, (told) => world.told(told));
    this.#devicesOf(who).push(
      new StreamDevice(
        'ticket',
        response,
        follower,
        (text) => world.write(who, text),
        () => undefined,
      ),
    );
    world.tally.add('device', 'ticket');
  }

  // -- asking -----------------------------------------------------------------------------------------------------

  async probe({ who, a, b }: Step): Promise<void> {
    const world = this.#world;
    const probe = PROBES[a];
    if (probe === undefined) return;
    const known = [world.session, world.session, world.side, NOWHERE];
    const place: Place = {
      session: known[b % 4] as string,
      campaign: b % 2 === 0 ? world.campaign : NOWHERE,
      invite: `i${b % 9}`,
      person: world.idOf(PEOPLE[b % PEOPLE.length] as Who),
      token: this.#tokens.at(-1) ?? 'none',
      b,
    };
    const id = probe.path.startsWith('/v1/campaigns') ? place.campaign : place.session;
    const path = probe.path.replace('{id}', id).replace('{invite}', place.invite);
    await world.ask(who, probe.method, path + (probe.query?.(place) ?? ''), { body: probe.body?.(place) }, probe.path);
  }

  async watch({ who, a, b }: Step): Promise<void> {
    const world = this.#world;
    const query = ['', '?text=hush', `?afterRev=${b % 12}`, '?seatsFree=true'][a % 4] as string;
    const response = await world.while(world.fetch(who, 'GET', `/v1/sessions/watch${query}`));
    const route = 'GET /v1/sessions/watch';
    world.tally.add('route', route);
    if (!response.ok) return void (await world.while(world.answer(who, route, response)));
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    this.#watches.set(who, [...(this.#watches.get(who) ?? []), reader]);
    void readAll(
      reader,
      (text) => world.write(who, `watch ${text}`),
      () => world.write(who, 'the watch is over'),
    );
  }

  unwatch({ who }: Step): void {
    this.#watches
      .get(who)
      ?.pop()
      ?.cancel()
      .catch(() => undefined);
  }

  async preview({ who, a, b }: Step): Promise<void> {
    const token = a % 3 === 0 ? 'made-up' : (this.#tokens[b % Math.max(1, this.#tokens.length)] ?? 'none-yet');
    await this.#world.ask(who, 'POST', '/v1/invites/preview', { body: { token } });
  }

  /** A guest comes by the newest invite that was given out. */
  async redeem(step: Step): Promise<void> {
    const { a, b } = step;
    const world = this.#world;
    if (this.#tokens.length === 0) await this.#invite({ ...step, kind: 'invite' });
    const invite = this.#tokens.at(-1) ?? 'none-yet';
    const { ok, json } = await world.ask('otto', 'POST', '/v1/invites/redeem', { body: { token: invite, name: 'Otto' } });
    if (!ok) return;
    if (world.guest === undefined || a % 3 === 0)
      world.guest = { token: textIn(json['token']), id: String(Object(json['participant']).id) };
    await this.#connect('otto', b % 2 === 0 ? 'socket' : 'stream', { invite });
  }

  async claim({ who, a }: Step): Promise<void> {
    const { ok } = await this.#world.ask(a % 3 === 0 ? who : 'bob', 'POST', '/v1/guests/claim', {
      body: { guest: this.#world.guest?.token ?? 'none' },
    });
    if (ok) this.#world.tally.add('act', 'claim');
  }

  async tries({ who }: Step): Promise<void> {
    for (let times = 0; times < 34; times += 1)
      await this.#world.ask(who, 'POST', '/v1/invites/preview', { body: { token: `made-up-${times}` } });
  }

  // -- beside it --------------------------------------------------------------------------------------------------

  async audienceComes({ a }: Step): Promise<void> {
    const world = this.#world;
    const args = { participant: world.idOf('vic'), name: world.secrets.audience.name, role: 'spectator' };
    await world.while(world.server.sessions.run(world.session, { as: 'system', command: '@add', args }));
    await this.#connect('vic', a % 2 === 0 ? 'socket' : 'stream', { role: 'spectator' });
    world.tally.add('act', 'audience comes');
  }

  async audienceGoes({ n, a }: Step): Promise<void> {
    const device = this.#live('vic');
    if (device === undefined) return;
    this.#world.tally.add('act', 'audience goes');
    if (a % 3 === 0) return device.cut();
    if (a % 3 === 1) return this.#send(device, '@leave', {});
    const body = { participant: this.#world.idOf('vic'), reason: this.#world.secrets.text(n) };
    await this.#world.ask('mira', 'POST', `/v1/sessions/${this.#world.session}/kick`, { body }, '/v1/sessions/{id}/kick');
  }

  async audienceProfile({ n }: Step): Promise<void> {
    const name = this.#world.secrets.text(n);
    const done = await this.#world.command('vic', '@profile', { name, avatar: `https://example.org/${encodeURIComponent(name)}` });
    if (done.ok) this.#world.tally.add('hidden', 'audience profile');
  }

  async sideWrite({ n, a }: Step): Promise<void> {
    const { secrets, side } = this.#world;
    const done = await this.#world.command('mira', 'move', { id: secrets.name(n), x: a }, side);
    if (done.ok) this.#world.tally.add('hidden', 'side session');
  }

  async sideRename({ n }: Step): Promise<void> {
    const { secrets, side, campaign } = this.#world;
    await this.#world.ask('mira', 'POST', `/v1/sessions/${side}/rename`, { body: { name: secrets.name(n) } }, '/v1/sessions/{id}/rename');
    const path = `/v1/campaigns/${campaign}/describe`;
    await this.#world.ask('mira', 'POST', path, { body: { text: secrets.text(n) } }, '/v1/campaigns/{id}/describe');
    this.#world.tally.add('hidden', 'side name');
  }

  async campaignBan({ n }: Step): Promise<void> {
    const { secrets, campaign } = this.#world;
    const body = { participant: secrets.stranger, reason: secrets.text(n) };
    await this.#world.ask('mira', 'POST', `/v1/campaigns/${campaign}/ban`, { body }, '/v1/campaigns/{id}/ban');
    const invite = { label: secrets.text(n) };
    await this.#world.ask('mira', 'POST', `/v1/campaigns/${campaign}/invites`, { body: invite }, '/v1/campaigns/{id}/invites');
    this.#world.tally.add('hidden', 'campaign');
  }

  async restart(): Promise<void> {
    const world = this.#world;
    await world.stop();
    for (const devices of world.devices.values()) for (const device of devices) device.cut();
    await world.while(world.server.start());
    for (const who of ['mira', 'ann'] as const) await this.#connect(who, 'socket', {});
    world.tally.add('act', 'restart');
  }

  async wait({ a, b }: Step): Promise<void> {
    for (const who of ['mira', 'ann', ...(b % 2 === 0 ? PEOPLE : [])] as const) this.#live(who)?.send({ t: 'ping', at: b });
    await this.#world.wait(WAITS[a % WAITS.length] as number);
  }
}

type Doing = (this: Play, step: Step) => Promise<void> | void;

const OTHERS: Readonly<Partial<Record<Kind, Doing>>> = {
  connect: Play.prototype.connect,
  cut: Play.prototype.cut,
  back: Play.prototype.back,
  save: Play.prototype.save,
  leave: Play.prototype.leave,
  slow: Play.prototype.slow,
  fast: Play.prototype.fast,
  ping: Play.prototype.ping,
  diverged: Play.prototype.diverged,
  presence: Play.prototype.presence,
  renew: Play.prototype.renew,
  badFrame: Play.prototype.badFrame,
  oldVersion: Play.prototype.oldVersion,
  expire: Play.prototype.expire,
  ticket: Play.prototype.ticket,
  reuse: Play.prototype.reuse,
  stall: Play.prototype.stall,
  burst: Play.prototype.burst,
  probe: Play.prototype.probe,
  watch: Play.prototype.watch,
  unwatch: Play.prototype.unwatch,
  preview: Play.prototype.preview,
  redeem: Play.prototype.redeem,
  claim: Play.prototype.claim,
  tries: Play.prototype.tries,
  audienceComes: Play.prototype.audienceComes,
  audienceGoes: Play.prototype.audienceGoes,
  audienceProfile: Play.prototype.audienceProfile,
  sideWrite: Play.prototype.sideWrite,
  sideRename: Play.prototype.sideRename,
  campaignBan: Play.prototype.campaignBan,
  restart: Play.prototype.restart,
  wait: Play.prototype.wait,
};

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : 'none';
}

function idIn(value: unknown): SessionId {
  return String(Object(value).id) as SessionId;
}
