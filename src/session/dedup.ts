import type { EventContent, EventHeader } from '../protocol/event.ts';
import type { InstanceId, ParticipantId, Seq } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import { bodyHash } from './body-hash.ts';
import { issuedAt } from './instance-id.ts';
import { own } from './own.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { Internal, InstanceRecord, WindowEntry } from './tree.ts';

/** Most commands of one instance that may be unanswered at once. */
export const UNANSWERED_MOST = 32;
/** Instances remembered per participant; the one whose last event is oldest goes first. */
const INSTANCES_MOST = 8;
/** A result of more characters is read from the log again when a retry asks for it. */
const RESULT_KEPT = 256;

/** Part of every event's fold: remembers what its command settled. Pure: depends on the event and `internal` alone. */
export function settle(internal: Internal, header: EventHeader, content: EventContent | undefined): void {
  const { instance, number, who } = header;
  if (instance === null || number === null || who === 'system') return;
  const records = own(internal.instances, who) ?? (internal.instances[who] = {});
  const known = own(records, instance);
  const record = known ?? (records[instance] = { settled: 0, last: 0, window: [] });
  record.settled = number;
  record.last = header.seq;
  const low = content?.low ?? 0;
  if (low > (record.low ?? 1)) record.low = low;
  record.window = record.window.filter((entry) => entry[0] >= low).slice(1 - UNANSWERED_MOST);
  record.window.push(windowEntry(header, content, number));
  if (known === undefined) forgetOldest(internal, who, records);
}

function windowEntry(header: EventHeader, content: EventContent | undefined, number: number): WindowEntry {
  const body = content === undefined ? null : bodyHash(header.command, content.input);
  const result = content?.result;
  if (result === undefined) return [number, body, header.seq];
  const length = typeof result === 'string' ? result.length : typeof result === 'object' ? JSON.stringify(result).length : 0;
  return length <= RESULT_KEPT ? [number, body, header.seq, result] : [number, body, header.seq, null, true];
}

function forgetOldest(internal: Internal, who: ParticipantId, records: Record<InstanceId, InstanceRecord>): void {
  const ids = Object.keys(records) as InstanceId[];
  if (ids.length <= INSTANCES_MOST) return;
  const oldest = ids.reduce((a, b) => ((records[a]?.last ?? 0) <= (records[b]?.last ?? 0) ? a : b));
  delete records[oldest];
  internal.forgotten[who] = Math.max(own(internal.forgotten, who) ?? 0, issuedAt(oldest));
}

/** What is to be done with a command: run it, repeat an earlier answer, or refuse. */
export type Admission =
  | { readonly kind: 'run' }
  | { readonly kind: 'accepted'; readonly entry: WindowEntry }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The connection must end: the numbers make no sense together. */
  | { readonly kind: 'break'; readonly code: 'out-of-order' | 'too-many-unanswered' };

type Rejected = { readonly body: number; readonly refusal: Refusal };

/** The numbering of one instance while its session is awake: the durable window and the rejections since the wake. */
export class InstanceTurns {
  #lastRun: number;
  /** The lowest number whose answer the client may still want, as it said last. */
  #low: number;
  /** Most clients are never refused anything. */
  #rejections: Map<number, Rejected> | undefined;

  constructor(record: InstanceRecord | undefined, lowest: number) {
    this.#lastRun = Math.max(record?.settled ?? 0, lowest - 1);
    this.#low = Math.max(record?.low ?? 1, lowest);
  }

  get low(): number {
    return this.#low;
  }

  /** Highest number that is settled. */
  get settled(): number {
    return this.#lastRun;
  }

  /** Decides what to do with command `n`. A result of `run` must be followed by `ran` or `rejected`. */
  admit(record: InstanceRecord | undefined, n: number, low: number, name: string, args: JsonValue): Admission {
    if (low > n) return { kind: 'break', code: 'out-of-order' };
    if (n - low >= UNANSWERED_MOST) return { kind: 'break', code: 'too-many-unanswered' };
    this.#trim(low);
    if (n === this.#lastRun + 1) return { kind: 'run' };
    if (n > this.#lastRun + 1) return { kind: 'break', code: 'out-of-order' };
    return this.#settledBefore(record, n, bodyHash(name, args));
  }

  ran(n: number): void {
    this.#lastRun = n;
  }

  rejected(n: number, name: string, args: JsonValue, refusal: Refusal): void {
    this.#lastRun = n;
    this.#rejections ??= new Map();
    this.#rejections.set(n, { body: bodyHash(name, args), refusal });
  }

  #trim(low: number): void {
    this.#low = Math.max(this.#low, low);
    if (low - 1 > this.#lastRun) this.#lastRun = low - 1;
    const rejections = this.#rejections;
    if (rejections === undefined) return;
    for (const n of rejections.keys()) if (n < low) rejections.delete(n);
    if (rejections.size === 0) this.#rejections = undefined;
  }

  #settledBefore(record: InstanceRecord | undefined, n: number, body: number): Admission {
    const entry = record?.window.find((candidate) => candidate[0] === n);
    if (entry !== undefined) {
      return entry[1] === null || entry[1] === body ? { kind: 'accepted', entry } : { kind: 'refused', refusal: refuse('body-differs') };
    }
    const rejection = this.#rejections?.get(n);
    if (rejection !== undefined) {
      return { kind: 'refused', refusal: rejection.body === body ? rejection.refusal : refuse('body-differs') };
    }
    // Its answer had come, and is kept no more: only a copy of that client, which stands further back, asks for it again.
    if (n < this.#low) return { kind: 'refused', refusal: refuse('unknown-instance') };
    // Numbers run in order and accepted ones are in the log: a settled one that is not there was refused before a restart.
    return {
      kind: 'refused',
      refusal: refuse('rejected', 'The command was refused before the server restarted; send it anew if it still matters.'),
    };
  }
}

/**
 * Was this instance once known and has been forgotten since, so that its retries cannot be told from new commands? One that
 * was issued before its participant came (`joinedSeq`) is of an earlier time here, of which nothing may be kept.
 */
export function isForgotten(internal: Internal, who: ParticipantId, instance: InstanceId, joinedSeq: Seq | undefined): boolean {
  if (own(own(internal.instances, who), instance) !== undefined) return false;
  const issued = issuedAt(instance);
  const isEarlier = joinedSeq === undefined || issued + 1 < joinedSeq;
  return issued <= Math.max(own(internal.forgotten, who) ?? -1, isEarlier ? internal.forgottenUpTo : -1);
}
