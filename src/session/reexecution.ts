import type { SessionDefinition } from '../definition/session-definition.ts';
import type { EventContent, EventHeader, StoredOp } from '../protocol/event.ts';
import type { Epoch, LogId, ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import { applyOps, parseOps } from '../state/apply.ts';
import { Execution } from './execution.ts';
import { Life, type Closing } from './life.ts';
import { Hooks } from './lifecycle-hooks.ts';
import { QUOTAS } from './quotas.ts';
import { NO_EFFECT } from './run-command.ts';
import { SessionLog, type EventFacts } from './session-log.ts';
import type { Tree } from './tree.ts';

/** What came of running again what user code did in an event. */
export type Rerun =
  | { readonly kind: 'made'; readonly facts: EventFacts; readonly report: readonly unknown[] }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'nothing' };

/** Steps in a session's life that a definition hangs on to, asked for by commands that say everything they need. */
const TURNS: ReadonlySet<string> = new Set(['@start', '@pause', '@resume', '@warn', '@abandon', '@reactivate', '@end', '@archive']);
const COMING: ReadonlySet<string> = new Set(['@join', '@add']);
const GOING: ReadonlySet<string> = new Set(['@leave', '@lost', '@kick', '@ban', '@member']);
/** What hooks and endings write of `meta` and `internal`; all else is Holdfast's own part of an event. */
const HOOKED_META: ReadonlySet<unknown> = new Set(['status', 'mode', 'result', 'endedBy', 'endedAt', 'reason']);
const HOOKED_INTERNAL: ReadonlySet<unknown> = new Set(['timers', 'time', 'gm', 'before']);

/**
 * How user code takes part in an event: as its command (a timer's and a tick too), as a hook of a turn that is asked for anew,
 * as a hook of a coming or going that is taken from the log, or not at all.
 */
export type Part = 'command' | 'turn' | 'hook' | 'none';

export function partIn({ command }: EventHeader, content: EventContent, { hooks }: SessionDefinition): Part {
  if (!command.startsWith('@') || content.timer !== undefined || command === '@tick') return 'command';
  if (TURNS.has(command)) return 'turn';
  if (COMING.has(command) && hooks.onJoin !== undefined) return 'hook';
  if (GOING.has(command) && hooks.onLeave !== undefined && goneIn(content) !== undefined) return 'hook';
  const isLifecycle = COMING.has(command) || GOING.has(command);
  return isLifecycle && (content.ops !== undefined || content.messages?.some(({ name }) => !name.startsWith('@')) === true)
    ? 'hook'
    : 'none';
}

/** One event, to be run again on `tree`, which stands before it and is changed. */
export type RerunRequest = {
  readonly tree: Tree;
  readonly definition: SessionDefinition;
  readonly session: SessionId;
  readonly header: EventHeader;
  readonly content: EventContent;
};

/** Runs again what user code did in an event: with its time, its chance, its sender's role at that place, and what was sent. */
export function rerun(request: RerunRequest): Rerun {
  const { header, content, definition } = request;
  const bench = new Bench(request);
  switch (partIn(header, content, definition)) {
    case 'none':
      return { kind: 'nothing' };
    case 'hook':
      return bench.hook();
    case 'turn':
      return bench.command();
    case 'command':
      if (content.timer !== undefined) return bench.timer(content.timer);
      return header.command === '@tick' ? bench.tick(Number(content.input)) : bench.command();
  }
}

/** The machinery of a session around one event, with nothing outside it. */
class Bench {
  readonly #request: RerunRequest;
  readonly #life: Life;
  readonly #execution: Execution;
  readonly #report: unknown[] = [];
  #made: EventFacts | undefined;

  constructor(request: RerunRequest) {
    this.#request = request;
    const observe = (event: object): void => void ('error' in event && this.#report.push(event.error));
    const log = logBefore(request);
    const hooks = new Hooks(log, observe);
    const nothing = (): void => undefined;
    const nobody = (): Closing => ({ ids: [], internal: [], close: nothing });
    const append = (facts: EventFacts): number => {
      this.#made = this.#life.complete(facts);
      return request.header.seq;
    };
    const around = { append, announce: nothing, observe, overBudget: (): undefined => undefined };
    this.#life = new Life(log, hooks, { ...around, closeAll: nobody, soon: nothing, follow: nothing, whenDurable: nothing });
    this.#execution = new Execution(log, hooks, this.#life, {
      ...around,
      isFull: () => false,
      quotas: QUOTAS,
      leaving: nobody,
      resighted: nothing,
      named: (_what, work) => work(),
      keepsFailing: nothing,
    });
  }

  command(): Rerun {
    const { header, content } = this.#request;
    const { instance, number, command: name, who } = header;
    const operator = who.startsWith('operator:') ? { operator: who.slice('operator:'.length) } : undefined;
    const outcome = this.#execution.execute({
      actor: this.#execution.actor(operator ?? who),
      name,
      args: content.input ?? null,
      ...(instance === null || number === null ? {} : { instance, number, low: content.low }),
    });
    if (outcome.ok) return this.#result();
    const { code, message } = outcome;
    return code === 'handler-failed' ? { kind: 'failed', error: this.#report.at(-1) } : { kind: 'refused', code, message };
  }

  timer(id: string): Rerun {
    this.#execution.fire(id);
    return this.#result();
  }

  tick(times: number): Rerun {
    const worked = this.#execution.tick(times);
    return worked ? this.#result() : { kind: 'failed', error: this.#report.at(-1) };
  }

  /** Who came or went is taken from the log; only what hooks add is done again. */
  hook(): Rerun {
    const { tree, header, content } = this.#request;
    const { who, kind, command, at } = header;
    const gone = GOING.has(command) ? goneIn(content) : undefined;
    const left = gone === undefined ? NO_EFFECT : this.#execution.departure(gone, at);
    applyOps(tree.meta, parseOps(except(content.meta, HOOKED_META)));
    applyOps(tree.internal as JsonObject, parseOps(except(content.internal, HOOKED_INTERNAL)));
    this.#made = this.#life.complete({ who, kind, command, at, input: content.input, effect: left });
    return this.#result();
  }

  #result(): Rerun {
    return this.#made === undefined ? { kind: 'nothing' } : { kind: 'made', facts: this.#made, report: this.#report };
  }
}

function logBefore({ tree, definition, session, header, content }: RerunRequest): SessionLog {
  const start = {
    session,
    definition,
    logId: header.logId satisfies LogId,
    epoch: header.epoch satisfies Epoch,
    tag: header.tag,
    tree,
    head: header.seq - 1,
    hash: '',
    fields: undefined,
    fromSnapshot: header.seq - 1,
  };
  const clock = { now: () => header.at, monotonic: () => 0, startTimer: () => () => undefined };
  // Whoever draws chance gets what was drawn then.
  const seed = Buffer.from(content.seed ?? '', 'base64url');
  const random = { bytes: (count: number) => (count === seed.length ? new Uint8Array(seed) : new Uint8Array(count)) };
  return new SessionLog(start, clock, random);
}

function except(ops: readonly StoredOp[] = [], roots: ReadonlySet<unknown>): StoredOp[] {
  return ops.filter((op) => !roots.has(pathOf(op)[0]));
}

function pathOf([, path]: StoredOp): readonly unknown[] {
  return Array.isArray(path) ? path : [];
}

/** Who takes part no more, or is away, from this event on. */
function goneIn({ meta = [], internal = [] }: EventContent): ParticipantId | undefined {
  const people = [...meta.filter((op) => pathOf(op)[0] === 'participants'), ...internal.filter((op) => pathOf(op)[0] === 'audience')];
  const ids = people.flatMap((op) => {
    const [, id, key, ...more] = pathOf(op);
    const isOut = (op[0] === 'd' && key === undefined) || (op[0] === 's' && key === 'away' && more.length === 0);
    return isOut ? [id as ParticipantId] : [];
  });
  // Who is in the audience now is still there.
  return ids.find((id) => !people.some((op) => op[0] === 's' && pathOf(op)[1] === id && pathOf(op).length === 2));
}
