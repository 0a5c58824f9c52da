import { createHash } from 'node:crypto';
import { z } from 'zod';
import { defineSession } from '../../../definition/define-session.ts';
import { encodeContent, encodeHeader } from '../../../protocol/event-text.ts';
import { GENESIS_HASH, type EventContent, type EventHeader, type StoredOp } from '../../../protocol/event.ts';
import type { LiveItem, ServerFrame } from '../../../protocol/frames.ts';
import type { InstanceId, LogId, ParticipantId, SessionId, Tag } from '../../../protocol/ids.ts';
import type { JsonValue } from '../../../protocol/json.ts';
import { ViewHash } from '../../../state/view-hash.ts';
import type { HistoryEntry, HistoryFact } from '../history.ts';
import { EventLine } from './event-line.ts';
import type { FinishedRun } from './finished-run.ts';
import { canary } from './leaks.ts';
import { linkedHash } from './one-order.ts';
import { isFor, viewOf, type View, type Viewer } from './plain-sight.ts';

export const TABLE = 'table-1' as SessionId;

/** A table with something for everyone, for the GM, and for each alone. */
export const game = defineSession('game', {
  version: 1,
  initial: () => ({ tokens: {}, secrets: {}, hands: {} }) as Record<string, Record<string, string>>,
  visibility: { secrets: ['gm'], hands: 'self' } as {},
  messages: { said: z.string() },
  policies: { access: 'open' },
  commands: (command) => ({ move: command(z.object({ to: z.string() }), () => undefined) }),
});

type EventWish = Partial<Pick<EventHeader, 'who' | 'kind' | 'command' | 'at'>> &
  Partial<Omit<EventContent, 'salt'>> & { instance?: string; number?: number };
type Client = { readonly name: string; readonly role: string; instance: string; connection: string; at: number };

/** A history that is written by hand: each act adds what a right run would have there. Not for more than tests of checks. */
export class HandHistory {
  readonly entries: HistoryEntry[] = [];
  readonly line = new EventLine();
  readonly clients = new Map<string, Client>();
  #at = 0;
  #server = 'one';
  #epoch = 1;
  #connections = 0;
  #asks = 0;

  add(fact: HistoryFact): void {
    this.entries.push({ at: (this.#at += 1), ...fact });
  }

  step(step: number): void {
    this.add({ kind: 'step', step, what: `step ${step}` });
  }

  event({
    who = 'system' as ParticipantId,
    kind = 'command',
    command = 'move',
    at = this.#at,
    instance,
    number,
    ...content
  }: EventWish): number {
    const seq = this.line.head + 1;
    const header = encodeHeader({
      logId: 'log-1' as LogId,
      epoch: this.#epoch,
      seq,
      tag: this.tag,
      at,
      who,
      kind,
      command,
      instance: (instance ?? null) as InstanceId | null,
      number: number ?? null,
      definition: 1,
    });
    const text = encodeContent({ salt: `salt-${'s'.repeat(20)}-${seq}`, ...content });
    const hash = linkedHash(this.line.last?.hash ?? GENESIS_HASH, header, text);
    const written = {
      kind: 'written',
      server: this.#server,
      session: TABLE,
      epoch: this.#epoch,
      seq,
      hash,
      header,
      content: text,
    } as const;
    this.add(written);
    this.line.add({ at: this.#at, ...written }, this.entries.length - 1);
    return seq;
  }

  get tag(): Tag {
    return `tag-${this.#epoch}` as Tag;
  }

  create(): void {
    this.add({ kind: 'server', server: 'one', change: 'started' });
    const meta: [string, JsonValue][] = [
      ['type', 'game'],
      ['status', 'active'],
      ['participants', {}],
      ['moderation', { bans: {} }],
    ];
    const state: [string, JsonValue][] = [
      ['tokens', {}],
      ['secrets', { trap: canary('gm') }],
      ['hands', { jon: canary('@jon') }],
    ];
    this.event({ kind: 'create', command: '@create', meta: meta.map(set), ops: state.map(set) });
  }

  /** Another server has it from now on. */
  takeOver(server: string): void {
    this.add({ kind: 'server', server: this.#server, change: 'crashed' });
    for (const { connection, name } of this.clients.values()) this.add({ kind: 'closed', connection, client: name, server: this.#server });
    this.#server = server;
    this.#epoch += 1;
    this.add({ kind: 'server', server, change: 'started' });
    this.add({ kind: 'claimed', server, session: TABLE, epoch: this.#epoch });
  }

  join(name: string, role: string): void {
    const token = this.#login(name, role, {});
    this.add({ kind: 'status', client: name, session: TABLE, status: 'live' });
    this.say(name, this.#welcome(name, token, false));
    this.snapshot(name, 'joined');
  }

  /** Comes back to where it stood. */
  back(name: string): void {
    const { instance, at, role } = this.client(name);
    const position = { logId: 'log-1', seq: at, tag: this.line.at(at)?.header.tag };
    const token = this.#login(name, role, { instance, position, table: [7, 0], lowest: 1 });
    this.say(name, this.#welcome(name, token, true));
    const seq = this.line.head;
    const items = Array.from({ length: seq - at }, (_, index) => this.itemsOf(at + 1 + index, name, index === 0 ? at + 1 : 1)).flat();
    this.say(name, { t: 'tail', seq, events: (items.length === 0 ? [seq] : items) as never, paths: [7, 0] });
    this.client(name).at = seq;
  }

  snapshot(name: string, reason: 'joined' | 'sight-changed' | 'cheaper', missed?: [number, number]): void {
    const seq = this.line.head;
    const position = { logId: 'log-1' as LogId, seq, tag: this.tag };
    const frame = { t: 'snapshot', position, reason, ...(missed && { missed }), paths: [7, 0], ...this.view(name) };
    this.say(name, frame as ServerFrame);
    this.say(name, { t: 'tail', seq, events: [seq], paths: [7, 0] });
    this.client(name).at = seq;
  }

  /** A command, its event, what everyone sees of it, and its answer. */
  move(name: string, n: number, wish: EventWish): void {
    const { instance } = this.client(name);
    const args = { to: `square ${n}` };
    const ask = (this.#asks += 1);
    this.add({ kind: 'asked', ask, client: name, session: TABLE, name: 'move', args });
    this.hear(name, { t: 'command', n, low: n, name: 'move', args });
    const seq = this.event({ who: name as ParticipantId, instance, number: n, input: args, ...wish });
    this.show(seq);
    this.say(name, { t: 'ack', n, seq, ...(wish.result === undefined ? {} : { result: wish.result }) });
    this.add({ kind: 'answered', ask, client: name, ok: true, ...(wish.result === undefined ? {} : { result: wish.result }), seqNow: seq });
  }

  refuse(name: string, n: number, code: 'rejected'): void {
    this.hear(name, { t: 'command', n, low: n, name: 'move', args: { to: 'nowhere' } });
    this.say(name, { t: 'reject', n, seq: this.line.head, code, message: 'No.' });
  }

  /** Live frames of an event, for all who are connected. */
  show(seq: number): void {
    for (const { name } of this.clients.values()) {
      const items = this.itemsOf(seq, name, seq);
      if (items.length > 1) this.say(name, items as ServerFrame);
      if (items.length > 1) this.client(name).at = seq;
    }
  }

  itemsOf(seq: number, name: string, step: number): (number | LiveItem)[] {
    const viewer = this.viewer(name);
    const { content, header } = this.line.at(seq) ?? {};
    const meta = (content?.meta ?? []).filter(([, path]) => viewer.role === 'gm' || (path as string[])[0] !== 'moderation');
    const state = (content?.ops ?? []).filter(([, path]) => {
      const [key, own] = path as string[];
      return key === 'secrets' ? viewer.role === 'gm' : key !== 'hands' || own === name;
    });
    const items = [...meta.map(([, path, value]) => [[0, ...(path as string[])], value]), ...state.map(([, path, value]) => [path, value])];
    const messages = (content?.messages ?? [])
      .filter(({ to }) => isFor(to, viewer))
      .map((message) => ['m', message.name, message.payload, header?.who]);
    return [step, ...([...items, ...messages] as LiveItem[])];
  }

  check(name: string): void {
    const seq = this.client(name).at;
    this.say(name, { t: 'check', seq, hash: new ViewHash().of(this.view(name, seq)) });
  }

  /** Everyone's client is looked at. */
  look(): void {
    const presence = Object.fromEntries([...this.clients.keys()].map((id) => [id, { status: 'online' }]));
    const at = (this.#at += 1);
    for (const { name, role, at: seq } of this.clients.values())
      this.entries.push({ at, kind: 'view', client: name, session: TABLE, seq, role, ...this.view(name, seq), presence });
  }

  say(name: string, frame: ServerFrame): void {
    const { connection } = this.client(name);
    const text = JSON.stringify(frame);
    this.add({ kind: 'sent', connection, to: 'client', text });
    this.add({ kind: 'received', connection, to: 'client', text });
  }

  hear(name: string, frame: object): void {
    const { connection } = this.client(name);
    const text = JSON.stringify(frame);
    this.add({ kind: 'sent', connection, to: 'server', text });
    this.add({ kind: 'received', connection, to: 'server', text });
  }

  view(name: string, seq = this.line.head): View {
    return viewOf(this.line.treeAt(seq), game, this.viewer(name, seq));
  }

  viewer(name: string, seq = this.line.head): Viewer {
    return { id: name, role: this.line.roleAt(seq, name) ?? 'player' };
  }

  client(name: string): Client {
    const client = this.clients.get(name);
    if (client === undefined) throw new Error(`nobody is called ${name}`);
    return client;
  }

  finish(): FinishedRun {
    const events = this.line.events.map(({ seq, headerText, contentText, hash }) => ({
      seq,
      header: headerText,
      content: contentText ?? undefined,
      hash,
    }));
    return { history: this.entries, definitions: [game], durability: 'full', logs: new Map([[TABLE, { events }]]) };
  }

  #login(name: string, role: string, hello: object): string {
    const connection = `wire-${(this.#connections += 1)}`;
    const instance = this.clients.get(name)?.instance ?? `instance-of-${name}`;
    const isNew = !this.clients.has(name);
    this.clients.set(name, { name, role, instance, connection, at: this.clients.get(name)?.at ?? 0 });
    this.add({ kind: 'opened', connection, client: name, server: this.#server });
    this.hear(name, { t: 'hello', version: 1, session: TABLE, ...hello });
    const token = `token-of-${name}-${connection}`;
    const hash = createHash('sha256').update(token).digest('base64url');
    const internal: StoredOp[] = [['s', ['connections', `${name}-1`], { participant: name, instance, token: hash }]];
    const joined: StoredOp[] = isNew ? [['s', ['participants', name], { name, role, joinedSeq: this.line.head + 1 }]] : [];
    const seq = this.event({ who: name as ParticipantId, command: isNew ? '@join' : '@reconnect', meta: joined, internal });
    for (const other of this.clients.values()) {
      if (other.name === name || !isNew) continue;
      this.say(other.name, this.itemsOf(seq, other.name, seq) as ServerFrame);
      other.at = seq;
    }
    return token;
  }

  #welcome(name: string, reconnect: string, resumed: boolean): ServerFrame {
    const { instance, role } = this.client(name);
    const participant = { id: name, name, role };
    const session = { id: TABLE, type: 'game', version: 1 };
    const rest = { version: 1, settled: 0, windowMs: 30_000, tag: this.tag, durability: 'full', heartbeatMs: 15_000, now: 0 };
    return { t: 'welcome', connection: `${name}-1`, instance, participant, session, reconnect, resumed, ...rest } as ServerFrame;
  }
}

function set([key, value]: [string, JsonValue]): StoredOp {
  return ['s', [key], value];
}

/** An evening at which everything goes as it should. */
export function rightEvening(): HandHistory {
  const evening = new HandHistory();
  evening.create();
  evening.step(1);
  evening.join('mira', 'gm');
  evening.join('jon', 'player');
  evening.step(2);
  evening.move('jon', 1, { ops: [['s', ['tokens', 'boat'], 'b2']], result: 'moved' });
  evening.move('mira', 1, {
    ops: [
      ['s', ['secrets', 'trap'], canary('gm')],
      ['s', ['tokens', 'boat'], 'b3'],
    ],
  });
  evening.move('mira', 2, { ops: [['s', ['secrets', 'trap'], `${canary('gm')} again`]] });
  evening.step(3);
  evening.move('jon', 2, { messages: [{ name: 'said', payload: 'hello' }] });
  evening.move('mira', 3, { messages: [{ name: 'said', payload: canary('gm'), to: { roles: ['gm'] } }] });
  evening.check('jon');
  evening.refuse('jon', 3, 'rejected');
  evening.step(4);
  evening.takeOver('two');
  evening.event({ command: 'tick', ops: [['s', ['tokens', 'tide'], 'low']], messages: [{ name: 'said', payload: 'the tide' }] });
  evening.back('jon');
  evening.back('mira');
  evening.step(5);
  evening.move('jon', 4, { ops: [['s', ['hands', 'jon'], canary('@jon')]] });
  evening.look();
  return evening;
}
