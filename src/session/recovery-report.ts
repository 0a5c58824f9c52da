import { decodeHeader } from '../protocol/event-text.ts';
import type { EventHeader } from '../protocol/event.ts';
import type { InstanceId, Seq, SessionId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { Quarantine } from '../store/store-recovery.ts';
import type { Store } from '../store/store.ts';

/** People and instances that are named at most. */
const NAMED_MOST = 100;
/** Ranges of command numbers that are kept of one instance. */
const RANGES_MOST = 16;

/** Command numbers, as ranges with both ends. */
export type NumberRanges = [first: number, last: number][];

/** A stretch of a log that cannot be kept: what is in it, as far as its headers can be read. */
export type Stretch = {
  /** First and last seq; null where nothing stands there. */
  readonly range: readonly [Seq, Seq] | null;
  readonly events: number;
  /** Of those, events whose header cannot be read: nobody knows what and whose they were. */
  readonly unreadable: number;
  /** Commands of the definition, attendance and the like left out. */
  readonly commands: number;
  /** Ids of who caused them, at most 100. */
  readonly people: readonly string[];
};

/** A stretch and which commands of each instance are in it. */
export type StretchWithNumbers = Stretch & { readonly numbers: Readonly<Record<InstanceId, NumberRanges>> };

/** Reads what stands after `after`. */
export async function readStretch(store: Pick<Store, 'remnants'>, session: SessionId, after: Seq): Promise<StretchWithNumbers> {
  const remnants = await store.remnants(session, after);
  const people = new Set<string>();
  const numbers: Record<InstanceId, NumberRanges> = {};
  let [commands, unreadable] = [0, 0];
  for (const { header: text } of remnants) {
    const header = text === undefined ? undefined : headerOf(text);
    if (header === undefined) unreadable += 1;
    else {
      if (!header.command.startsWith('@')) commands += 1;
      if (header.who !== 'system' && people.size < NAMED_MOST) people.add(header.who);
      noteNumber(numbers, header);
    }
  }
  const [first, last] = [remnants[0]?.seq, remnants.at(-1)?.seq];
  const range = first === undefined || last === undefined ? null : ([first, last] as const);
  return { range, events: remnants.length, unreadable, commands, people: [...people], numbers };
}

function headerOf(text: string): EventHeader | undefined {
  try {
    return decodeHeader(text);
  } catch {
    return undefined;
  }
}

function noteNumber(numbers: Record<InstanceId, NumberRanges>, { instance, number }: EventHeader): void {
  if (instance === null || number === null) return;
  const ranges = (numbers[instance] ??= []);
  const last = ranges.at(-1);
  if (last !== undefined && (number === last[1] + 1 || ranges.length >= RANGES_MOST)) last[1] = Math.max(last[1], number);
  else ranges.push([number, number]);
  if (Object.keys(numbers).length > NAMED_MOST) delete numbers[instance];
}

/** What those who run a session are told when it is quarantined: what is wrong, what is at stake, and what finishes it. */
export type QuarantineReport = Quarantine & {
  readonly setAside: Stretch;
  /** The command line that ends the quarantine. */
  readonly command: string;
  readonly message: string;
};

/** Makes the report of a quarantine. */
export async function reportQuarantine(store: Pick<Store, 'remnants'>, mark: Quarantine): Promise<QuarantineReport> {
  const { numbers: _numbers, ...setAside } = await readStretch(store, mark.session, mark.seq);
  const command = `holdfast recover ${mark.session} --to ${mark.seq}`;
  return { ...mark, setAside, command, message: `Quarantined: ${mark.reason}. ${spoken(setAside)} To finish: ${command}` };
}

export function stretchJson({ range, events, unreadable, commands, people }: Stretch): JsonObject {
  return { range: range === null ? null : [...range], events, unreadable, commands, people: [...people] };
}

/** A stretch as {@link stretchJson} made it. */
export function stretchIn(value: JsonValue | undefined): Stretch {
  const { range, events, unreadable, commands, people } = Object(value) as { [K in keyof Stretch]: Stretch[K] };
  return { range, events, unreadable, commands, people };
}

/** A stretch in one sentence. */
export function spoken({ range, events, commands, people, unreadable }: Stretch): string {
  if (range === null) return 'Nothing of the log is lost by that.';
  const whose = people.length === 0 ? '' : ` of ${people.slice(0, 10).join(', ')}${people.length > 10 ? ' and others' : ''}`;
  const unknown = unreadable === 0 ? '' : `, ${unreadable} of them unreadable`;
  const from = range[0] === range[1] ? `seq ${range[0]}` : `seq ${range[0]} to ${range[1]}`;
  return `Set aside: ${from} (${counted(events, 'event')}${unknown}, ${counted(commands, 'command')}${whose}).`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
