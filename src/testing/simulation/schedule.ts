import type { JsonValue } from '../../protocol/json.ts';
import type { CrashPoint, FaultKind } from './history.ts';
import type { AppendFate, EventPart, Person, Towards } from './world.ts';

/** Something that somebody does. */
export type Act =
  | { readonly do: 'join'; readonly who: string; readonly session: number }
  | { readonly do: 'leave' | 'close'; readonly who: string }
  | { readonly do: 'command'; readonly who: string; readonly name: string; readonly args: JsonValue }
  /** An act of `session.manage`. */
  | { readonly do: 'manage'; readonly who: string; readonly act: string; readonly args: JsonValue }
  /** The first GM makes one more session of that definition, counted from 0. */
  | { readonly do: 'create'; readonly definition: number }
  | { readonly do: 'presence'; readonly who: string; readonly activity: string | null };

/** Something that goes wrong, or that ends what goes wrong. `server` counts from 0. */
export type Trouble =
  | { readonly do: 'start' | 'stop' | 'crash' | 'freeze' | 'thaw'; readonly server: number }
  | { readonly do: 'crash at'; readonly server: number; readonly point: CrashPoint }
  /** From the next start on servers host this version: 0 is the first. */
  | { readonly do: 'deploy'; readonly version: number }
  | { readonly do: 'power cut' }
  | { readonly do: 'append'; readonly fate: AppendFate; readonly times: number }
  | { readonly do: 'disk full'; readonly on: boolean }
  | { readonly do: 'disk slow'; readonly ms: number }
  /** The event so far back from the head. */
  | { readonly do: 'corrupt'; readonly session: number; readonly back: number; readonly part: EventPart }
  | { readonly do: 'lose tail'; readonly session: number; readonly count: number }
  | { readonly do: 'fail reads'; readonly times: number }
  | { readonly do: 'delay'; readonly who: string; readonly minMs: number; readonly maxMs: number }
  | { readonly do: 'stall'; readonly who: string; readonly ms: number; readonly towards: Towards | 'both' }
  | { readonly do: 'cut' | 'half-open' | 'reload' | 'duplicate tab'; readonly who: string }
  | { readonly do: 'refuse'; readonly on: boolean }
  | { readonly do: 'duplicate' | 'reorder'; readonly who: string; readonly times: number }
  /** 0 ends it. */
  | { readonly do: 'slow reader'; readonly who: string; readonly bytesPerSecond: number }
  | { readonly do: 'flood'; readonly who: string; readonly times: number; readonly name: string; readonly args: JsonValue }
  | { readonly do: 'sleep'; readonly who: string; readonly ms: number }
  | { readonly do: 'clock jump'; readonly ms: number; readonly whose: 'servers' | 'clients' };

/** One step of a schedule: time passes, somebody does something, something goes wrong, or everything has to come to rest. */
export type Step = { readonly do: 'wait'; readonly ms: number } | Act | Trouble | { readonly do: 'quiet' };

/**
 * What is to happen, as data, made before it happens: so it can be run again, kept in a file and shortened. `seed` also
 * decides all chance in the world itself.
 */
export type Schedule = {
  readonly seed: number;
  readonly durability: 'full' | 'normal';
  readonly people: readonly Person[];
  readonly steps: readonly Step[];
};

/** Steps that begin a fault, by its kind. What ends one, and what nobody would call a fault, has none. */
export function faultOf(step: Step): FaultKind | undefined {
  switch (step.do) {
    case 'crash':
    case 'freeze':
    case 'deploy':
    case 'power cut':
    case 'delay':
    case 'stall':
    case 'cut':
    case 'half-open':
    case 'reload':
    case 'duplicate':
    case 'reorder':
    case 'flood':
    case 'clock jump':
      return step.do;
    case 'stop':
      return 'restart';
    case 'append':
      return step.fate === 'unknown' ? 'append unknown' : `append failed, ${step.fate}`;
    case 'disk full':
      return step.on ? 'disk full' : undefined;
    case 'disk slow':
      return step.ms > 0 ? 'disk slow' : undefined;
    case 'corrupt':
      return 'corrupt event';
    case 'lose tail':
      return 'log regression';
    case 'fail reads':
      return 'failed read';
    case 'duplicate tab':
      return 'duplicated tab';
    case 'refuse':
      return step.on ? 'refuse' : undefined;
    case 'slow reader':
      return step.bytesPerSecond > 0 ? 'slow reader' : undefined;
    case 'sleep':
      return 'laptop sleep';
    default:
      return undefined;
  }
}

const LONGEST = 120;

/** One line for people: `ben moveToken {"id":"a"}`, `crash server 1 at "before append"`. */
export function tellStep(step: Step): string {
  const { do: what, ...rest } = step;
  if (what === 'command') return `${step.who} ${step.name} ${shown(step.args)}`;
  if (what === 'manage') return `${step.who} manage.${step.act} ${shown(step.args)}`;
  if (what === 'wait') return `wait ${shownTime(step.ms)}`;
  const { who, ...facts } = { who: undefined, ...rest };
  const words = Object.entries(facts).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? shown(value as JsonValue) : String(value)}`,
  );
  return [...(who === undefined ? [] : [who]), what, ...words].join(' ');
}

export function shown(value: JsonValue): string {
  const text = JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}... (${text.length} characters)`;
}

function shownTime(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : `${ms / 1_000} s`;
}
