import type { JsonObject, JsonValue } from '../../src/protocol/json.ts';
import type { Dice } from './dice.ts';
import { nodeOf, textOf } from './json-node.ts';
import { mutateNode } from './mutate-json.ts';
import { mutateText } from './mutate-text.ts';

/** What a client knows that it can put into its frames, rightly or not. */
export type Known = {
  readonly session: string;
  readonly sessions: readonly string[];
  readonly tokens: readonly string[];
  readonly instances: readonly string[];
  readonly connections: readonly string[];
  readonly reconnects: readonly string[];
  readonly positions: readonly { logId: string; seq: number; tag: string }[];
  readonly tables: readonly (readonly [number, number])[];
  readonly commands: readonly (readonly [name: string, args: JsonValue])[];
  readonly hashes: readonly string[];
};

const COUNTS = [0, 1, 2, 3, 4, 10, 32, 33, 1_000, 2 ** 31, 2 ** 53 - 1];
export const FRAME_KINDS = ['hello', 'command', 'ping', 'presence', 'diverged', 'renew'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

/** A frame of the protocol, sound by itself: whether it fits where it comes is another matter. */
export function clientFrame(kind: FrameKind, known: Known, dice: Dice): JsonObject {
  switch (kind) {
    case 'hello':
      return helloFrame(known, dice);
    case 'command':
      return commandFrame(known, dice);
    case 'ping':
      return { t: 'ping', at: dice.pick([0, 1.5, -7, 1e15, dice.share()]), ...(dice.percent(30) && { rtt: dice.pick(COUNTS) }) };
    case 'presence':
      return presenceFrame(dice);
    case 'diverged':
      return { t: 'diverged', seq: dice.pick(COUNTS.slice(1)), hash: dice.pick(known.hashes) };
    case 'renew':
      return { t: 'renew', token: dice.pick(known.tokens) };
  }
}

function helloFrame(known: Known, dice: Dice): JsonObject {
  return {
    t: 'hello',
    version: dice.percent(95) ? 1 : dice.pick([0, 2, 99]),
    session: dice.percent(80) ? known.session : dice.pick(known.sessions),
    ...(dice.percent(92) && { token: dice.pick(known.tokens) }),
    ...(dice.percent(15) && { role: dice.pick(['gm', 'player', 'spectator', 'nobody', 'Gm', 'r'.repeat(64)]) }),
    ...(dice.percent(10) && { invite: dice.pick(['invite', 'i'.repeat(43), '-_'.repeat(20)]) }),
    ...(dice.percent(30) && { instance: dice.pick(known.instances) }),
    ...(dice.percent(30) && { position: { ...dice.pick(known.positions), ...(dice.percent(30) && { seq: dice.pick(COUNTS) }) } }),
    ...(dice.percent(25) && { connection: dice.pick(known.connections), reconnect: dice.pick(known.reconnects) }),
    ...(dice.percent(25) && { table: [...dice.pick(known.tables)] }),
    ...(dice.percent(20) && { lowest: dice.pick(COUNTS.slice(1)) }),
    ...(dice.percent(20) && { accept: dice.pick([['deflate'], [], ['zstd'], ['deflate', 'deflate']]) }),
    ...(dice.percent(5) && { future: { anything: [1, 'x', null] } }),
  };
}

function commandFrame(known: Known, dice: Dice): JsonObject {
  const [name, args] = dice.pick(known.commands);
  const n = dice.percent(70) ? 1 + dice.below(8) : dice.pick(COUNTS.slice(1));
  const low = dice.percent(70) ? Math.min(n, 1 + dice.below(3)) : n;
  return { t: 'command', n, low, name, args: structuredClone(args), ...(dice.percent(15) && { basis: dice.pick(COUNTS) }) };
}

function presenceFrame(dice: Dice): JsonObject {
  return {
    t: 'presence',
    ...(dice.percent(40) && { idle: dice.percent(50) }),
    ...(dice.percent(50) && {
      activity: dice.pick<JsonValue>([null, { name: 'typing' }, { name: 'rolling', ttlMs: 30_000 }, { name: 'é 1_.-', ttlMs: 1 }]),
    }),
    ...(dice.percent(50) && { data: dice.pick<JsonValue>([null, { x: 1, y: 2 }, 'x'.repeat(1_022), [[[]]], 'é'.repeat(500)]) }),
  };
}

export type Sent = { readonly text: string; readonly kind: FrameKind; readonly isSound: boolean };

/** A frame as a hostile client sends it: sound, or with some changes to its structure, its text, or both. */
export function hostileFrame(kind: FrameKind, known: Known, dice: Dice): Sent {
  const frame = clientFrame(kind, known, dice);
  if (dice.percent(12)) return { text: JSON.stringify(frame), kind, isSound: true };
  let text: string;
  if (dice.percent(75)) {
    let node = nodeOf(frame);
    for (let change = dice.pick([1, 1, 1, 2, 3]); change > 0; change -= 1) node = mutateNode(node, dice);
    text = textOf(node);
    if (dice.percent(80)) return { text, kind, isSound: false };
  } else text = JSON.stringify(frame);
  for (let change = dice.pick([1, 1, 2, 4]); change > 0; change -= 1) {
    const other = dice.percent(20) ? JSON.stringify(clientFrame(dice.pick(FRAME_KINDS), known, dice)) : text;
    text = mutateText(text, other, dice);
  }
  return { text, kind, isSound: false };
}
