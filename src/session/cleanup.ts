import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionMeta } from '../definition/session-meta.ts';
import { isOver, statusOf } from './lifecycle.ts';
import { spanText } from './span-text.ts';
import type { Tree } from './tree.ts';

/**
 * What cleanup does with a session. `warn`, `abandon` and `end` are events of its own; `archive` puts its content away;
 * `delete` removes it. `keep`: nothing is to be done now.
 */
export type CleanupStep = 'keep' | 'warn' | 'abandon' | 'end' | 'archive' | 'delete';

/** What cleanup does with a session now, and why, as a sentence without a subject. */
export type CleanupDecision = {
  readonly step: CleanupStep;
  readonly why: string;
  /** When to look again (wall-clock milliseconds); null: not before something happens. */
  readonly nextAt: number | null;
  /** When its people were warned. */
  readonly warnedAt?: number | undefined;
  /** Of a warning: when the session is given up if nothing happens. */
  readonly until?: number | undefined;
  /** The definition's `hold` failed, which counts as holding. */
  readonly failed?: { readonly error: unknown } | undefined;
};

/** What of a definition decides. */
type Declared = Pick<SessionDefinition, 'policies'>;

const DAY_MS = 24 * 3_600_000;
/** A session that is held, or in which somebody is, is looked at again after this time. */
const AGAIN_MS = 600_000;

/** What is to be done with a session, as it stands at `at`. Pure, but for the definition's `hold`. */
export function decideCleanup(tree: Tree, definition: Declared, at: number): CleanupDecision {
  const due = nextStep(tree, definition, at);
  if (due.step === 'keep') return within(due, definition, tree, at);
  const held = holdOf(tree, definition);
  if (held !== undefined) return { ...held, nextAt: at + AGAIN_MS };
  // A warning is for those who are there, too; nothing else is done to a session in which somebody is.
  const isUsed = (due.step === 'abandon' || due.step === 'end') && Object.keys(tree.internal.connections).length > 0;
  return isUsed ? keep('somebody is connected', at + AGAIN_MS) : due;
}

/** When cleanup may next have something to do with a session: never later than that, whatever `hold` says. */
export function cleanupDueAt(tree: Tree, definition: Declared, at: number): number | null {
  const due = nextStep(tree, definition, at);
  return due.step === 'keep' ? within(due, definition, tree, at).nextAt : at;
}

function nextStep(tree: Tree, definition: Declared, at: number): CleanupDecision {
  const status = statusOf(tree);
  if (isOver(status)) return status === 'ended' ? stepOfEnded(tree, definition, at) : stepOfArchived(tree, definition, at);
  return status === 'abandoned' ? stepOfAbandoned(tree, definition, at) : stepOfOpen(tree, definition, at);
}

/** Of a lobby, an active or a paused session. */
function stepOfOpen(tree: Tree, { policies: { cleanup } }: Declared, at: number): CleanupDecision {
  const isPaused = statusOf(tree) === 'paused';
  const policyMs = isPaused ? cleanup.pausedAfterMs : cleanup.abandonAfterMs;
  if (policyMs === null) return keep('its policy never gives it up', null);
  const { acted, attended, turned } = tree.internal.activity;
  const since = Math.max(acted, cleanup.activity === 'attendance' ? attended : 0, isPaused ? turned : 0);
  const { warning } = tree.meta as SessionMeta;
  const noticeMs = Math.min(cleanup.warnBeforeMs, policyMs);
  const dueAt = Math.max(since + policyMs, warning === undefined ? 0 : warning.at + noticeMs);
  const missing = isPaused ? 'paused, and nothing happened' : cleanup.activity === 'attendance' ? 'nobody came' : 'no command';
  const why = `${missing} for ${spanText(at - since)}, policy ${spanText(policyMs)}`;
  const warnedAt = warning?.at;
  if (warning === undefined && noticeMs > 0) {
    const warnAt = dueAt - noticeMs;
    if (at < warnAt) return keep(why, warnAt);
    const until = Math.max(dueAt, at + noticeMs);
    return { step: 'warn', why, nextAt: until, until };
  }
  return at < dueAt ? { ...keep(why, dueAt), warnedAt } : { step: 'abandon', why, nextAt: at + cleanup.graceMs, warnedAt };
}

function stepOfAbandoned(tree: Tree, { policies }: Declared, at: number): CleanupDecision {
  const since = tree.internal.activity.turned;
  const endAt = since + policies.cleanup.graceMs;
  const why = `abandoned for ${spanText(at - since)}, grace ${spanText(policies.cleanup.graceMs)}`;
  return at < endAt ? keep(why, endAt) : { step: 'end', why, nextAt: at };
}

function stepOfEnded(tree: Tree, { policies: { cleanup, retention } }: Declared, at: number): CleanupDecision {
  const since = tree.internal.activity.turned;
  if (retention === 'metadata-only') return { step: 'delete', why: 'ended, and only its metadata is kept', nextAt: null };
  const ended = `ended ${spanText(at - since)} ago`;
  if (retention !== 'full') {
    const deleteAt = since + retention.days * DAY_MS;
    const why = `${ended}, kept for ${retention.days} d`;
    return at < deleteAt ? keep(why, deleteAt) : { step: 'delete', why, nextAt: null };
  }
  if (cleanup.completedAfterMs === null) return keep(`${ended}, its policy never archives it`, null);
  const archiveAt = since + cleanup.completedAfterMs;
  const why = `${ended}, policy ${spanText(cleanup.completedAfterMs)}`;
  if (at < archiveAt) return keep(why, archiveAt);
  return { step: 'archive', why, nextAt: cleanup.deleteAfterMs === null ? null : at + cleanup.deleteAfterMs };
}

function stepOfArchived(tree: Tree, { policies: { cleanup, retention } }: Declared, at: number): CleanupDecision {
  const since = tree.internal.activity.turned;
  if (retention === 'metadata-only') return { step: 'delete', why: 'archived, and only metadata is kept', nextAt: null };
  const archived = `archived ${spanText(at - since)} ago`;
  if (cleanup.deleteAfterMs === null) return keep(`${archived}, its policy never deletes it`, null);
  const deleteAt = since + cleanup.deleteAfterMs;
  const why = `${archived}, policy ${spanText(cleanup.deleteAfterMs)}`;
  return at < deleteAt ? keep(why, deleteAt) : { step: 'delete', why, nextAt: null };
}

/** Where events are kept for so many days, there is something to look at every day. */
function within(decision: CleanupDecision, { policies: { retention } }: Declared, tree: Tree, at: number): CleanupDecision {
  if (typeof retention === 'string' || isOver(statusOf(tree))) return decision;
  return { ...decision, nextAt: Math.min(decision.nextAt ?? Infinity, at + DAY_MS) };
}

function holdOf(tree: Tree, { policies: { cleanup } }: Declared): Pick<CleanupDecision, 'step' | 'why' | 'failed'> | undefined {
  if (cleanup.hold === undefined) return undefined;
  try {
    return cleanup.hold(tree.state, tree.meta) === true ? { step: 'keep', why: 'its definition holds it' } : undefined;
  } catch (error) {
    return { step: 'keep', why: 'its definition’s hold failed', failed: { error } };
  }
}

function keep(why: string, nextAt: number | null): CleanupDecision {
  return { step: 'keep', why, nextAt };
}
