import { readClientFrame } from '../../src/protocol/codec.ts';
import { FRAME_KINDS, hostileFrame, type Known } from './client-frames.ts';
import { Dice } from './dice.ts';
import { judgeFrame } from './judge-frame.ts';
import { sameJson } from './same-json.ts';

/** Names as they look on the wire; of no server that runs. */
export const STRANGER: Known = {
  session: 'q83vEjRWeJCrze8SNFZ4kA',
  sessions: ['AAAAAAAAAAAAAAAAAAAAAA', 'x', '..', 'constructor'],
  tokens: ['a.b.c', 'ada', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2ln'],
  instances: ['4.q83vEjRWeJCrze8S.NFZ4kA12', 'i', '1.2.3'],
  connections: ['0123456789abcdef01234567', 'c'],
  reconnects: ['r'.repeat(43), 'r'],
  positions: [{ logId: 'q83vEjRWeJCrze8SNFZ4kA', seq: 12, tag: 'q83vEjRWeJA' }],
  tables: [
    [1, 0],
    [4_294_967_295, 3],
  ],
  commands: [
    ['moveToken', { id: 'marlin', x: 325.5, y: -2 }],
    ['roll', { sides: 20 }],
    ['@leave', {}],
    ['say', { text: 'grüß 😀', list: [1, [2, [3]], { deep: null }] }],
    ['n', null],
  ],
  hashes: ['0123456789abcdef', 'h'],
};

/** How one text was taken: its code, or `ok`; and what is wrong with that, if anything is. */
export type Verdict = { readonly code: string; readonly wrong?: string };

/** One text of a client against the reader, and against an independent judge of it. */
export function tryText(text: string, first: boolean): Verdict {
  let read: ReturnType<typeof readClientFrame>;
  try {
    read = readClientFrame(text, { first });
  } catch (error) {
    return { code: 'thrown', wrong: `the reader threw ${String(error)}` };
  }
  const judged = judgeFrame(text, first);
  if (!read.ok) {
    const { code, message } = read;
    if ('frame' in judged) return { code, wrong: `refused as ${code} (${message}), but it is a frame` };
    if (!judged.codes.has(code)) return { code, wrong: `refused as ${code} (${message}), not as ${[...judged.codes].join(' or ')}` };
    return message.length > 120 || /\bat \w+ \(|node:|\.ts\b/.test(message) ? { code, wrong: `the refusal says ${message}` } : { code };
  }
  if ('codes' in judged) return { code: 'ok', wrong: `taken, but it is to be refused as ${[...judged.codes].join(' or ')}` };
  if (!sameJson(read.frame, judged.frame)) return { code: 'ok', wrong: `read as ${JSON.stringify(read.frame)}` };
  const canonical = JSON.stringify(read.frame);
  const again = readClientFrame(canonical, { first });
  if (!again.ok || JSON.stringify(again.frame) !== canonical)
    return { code: 'ok', wrong: `written again it is read otherwise: ${canonical}` };
  return { code: 'ok' };
}

/** The text of unit `unit` of a seed, and whether it comes first. */
export function textOfUnit(seed: number, unit: number): { text: string; first: boolean } {
  const dice = new Dice(seed, unit);
  const kind = dice.percent(35) ? 'hello' : dice.pick(FRAME_KINDS);
  const { text } = hostileFrame(kind, STRANGER, dice);
  return { text, first: dice.percent(90) ? kind === 'hello' : kind !== 'hello' };
}
