import { readFrame } from '../../src/client/read-frame.ts';
import { SessionView } from '../../src/client/session-view.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { snapshot, tail } from '../../src/testing/client-harness.ts';
import { Dice } from './dice.ts';
import { hostileServerText, STANDS_AT } from './server-frames.ts';

/** What became of a text at a client's view: `taken`, `refused`, `other` (a frame that is none of its business). */
export type ViewVerdict = { readonly outcome: 'taken' | 'refused' | 'other'; readonly wrong?: string };

/** One text against a view that stands at `STANDS_AT`. */
export function tryServerText(text: string): ViewVerdict {
  const view = new SessionView();
  view.takeSnapshot(snapshot(STANDS_AT));
  view.takeTail(tail(STANDS_AT));
  const before = shown(view);
  let outcome: ViewVerdict['outcome'];
  try {
    outcome = take(view, text);
  } catch (error) {
    if (!(error instanceof Error)) return { outcome: 'refused', wrong: 'thrown: no error' };
    if (error instanceof RangeError) return { outcome: 'refused', wrong: `thrown: ${error.message}` };
    return shown(view) === before
      ? { outcome: 'refused' }
      : { outcome: 'refused', wrong: `refused (${error.message}), but changed to ${shown(view)}` };
  }
  // What is in a whole snapshot is taken as the server has it: the form of all else is checked.
  const isWhole = text.includes('"snapshot"');
  const wrong = faultOf(view.state, isWhole) ?? faultOf(view.meta, isWhole) ?? faultOfSeq(view) ?? polluted();
  return wrong === undefined ? { outcome } : { outcome, wrong };
}

/** The text of unit `unit` of a seed. */
export function serverTextOfUnit(seed: number, unit: number): string {
  return hostileServerText(new Dice(seed ^ 0x27d4eb2f, unit));
}

/** Without the path table, which is worth nothing once a frame was refused: the stream begins anew. */
function shown({ state, meta, seq, place }: SessionView): string {
  return JSON.stringify([state, meta, seq, place?.position]);
}

function take(view: SessionView, text: string): ViewVerdict['outcome'] {
  const frame = readFrame(text);
  if (!('t' in frame)) view.takeLive(frame);
  else if (frame.t === 'snapshot') view.takeSnapshot(frame);
  else if (frame.t === 'tail') view.takeTail(frame);
  else if (frame.t === 'ack' || frame.t === 'reject' || frame.t === 'check') view.cover(frame.seq);
  else return 'other';
  return 'taken';
}

function faultOfSeq({ seq, place }: SessionView): string | undefined {
  if (Number.isFinite(seq) && seq >= 0 && (place === undefined || Number.isFinite(place.position.seq))) return undefined;
  return `its seq is ${JSON.stringify(seq)}, its place ${JSON.stringify(place)}`;
}

function faultOf(root: unknown, isWhole: boolean): string | undefined {
  if (typeof root !== 'object' || root === null || Array.isArray(root)) return `it is ${JSON.stringify(root)}`;
  return faultInside(root, isWhole);
}

function faultInside(value: unknown, isWhole: boolean): string | undefined {
  if (typeof value === 'number') return isWhole || Number.isFinite(value) ? undefined : `it holds ${value}`;
  if (value === undefined) return 'it holds undefined';
  if (typeof value !== 'object' || value === null) return undefined;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) return 'an object has another prototype';
  for (const item of Object.values(value as JsonObject)) {
    const fault = faultInside(item, isWhole);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function polluted(): string | undefined {
  return Object.keys(Object.prototype).length > 0 || 'polluted' in {} ? 'the prototype of all objects was changed' : undefined;
}
