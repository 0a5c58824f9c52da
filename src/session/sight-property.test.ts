import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { defineSession } from '../definition/define-session.ts';
import type { LiveFrame, ServerFrame } from '../protocol/frames.ts';
import type { ParticipantId, Position, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps } from '../state/apply.ts';
import { cloneJson } from '../state/copy-json.ts';
import { LiveDecoder } from '../state/live-decoder.ts';
import type { VisibilityRule } from '../state/sight.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { HeldStore } from '../testing/held-store.ts';
import { person, SessionHarness, type HarnessConnection } from '../testing/session-harness.ts';
import { participantOf } from './people.ts';
import { decodeText } from './recovery.ts';
import { applyEvent, emptyTree, type Tree } from './tree.ts';

const KEYS = ['k0', 'k1', 'k2'] as const;
const PEOPLE = ['mira', 'jon', 'ann', 'eve'] as const;
const ROLES = ['gm', 'player', 'spectator'] as const;
type Rules = Readonly<Record<string, VisibilityRule>>;
type Target = { roles?: string[]; participants?: string[] } | undefined;

/** What is hidden bears the name of its place: `<key/field/number>`; messages are `<m/number>`. */
const CANARY = /<(\w+)\/(\w+)(?:\/\d+)?>/g;

function gameWith(rules: Rules) {
  return defineSession('game', {
    version: 1,
    initial: () => ({ k0: {}, k1: {}, k2: {} }) as Record<string, Record<string, string>>,
    visibility: rules as {},
    messages: { said: z.string() },
    policies: { access: 'open' },
    commands: (command) => ({
      write: command(z.object({ key: z.string(), fields: z.array(z.string()) }), (state, { key, fields }, ctx) => {
        if (fields.length > 2) state[key] = Object.fromEntries(fields.map((field) => [field, `<${key}/${field}/${ctx.seq}>`]));
        else for (const field of fields) (state[key] ??= {})[field] = `<${key}/${field}/${ctx.seq}>`;
      }),
      drop: command(z.object({ key: z.string() }), (state, { key }) => void delete state[key]),
      send: command(z.object({ to: z.any() }), (_state, { to }, ctx) => ctx.send('said', `<m/${ctx.seq}>`, to === null ? {} : { to })),
    }),
  });
}

/** The rules in their plainest words: what the code under test must come to. */
function maySee(rules: Rules, key: string, field: string, who: string, role: string): boolean {
  if (key === 'moderation') return role === 'gm';
  const rule = rules[key] ?? 'all';
  if (rule === 'all') return true;
  if (rule === 'self') return field === who;
  return typeof rule === 'function' ? rule({ id: who as ParticipantId, role }) : rule.includes(role);
}

function viewOf({ meta, state }: Tree, rules: Rules, who: string, role: string): { meta: JsonObject; state: JsonObject } {
  const view: JsonObject = {};
  for (const [key, value] of Object.entries(state)) {
    const fields = Object.entries(value as JsonObject).filter(([field]) => maySee(rules, key, field, who, role));
    if (rules[key] === 'self' || maySee(rules, key, '', who, role)) view[key] = Object.fromEntries(fields);
  }
  const { moderation, ...open } = meta;
  return { meta: role === 'gm' && moderation !== undefined ? { ...open, moderation } : open, state: view };
}

/** What one client has made of what it got. */
class Replica {
  meta: JsonObject = {};
  state: JsonObject = {};
  decoder = new LiveDecoder([0, 0]);
  position: Position | undefined;
  tag: Position['tag'] | undefined;
  /** Seqs of the messages that came, and of those of which it was told that they would not. */
  readonly heard: number[] = [];
  readonly missed: [number, number][] = [];
  since = 0;

  copy(): Replica {
    const copy = new Replica();
    Object.assign(copy, this, { meta: cloneJson(this.meta), state: cloneJson(this.state) });
    copy.decoder = new LiveDecoder(this.decoder.table, 0, this.decoder);
    return Object.assign(copy, { heard: [...this.heard], missed: [...this.missed] });
  }

  /** The frame takes effect; gives the texts of its events by seq, 0 for all of a snapshot. */
  take(frame: ServerFrame): Map<number, string> {
    if (Array.isArray(frame)) return this.#apply(frame as LiveFrame, false);
    if (!('t' in frame)) return new Map();
    if (frame.t === 'welcome') this.tag = frame.tag;
    if (frame.t === 'snapshot') return this.#begin(frame);
    if (frame.t !== 'tail') return new Map();
    this.decoder = new LiveDecoder(frame.paths ?? this.decoder.table, frame.seq, this.decoder);
    return this.#apply(frame.events, true);
  }

  #begin({ position, reason, missed, meta, state, paths }: Extract<ServerFrame, { t: 'snapshot' }>): Map<number, string> {
    if (missed !== undefined) this.missed.push(missed);
    if (reason === 'joined') this.since = Infinity;
    [this.meta, this.state, this.position] = [cloneJson(meta), cloneJson(state), position];
    this.decoder = new LiveDecoder(paths);
    return new Map([[0, JSON.stringify({ meta, state })]]);
  }

  #apply(frame: LiveFrame, tail: boolean): Map<number, string> {
    const { events, upTo } = this.decoder.decode(frame, { tail });
    const texts = new Map<number, string>();
    for (const event of events) {
      assert.ok(event.seq > (this.position?.seq ?? 0), 'no event comes twice');
      applyOps(this.meta, event.meta);
      applyOps(this.state, event.state);
      if (event.messages.some(({ name }) => name === 'said')) this.heard.push(event.seq);
      texts.set(event.seq, JSON.stringify(event));
    }
    this.position = { ...(this.position as Position), seq: upTo, tag: this.tag as Position['tag'] };
    if (this.since === Infinity) this.since = upTo;
    return texts;
  }
}

/** A client and its present connection. */
class Client {
  readonly who: (typeof PEOPLE)[number];
  replica = new Replica();
  readonly saved: Replica[] = [];
  connection: HarnessConnection | undefined;
  /** Frames of the connection that were read. */
  read = 0;

  constructor(who: (typeof PEOPLE)[number]) {
    this.who = who;
  }
}

type Step =
  | { kind: 'write'; key: string; fields: string[] }
  | { kind: 'drop'; key: string }
  | { kind: 'send'; to: Target }
  | { kind: 'role'; who: string; role: string }
  | { kind: 'ban' }
  | { kind: 'away' | 'slow' | 'save'; client: number }
  | { kind: 'back'; client: number; saved: number }
  | { kind: 'hold' | 'settle' }
  | { kind: 'deploy'; rules: Rules };

const rule = fc.constantFrom<VisibilityRule>('all', 'self', ['gm'], ['player', 'gm'], ['spectator'], ({ role }) => role !== 'player');
const rules = fc.dictionary(fc.constantFrom(...KEYS), rule, { maxKeys: 3, noNullPrototype: true });
const some = <Item>(items: readonly Item[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: items.length });
const client = fc.nat({ max: PEOPLE.length });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), key: fc.constantFrom(...KEYS), fields: some(PEOPLE) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), key: fc.constantFrom(...KEYS) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      to: fc.oneof(
        fc.constant(undefined),
        fc.record({ roles: some(ROLES), participants: some(PEOPLE) }, { requiredKeys: [] }).filter((to) => Object.keys(to).length > 0),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('role' as const),
      who: fc.constantFrom('jon', 'ann', 'eve'),
      role: fc.constantFrom(...ROLES),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'ban' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('away' as const, 'slow' as const, 'save' as const), client }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('back' as const), client, saved: fc.nat({ max: 3 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'settle' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deploy' as const), rules }) },
);

/** One session, its clients, and what is known of its log. */
class World {
  rules: Rules;
  readonly store = new HeldStore(new MemoryStore());
  harness: SessionHarness;
  session = '' as SessionId;
  readonly clients = [...PEOPLE, 'jon' as const].map((who) => new Client(who));
  readonly sent = new Map<number, Target>();
  readonly frames: { client: Client; rules: Rules; texts: Map<number, string>; upTo: number }[] = [];
  /** Everything that anybody got. */
  readonly raw: string[] = [];
  #seed = 1;
  #running: Promise<unknown>[] = [];

  constructor(first: Rules) {
    this.rules = first;
    this.harness = new SessionHarness({ definitions: [gameWith(first)], store: this.store });
  }

  async begin(): Promise<void> {
    await this.harness.start();
    this.session = await this.harness.create('game', person('mira'));
    for (const one of this.clients) await this.connect(one, undefined);
  }

  async connect(one: Client, from: Replica | undefined): Promise<void> {
    this.leave(one);
    if (from?.position !== undefined) one.replica = from.copy();
    else one.replica = new Replica();
    const { position, decoder } = one.replica;
    const table = { id: decoder.table[0], known: decoder.table[1] };
    one.connection = this.harness.knock(this.session, person(one.who), position === undefined ? {} : { position, table });
    one.read = 0;
    await this.harness.settle();
  }

  leave(one: Client): void {
    this.read(one);
    if (one.connection !== undefined) this.harness.sessions.detach(this.session, one.connection.id);
    one.connection = undefined;
  }

  /** Lets a client take in what came. */
  read(one: Client): void {
    const frames = one.connection?.frames.slice(one.read) ?? [];
    one.read += frames.length;
    this.raw.push(...frames.map((frame) => JSON.stringify(frame)));
    for (const frame of frames)
      this.frames.push({ client: one, rules: this.rules, texts: one.replica.take(frame), upTo: one.replica.position?.seq ?? 0 });
  }

  async run(command: string, args: object): Promise<void> {
    this.#running.push(this.harness.sessions.run(this.session, { as: 'system', command, args: args as never }));
    await this.harness.settle();
  }

  async settle(): Promise<void> {
    this.store.letGo();
    await this.harness.settle();
    await Promise.all(this.#running.splice(0));
    await this.harness.settle();
    for (const one of this.clients) {
      if (one.connection?.slow === true) this.drain(one, one.connection);
      await this.harness.settle();
      this.read(one);
    }
  }

  /** Everything that it had was read: it asks for the rest. */
  drain(one: Client, connection: HarnessConnection): void {
    connection.slow = false;
    this.read(one);
    this.harness.sessions.refresh(this.session, connection.id, one.replica.position?.seq ?? 0);
  }

  async deploy(next: Rules): Promise<void> {
    await this.settle();
    const replicas = this.clients.map((one) => (one.connection === undefined ? undefined : one.replica));
    for (const one of this.clients) this.leave(one);
    this.rules = next;
    this.harness = await new SessionHarness({ definitions: [gameWith(next)], store: this.store, seed: (this.#seed += 1) }).start();
    for (const [index, one] of this.clients.entries()) if (replicas[index] !== undefined) await this.connect(one, replicas[index]);
  }

  async do(each: Step): Promise<void> {
    switch (each.kind) {
      case 'write':
        return this.run('write', { key: each.key, fields: each.fields });
      case 'drop':
        return this.run('drop', { key: each.key });
      case 'send':
        return this.run('send', { to: each.to ?? null });
      case 'role':
        return this.run('@role', { participant: each.who, role: each.role });
      case 'ban':
        return this.run('@ban', { participant: 'zoe', reason: '<moderation/x>' });
      case 'hold':
        return this.store.hold();
      case 'settle':
        return this.settle();
      case 'deploy':
        return this.deploy(each.rules);
      default:
        return this.#doWith(this.clients[each.client] as Client, each);
    }
  }

  async #doWith(one: Client, each: Extract<Step, { client: number }>): Promise<void> {
    this.read(one);
    if (each.kind === 'away') this.leave(one);
    else if (each.kind === 'back') await this.connect(one, one.saved[each.saved] ?? (one.replica.position && one.replica));
    else if (each.kind === 'save') one.saved.push(one.replica.copy());
    else if (one.connection?.slow === true) this.drain(one, one.connection);
    else if (one.connection !== undefined && one.connection.view !== null) {
      // As a host does with one whose peer does not read.
      one.connection.view = null;
      one.connection.slow = true;
    }
  }

  /** Every tree of the log, by seq. */
  async trees(): Promise<Tree[]> {
    const row = await this.store.get(this.session);
    const { events } = await this.store.read(this.session, 0, row?.headSeq ?? 0);
    const tree = emptyTree();
    const trees = [structuredClone(tree)];
    for (const event of events) {
      const { header, content } = decodeText(event);
      applyEvent(tree, header, content);
      if (header.command === 'send') this.sent.set(header.seq, ((content?.input as JsonObject | undefined)?.['to'] ?? undefined) as Target);
      trees.push(structuredClone(tree));
    }
    return trees;
  }
}

/** Someone of the audience, before the event and after it. */
function isAudience(trees: readonly Tree[], who: string, seq: number): boolean {
  return [trees[seq - 1], trees[seq]].every((tree) => tree?.internal.audience[who as ParticipantId] !== undefined);
}

function isFor(to: Target, who: string, role: string): boolean {
  return to === undefined || to.roles?.includes(role) === true || to.participants?.includes(who) === true;
}

function check(world: World, trees: readonly Tree[]): void {
  const { key } = (trees.at(-1) as Tree).internal;
  assert.ok(key !== '' && !world.raw.some((text) => text.includes(key)), 'what the session keeps for itself is in no frame');
  const roleAt = (who: string, seq: number): string => participantOf(trees[seq] as Tree, who)?.role ?? '';
  for (const {
    client: { who },
    rules: declared,
    texts,
    upTo,
  } of world.frames) {
    for (const [seq, text] of texts) {
      // An event is seen as who one was before it; a snapshot as who one is after it.
      const role = seq === 0 ? roleAt(who, upTo) : roleAt(who, seq - 1) || roleAt(who, seq);
      const silent = PEOPLE.filter((other) => other !== who && isAudience(trees, other, seq === 0 ? upTo : seq));
      for (const other of silent) assert.ok(!text.includes(person(other).name), `${who} hears of ${other} at ${seq}: ${text}`);
      for (const [canary, key = '', field = ''] of text.matchAll(CANARY)) {
        const legal = key === 'm' ? isFor(world.sent.get(Number(field)), who, role) : maySee(declared, key, field, who, role);
        assert.ok(legal, `${who} as ${role} got ${canary} at ${seq}: ${text}`);
      }
    }
  }
  for (const { who, connection, replica } of world.clients) {
    if (connection === undefined) continue;
    const seq = replica.position?.seq ?? 0;
    assert.ok(seq > 0, `${who} has a view`);
    const expected = viewOf(trees[seq] as Tree, world.rules, who, roleAt(who, seq));
    assert.equal(JSON.stringify({ meta: replica.meta, state: replica.state }), JSON.stringify(expected), `the view of ${who} at ${seq}`);
    assert.deepEqual(
      replica.state,
      viewOf(trees.at(-1) as Tree, world.rules, who, roleAt(who, trees.length - 1)).state,
      'nothing is outstanding',
    );
    const due = [...world.sent].filter(
      ([at, to]) =>
        at > replica.since && isFor(to, who, roleAt(who, at)) && !replica.missed.some(([from, upTo]) => from <= at && at <= upTo),
    );
    assert.deepEqual(
      replica.heard.filter((at) => due.some(([other]) => other === at)),
      due.map(([at]) => at),
      `what ${who} heard`,
    );
  }
}

test('VIEW-22: whatever happens, each sees the log through their own sight, and nothing that is hidden from them is ever sent to them', async () => {
  await fc.assert(
    fc.asyncProperty(rules, fc.array(step, { minLength: 5, maxLength: 40 }), async (first, steps) => {
      const world = new World(first);
      await world.begin();
      for (const each of steps) await world.do(each);
      await world.settle();
      check(world, await world.trees());
    }),
    { numRuns: 200 },
  );
});
