import { readFrame } from '../../src/client/read-frame.ts';
import type { JsonValue } from '../../src/protocol/json.ts';
import { FRAME_KINDS, clientFrame, hostileFrame, type FrameKind, type Known } from './client-frames.ts';
import { Dice } from './dice.ts';
import { GM_SECRET, HAND_SECRET, type HostileWorld, type Peer } from './hostile-world.ts';
import { judgeFrame } from './judge-frame.ts';
import { isCode, leakIn } from './leaks.ts';

/** What happened in stories, and what is wrong. */
export type StoryTally = {
  frames: number;
  readonly codes: Map<string, number>;
  readonly wrong: { readonly story: number; readonly what: string }[];
};

export function emptyTally(): StoryTally {
  return { frames: 0, codes: new Map(), wrong: [] };
}

const VISITORS = ['eve', 'ann', 'bob', 'cyd', 'dan'] as const;
/** Stories after which the world is looked at as a whole. */
const LOOK_EVERY = 10;
/** More than a connection may say at once. */
const FLOOD = 5_200;
const PING = '{"t":"ping","at":0}';
const MOST_TIMERS = 60;

/** Commands of the tabletop, built-in ones, and such as there are none. */
const COMMANDS: readonly (readonly [string, JsonValue])[] = [
  ['moveToken', { id: 'eve', x: 1, y: 2 }],
  ['placeToken', { id: 'eve', x: 1, y: 2 }],
  ['roll', { sides: 6 }],
  ['roll', {}],
  ['roll', { sides: 1 }],
  ['moveToken', { id: 7 }],
  ['draw', null],
  ['draw', { card: 'ace' }],
  ['hide', { key: 'vault', text: 'mine now' }],
  ['refuse', {}],
  ['break', {}],
  ['fill', { text: 'x', times: 10 }],
  ['rest', {}],
  ['strike', {}],
  ['nothing', {}],
  ['__proto__', {}],
  ['constructor', {}],
  ['@leave', {}],
  ['@join', {}],
  ['@end', {}],
  ['@kick', { participant: 'hal' }],
  ['@ban', { participant: 'hal' }],
  ['@role', { participant: 'eve', role: 'gm' }],
  ['@rename', { name: 'mine' }],
  ['@profile', { name: 'mine' }],
  ['@connect', {}],
  ['@create', {}],
  ['@erase', { participant: 'hal' }],
  ['@transfer', { participant: 'eve' }],
  ['@invite', {}],
  ['@lost', { participant: 'hal' }],
];

/** Visitors of a hostile world who send what they like, one story after the other. */
export class Stories {
  readonly world: HostileWorld;
  readonly #seed: number;
  /** What earlier visitors learned. */
  readonly #instances: string[] = ['1.2.3'];
  readonly #connections: string[] = ['0123456789abcdef01234567'];
  readonly #reconnects: string[] = ['r'.repeat(43)];
  readonly #positions = [{ logId: 'q83vEjRWeJCrze8SNFZ4kA', seq: 12, tag: 'q83vEjRWeJA' }];
  readonly #tables: [number, number][] = [[1, 0]];
  readonly #old: string[] = [];

  constructor(world: HostileWorld, seed: number) {
    this.world = world;
    this.#seed = seed;
  }

  async tell(story: number, tally: StoryTally): Promise<void> {
    const dice = new Dice(this.#seed ^ 0x5bd1e995, story);
    const before = await this.world.read('open', 'mira');
    const said = JSON.stringify(before);
    const peers = Array.from({ length: 1 + dice.below(3) }, () => this.world.open());
    const place = dice.percent(60) ? 'open' : dice.pick(Object.keys(this.world.sessions));
    const visitor = dice.pick(VISITORS);
    for (const [index, peer] of peers.entries()) await this.#visit(peer, place, visitor, dice, tally, index > 0);
    const mayChange = peers.some(({ sent }) => sent.some(isCommand));
    for (const peer of peers) this.#look(peer, story, tally);
    const after = JSON.stringify(await this.world.read('open', 'mira'));
    if (!mayChange && after !== said) tally.wrong.push({ story, what: `no command came, and the state changed: ${after.slice(0, 200)}` });
    for (const peer of peers) this.world.forget(peer);
    await this.world.play();
    if (story % LOOK_EVERY === 0) await this.#lookAround(story, tally);
    const wrong = this.world.fault ?? this.world.failures[0];
    if (wrong !== undefined)
      tally.wrong.push({ story, what: `${wrong}; sent: ${JSON.stringify(peers.map(({ sent }) => sent)).slice(0, 2_000)}` });
  }

  async #visit(peer: Peer, place: string, visitor: string, dice: Dice, tally: StoryTally, again: boolean): Promise<void> {
    // While another one was waiting this one's time to say hello may have passed.
    if (peer.ended !== undefined) return;
    const known = this.#known(place, visitor);
    if (dice.percent(85)) {
      const plain = { t: 'hello', version: 1, session: known.session, token: visitor };
      const hello = dice.percent(again ? 30 : 60) ? plain : clientFrame('hello', known, dice);
      this.#say(peer, JSON.stringify(hello), tally);
      if (dice.percent(90)) await this.world.settle();
    }
    await this.#disturb(peer, place, visitor, dice, tally);
    for (let left = 2 + dice.below(8); left > 0 && peer.ended === undefined; left -= 1) {
      const kind: FrameKind = dice.percent(50) ? 'command' : dice.pick(FRAME_KINDS);
      // Most of what breaks a rule of the protocol ends the connection: what comes at the end of all the others may.
      const isLast = left === 1 || dice.percent(10);
      const own = this.#own(peer, known);
      const text =
        dice.percent(5) && this.#old.length > 0
          ? dice.pick(this.#old)
          : isLast
            ? hostileFrame(kind, own, dice).text
            : inTurn(kind, own, dice, peer);
      this.#say(peer, text, tally);
      if (dice.percent(25)) await this.world.settle();
    }
    await this.world.settle();
    this.#learn(peer);
  }

  /** What takes more than a frame: far too many of them, none for too long, being thrown out. */
  async #disturb(peer: Peer, place: string, visitor: string, dice: Dice, tally: StoryTally): Promise<void> {
    const choice = dice.below(300);
    if (choice < 2) {
      for (let left = FLOOD; left > 0; left -= 1) this.#say(peer, PING, tally);
    } else if (choice < 14) await this.world.wait(dice.pick([6_000, 45_000]));
    else if (choice < 20 && place === 'open') await this.world.attempt('open', 'mira', '@kick', { participant: visitor });
    if (choice < 20) await this.world.settle();
  }

  #say(peer: Peer, text: string, tally: StoryTally): void {
    peer.say(text);
    tally.frames += 1;
    if (this.#old.length < 200) this.#old.push(text);
  }

  #known(place: string, visitor: string): Known {
    const { sessions } = this.world;
    return {
      session: sessions[place] ?? '',
      sessions: [...Object.values(sessions), 'A'.repeat(22), 'constructor', '__proto__'],
      tokens: [visitor, visitor, visitor, 'nobody', 'Hal', 'a.b.c'],
      instances: this.#instances,
      connections: this.#connections,
      reconnects: this.#reconnects,
      positions: this.#positions,
      tables: this.#tables,
      commands: COMMANDS,
      hashes: ['0123456789abcdef', 'h'],
    };
  }

  #own(peer: Peer, known: Known): Known {
    const { welcome } = peer;
    return welcome === undefined ? known : { ...known, instances: [welcome.instance, ...this.#instances.slice(-3)] };
  }

  #learn(peer: Peer): void {
    const { welcome } = peer;
    if (welcome === undefined) return;
    keep(this.#instances, welcome.instance);
    keep(this.#connections, welcome.connection);
    keep(this.#reconnects, welcome.reconnect);
    for (const text of peer.texts) {
      const frame = readFrame(text);
      if (!('t' in frame) || frame.t !== 'snapshot') continue;
      keep(this.#positions, { ...frame.position });
      keep(this.#tables, [frame.paths[0], frame.paths.length - 2]);
    }
  }

  /** Everything that one visitor was told. */
  #look(peer: Peer, story: number, tally: StoryTally): void {
    count(tally, `end ${peer.ended ?? 'open'}`);
    const unpunished = wrongEnd(peer);
    if (unpunished !== undefined) tally.wrong.push({ story, what: `${unpunished} after ${JSON.stringify(peer.sent).slice(0, 1_500)}` });
    for (const text of peer.texts) {
      const what = wrongWith(text, tally) ?? leakIn(text, [GM_SECRET, HAND_SECRET]);
      if (what !== undefined)
        tally.wrong.push({ story, what: `${what} in ${text.slice(0, 300)} after ${JSON.stringify(peer.sent).slice(0, 1_500)}` });
    }
  }

  async #lookAround(story: number, tally: StoryTally): Promise<void> {
    // Beyond every window in which a connection may come back.
    await this.world.wait(65_000);
    const { open, live, kept } = this.world.server.connections.counts();
    if (open !== 1 || live !== 1 || kept !== 0)
      tally.wrong.push({ story, what: `left behind: ${open} open, ${live} live, ${kept} kept connections` });
    const { timers } = this.world.clock;
    if (timers > MOST_TIMERS) tally.wrong.push({ story, what: `${timers} timers are left` });
    const differs = await this.world.compareHal();
    if (differs !== undefined) tally.wrong.push({ story, what: differs });
  }
}

/** A sound frame, and of commands mostly the one that is next. */
function inTurn(kind: FrameKind, known: Known, dice: Dice, peer: Peer): string {
  const frame = clientFrame(kind, known, dice);
  if (kind !== 'command' || dice.percent(10)) return JSON.stringify(frame);
  const n = 1 + peer.sent.filter((text) => text.startsWith('{"t":"command"')).length;
  return JSON.stringify({ ...frame, n, low: n });
}

/** What is no frame of the protocol, or no hello at first, ends its connection, as what it is. */
function wrongEnd({ sent: [first, ...later], ended, welcome }: Peer): string | undefined {
  if (first === undefined) return undefined;
  const judged = judgeFrame(first, true);
  if ('codes' in judged) return judged.codes.has(ended ?? 'open') ? undefined : `what is no hello left its connection ${ended ?? 'open'}`;
  if (welcome === undefined || ended !== undefined) return undefined;
  return later.some((text) => 'codes' in judgeFrame(text, false)) ? 'what is no frame left its connection open' : undefined;
}

/** What may change the state of a session: nothing else may. */
function isCommand(text: string): boolean {
  const judged = judgeFrame(text, false);
  return 'frame' in judged && judged.frame['t'] === 'command';
}

function keep<Item>(items: Item[], item: Item): void {
  items.push(item);
  if (items.length > 20) items.splice(1, 1);
}

function count(tally: StoryTally, what: string): void {
  tally.codes.set(what, (tally.codes.get(what) ?? 0) + 1);
}

function wrongWith(text: string, tally: StoryTally): string | undefined {
  const frame: Record<string, unknown> = Object(readFrame(text));
  const { t, code, message } = frame;
  if (t !== 'error' && t !== 'reject') return undefined;
  count(tally, `${t} ${String(code)}`);
  if (!isCode(code)) return `a code that the table does not have: ${String(code)}`;
  return typeof message === 'string' && message.length > 0 && message.length <= 500 ? undefined : 'no message, or a very long one';
}
