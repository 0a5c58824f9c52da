import type { JsonValue } from '../../protocol/json.ts';

/** Everything that the simulation does wrong on purpose. */
export const FAULT_KINDS = [
  'crash',
  'restart',
  'deploy',
  'freeze',
  'two owners',
  'power cut',
  'unsynced loss',
  'append failed, written',
  'append failed, lost',
  'append unknown',
  'disk full',
  'disk slow',
  'corrupt event',
  'log regression',
  'failed read',
  'delay',
  'stall',
  'cut',
  'half-open',
  'refuse',
  'duplicate',
  'reorder',
  'slow reader',
  'flood',
  'reload',
  'duplicated tab',
  'laptop sleep',
  'clock jump',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Where a server can be ended exactly: all at its ports. */
export const CRASH_POINTS = [
  'before append',
  'in append, written',
  'in append, lost',
  'append answered',
  'before a delivery',
  'between two deliveries',
  'after the first byte of a delivery',
  'before claim',
  'claimed',
  'claim answered',
  'in recovery read',
  'recovery read answered',
  'before snapshot',
  'snapshot written',
  'in creation',
  'created',
  'in migration',
  'migrated',
  'before remove',
  'removed',
  'while stopping',
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];

export type ServerChange = 'starting' | 'started' | 'failed-to-start' | 'stopping' | 'stopped' | 'crashed' | 'frozen' | 'thawed';

/** What happened in a run, in order. `at`: virtual ms. All JSON, so that a history is bytes. */
export type HistoryEntry = { readonly at: number } & HistoryFact;

/** An entry before it has its time. */
export type HistoryFact =
  /** The schedule's step that begins. */
  | { readonly kind: 'step'; readonly step: number; readonly what: string }
  /** A fault took effect. */
  | { readonly kind: 'fault'; readonly fault: FaultKind; readonly on: string }
  /** A server ended exactly there. */
  | { readonly kind: 'crash-point'; readonly point: CrashPoint; readonly server: string }
  | { readonly kind: 'server'; readonly server: string; readonly change: ServerChange }
  /** `epoch` is on the platter. */
  | { readonly kind: 'claimed'; readonly server: string; readonly session: string; readonly epoch: number }
  /** An event is on the disk's platter. */
  | {
      readonly kind: 'written';
      readonly server: string;
      readonly session: string;
      readonly epoch: number;
      readonly seq: number;
      readonly hash: string;
      readonly header: string;
      readonly content: string | null;
    }
  /** An event that was written is gone: never synced when the power was cut (never at durability full), or a fault took it (`log regression`). */
  | { readonly kind: 'lost'; readonly session: string; readonly seq: number }
  | { readonly kind: 'removed'; readonly session: string; readonly why: string }
  | {
      readonly kind: 'opened' | 'closed';
      readonly connection: string;
      readonly client: string;
      readonly server: string;
      readonly code?: number | string;
    }
  /** A frame given to the wire; a frame that arrived. `text` is the frame's JSON, unpacked where it was packed. */
  | { readonly kind: 'sent' | 'received'; readonly connection: string; readonly to: 'client' | 'server'; readonly text: string }
  | {
      readonly kind: 'asked';
      readonly ask: number;
      readonly client: string;
      readonly session: string;
      readonly name: string;
      readonly args: JsonValue;
    }
  | {
      readonly kind: 'answered';
      readonly ask: number;
      readonly client: string;
      readonly ok: boolean;
      readonly result?: JsonValue;
      readonly code?: string;
      /** Where the client's view stood when the answer came. */
      readonly seqNow?: number;
    }
  /** The client's view moved. */
  | { readonly kind: 'changed'; readonly client: string; readonly session: string; readonly seq: number; readonly status: string }
  | { readonly kind: 'message'; readonly client: string; readonly session: string; readonly name: string; readonly payload: JsonValue }
  /** `session.status`: its kind, and its code where it has one, as in `ended kicked`. */
  | { readonly kind: 'status'; readonly client: string; readonly session: string; readonly status: string }
  /** Taken at quiet points and at the end. */
  | {
      readonly kind: 'view';
      readonly client: string;
      readonly session: string;
      readonly seq: number;
      readonly role: string;
      readonly meta: JsonValue;
      readonly state: JsonValue;
      readonly presence: JsonValue;
    }
  /** Warnings and errors of the server's log. */
  | { readonly kind: 'log'; readonly server: string; readonly level: string; readonly message: string };

/** What happened in a run so far. */
export class History {
  readonly #entries: HistoryEntry[] = [];
  readonly #now: () => number;

  /** `now`: milliseconds since the run began. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  add(fact: HistoryFact): void {
    this.#entries.push({ at: this.#now(), ...fact });
  }

  /** One line of JSON for each entry: equal for two runs of one seed. */
  text(): string {
    return this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }
}
