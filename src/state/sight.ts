import type { ParticipantId } from '../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import type { StoredRecipients } from '../protocol/event.ts';
import { MARKS } from '../protocol/table-id.ts';
import { isContainer } from './json-rules.ts';
import type { Op } from './op.ts';
import { hashText } from './text-hash.ts';

/**
 * Who sees a top-level key of `state`:
 * - `'all'`: everyone (also every key without a rule);
 * - a list of roles: participants with one of them;
 * - `'self'`: everyone, but of the object there only the entry whose key is their own participant id;
 * - a function: those for whom it returns true. Asked when the role changes, never per event.
 */
export type VisibilityRule = 'all' | 'self' | readonly string[] | ((participant: SightSubject) => boolean);

/** What a rule may look at. */
export type SightSubject = { readonly id: ParticipantId; readonly role: string };

/** What one recipient may see. Recipients with equal `key` see the same and share one encoding. */
export type Sight = {
  readonly key: string;
  /** Stands for the key in the ids of path tables: another one means another sight. Stable over restarts. */
  readonly mark: number;
  /** Keys of `state` that are not there for this recipient. */
  readonly hidden: ReadonlySet<string>;
  /** Keys of `state` of which only the entry `self` is there. */
  readonly narrowed: ReadonlySet<string>;
  /** Keys of `meta` that are not there for this recipient. */
  readonly hiddenMeta: ReadonlySet<string>;
  readonly self: ParticipantId;
  /** The role, where it decides which messages the recipient gets. */
  readonly role: string | undefined;
};

/** Keys of `meta` for the role `gm` alone. */
const MODERATION: ReadonlySet<string> = new Set(['moderation']);
const NOTHING: ReadonlySet<string> = new Set();

/** What sights follow from besides the fixed rule of `meta`. */
export type SightRules = {
  readonly visibility: Readonly<Record<string, VisibilityRule>>;
  /** True where messages can be sent to roles. */
  readonly messages: boolean;
};

/** The sight of one participant. */
export function deriveSight({ visibility, messages }: SightRules, subject: SightSubject): Sight {
  const hidden: string[] = [];
  const narrowed: string[] = [];
  for (const [key, rule] of Object.entries(visibility)) {
    if (rule === 'self') narrowed.push(key);
    else if (!isVisible(rule, subject)) hidden.push(key);
  }
  const seesModeration = subject.role === 'gm';
  const role = messages ? subject.role : undefined;
  const own = narrowed.length > 0 ? subject.id : null;
  const key = JSON.stringify([seesModeration, hidden.sort(), narrowed.sort(), own, role ?? null]);
  const hiddenMeta = seesModeration ? NOTHING : MODERATION;
  const mark = hashText(key).low % MARKS;
  return { key, mark, hidden: new Set(hidden), narrowed: new Set(narrowed), hiddenMeta, self: subject.id, role };
}

function isVisible(rule: Exclude<VisibilityRule, 'self'>, subject: SightSubject): boolean {
  if (rule === 'all') return true;
  // Only `true` itself shows anything: a promise returned by mistake must not.
  if (typeof rule === 'function') return rule(subject) === true;
  return rule.includes(subject.role);
}

/** Whether a message is for everyone with this sight or, with `recipient`, for that one of them. */
export function isFor(to: StoredRecipients | undefined, sight: Sight, recipient?: string): boolean {
  if (to === undefined) return true;
  if (sight.role !== undefined && to.roles?.includes(sight.role) === true) return true;
  const who = recipient ?? (sight.narrowed.size > 0 ? sight.self : undefined);
  return who !== undefined && to.participants?.includes(who) === true;
}

/** What the recipient sees of a tree. Shares the visible parts with it. */
export function projectView(tree: { meta: JsonObject; state: JsonObject }, sight: Sight): { meta: JsonObject; state: JsonObject } {
  return { meta: withoutKeys(tree.meta, sight.hiddenMeta), state: projectState(tree.state, sight) };
}

function projectState(state: JsonObject, sight: Sight): JsonObject {
  const visible = withoutKeys(state, sight.hidden);
  if (sight.narrowed.size === 0) return visible;
  const view = { ...visible };
  for (const key of sight.narrowed) {
    if (Object.hasOwn(view, key)) view[key] = ownPart(view[key] as JsonValue, sight.self);
  }
  return view;
}

function withoutKeys(root: JsonObject, hidden: ReadonlySet<string>): JsonObject {
  if (hidden.size === 0) return root;
  const view = { ...root };
  for (const key of hidden) delete view[key];
  return view;
}

/** Of an object, the own entry; of anything else nothing, but the key stays so that its place among the keys does. */
function ownPart(value: JsonValue, self: ParticipantId): JsonValue {
  if (!isContainer(value) || Array.isArray(value)) return null;
  const own = Object.hasOwn(value, self) ? value[self] : undefined;
  return own === undefined ? {} : { [self]: own };
}

/**
 * The ops as the recipient may see them: applying them to the view before gives the view after. Returns the same array
 * when all of it is visible.
 */
export function filterOps(root: 'meta' | 'state', ops: readonly Op[], sight: Sight): readonly Op[] {
  if (root === 'meta') return sight.hiddenMeta.size === 0 ? ops : filterBy(ops, (op) => (isHidden(op, sight.hiddenMeta) ? undefined : op));
  if (sight.hidden.size === 0 && sight.narrowed.size === 0) return ops;
  return filterBy(ops, (op) => (isHidden(op, sight.hidden) ? undefined : narrowOp(op, sight)));
}

function filterBy(ops: readonly Op[], see: (op: Op) => Op | undefined): readonly Op[] {
  let same = true;
  const visible: Op[] = [];
  for (const op of ops) {
    const seen = see(op);
    if (seen !== op) same = false;
    if (seen !== undefined) visible.push(seen);
  }
  return same ? ops : visible;
}

function isHidden([, path]: Op, hidden: ReadonlySet<string>): boolean {
  return typeof path[0] !== 'string' || hidden.has(path[0]);
}

function narrowOp(op: Op, sight: Sight): Op | undefined {
  const [kind, path] = op;
  if (!sight.narrowed.has(path[0] as string)) return op;
  if (path.length > 1) return path[1] === sight.self ? op : undefined;
  if (kind === 's') return ['s', path, ownPart(op[2], sight.self)];
  return kind === 'd' ? op : undefined;
}
