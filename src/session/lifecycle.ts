import type { Actor, SessionStatus } from '../definition/command-context.ts';
import type { StoredMessage } from '../protocol/event.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { ADMITS, LIFECYCLE, legalEvents, type LifecycleEvent } from './lifecycle-table.ts';
import { refuse, type Refusal } from './outcome.ts';
import { participantOf } from './people.ts';
import { runSessionTime } from './session-time.ts';
import type { Internal, Tree } from './tree.ts';

/** Name of the message that tells everyone of a transition: `{ from, to, event, by, reason, at }`. */
export const LIFECYCLE_MESSAGE = '@lifecycle';

/** One step in the life of a session, decided and not yet in the tree. */
export type Transition = {
  readonly event: LifecycleEvent;
  readonly from: SessionStatus;
  readonly to: SessionStatus;
  readonly by: Actor['id'];
  readonly reason: JsonValue;
  readonly at: number;
  /** What the session ended with. */
  readonly result?: JsonValue | undefined;
  /** Of a warning: when the session is going to be ended. */
  readonly until?: number | null | undefined;
};

/** Who wants an event of the lifecycle, why, and when. */
export type Wish = Pick<Transition, 'by' | 'reason' | 'at' | 'result' | 'until'>;

/** What must hold besides the status; the sentence says why it does not. */
const GUARDS: Partial<Record<LifecycleEvent, (tree: Tree) => string | undefined>> = {
  abandon: ({ internal }) =>
    Object.keys(internal.connections).length > 0 ? 'Somebody is connected, so the session is not abandoned.' : undefined,
};

export function statusOf(tree: Pick<Tree, 'meta'>): SessionStatus {
  return tree.meta['status'] as SessionStatus;
}

/** The transition that an event of the lifecycle makes now, or why it makes none. */
export function decide(event: LifecycleEvent, tree: Tree, wish: Wish): Transition | Refusal {
  const from = statusOf(tree);
  const cell = LIFECYCLE[from][event];
  if (cell === 'illegal') return illegal(event, from);
  const guarded = GUARDS[event]?.(tree);
  if (guarded !== undefined) return illegal(event, from, guarded);
  const to = cell === 'stays' ? from : cell === 'before' ? (tree.internal.before ?? 'active') : cell;
  return { event, from, to, ...wish };
}

function illegal(event: LifecycleEvent, status: SessionStatus, why?: string): Refusal {
  const legal = legalEvents(status);
  const said = why ?? `The session is ${SPOKEN[status]}: '${event}' is not possible.`;
  return refuse('illegal-transition', `${said} Legal now: ${legal.join(', ') || 'nothing'}.`, { status, event, legal });
}

const SPOKEN: Readonly<Record<SessionStatus, string>> = {
  lobby: 'in the lobby',
  active: 'active',
  paused: 'paused',
  abandoned: 'abandoned',
  ended: 'over',
  archived: 'archived',
};

/** Writes a transition to drafts of `meta` and `internal`. */
export function enact(transition: Transition, meta: JsonObject, internal: Internal): void {
  const { event, from, to, by, reason, at, result, until } = transition;
  if (event === 'warn') return void (meta['warning'] = { at, until: until ?? null, reason });
  delete meta['warning'];
  meta['status'] = to;
  if (to === 'active') meta['startedAt'] ??= at;
  if (from === 'paused' && to !== 'abandoned') forgetPause(meta);
  if (event === 'pause') Object.assign(meta, { pausedBy: by, pausedAt: at });
  if (to === 'abandoned') internal.before = from;
  else delete internal.before;
  if (to === 'ended') Object.assign(meta, { endedBy: by, endedAt: at });
  if (event === 'end' && 'pausedBy' in meta) forgetPause(meta);
  if ((event === 'pause' || event === 'end') && reason !== null) meta['reason'] = reason;
  if (result !== undefined) meta['result'] = result;
  runSessionTime(internal, at, to === 'active');
}

function forgetPause(meta: JsonObject): void {
  delete meta['pausedBy'];
  delete meta['pausedAt'];
  delete meta['reason'];
}

/** What everyone is told of a transition. */
export function lifecycleMessage({ event, from, to, by, reason, at }: Transition): StoredMessage {
  return { name: LIFECYCLE_MESSAGE, payload: { from, to, event, by, reason, at } };
}

/** Why the session takes no game commands now; undefined where it does. */
export function whyNotActive(tree: Tree): Refusal | undefined {
  const status = statusOf(tree);
  if (ADMITS[status].commands) return undefined;
  if (isOver(status)) return refuse('ended');
  if (status === 'lobby') return refuse('not-active', 'The session has not been started yet.', { status });
  if (status === 'abandoned') return refuse('not-active', 'The session was abandoned; join it again to go on.', { status });
  return paused(tree);
}

function paused(tree: Tree): Refusal {
  const { pausedAt = null, reason = null } = tree.meta;
  const pausedBy = tree.meta['pausedBy'] as string;
  const name = participantOf(tree, pausedBy)?.name ?? (pausedBy === 'system' ? 'the host' : pausedBy);
  const why = typeof reason === 'string' ? `: ${reason}` : '';
  return refuse('not-active', `The session was paused by ${name}${why}.`, { status: 'paused', by: pausedBy, at: pausedAt, reason });
}

/** Nothing changes any more. */
export function isOver(status: SessionStatus): boolean {
  return status === 'ended' || status === 'archived';
}
