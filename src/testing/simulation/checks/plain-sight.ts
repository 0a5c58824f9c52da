import type { SessionDefinition } from '../../../definition/session-definition.ts';
import type { StoredRecipients } from '../../../protocol/event.ts';
import type { ParticipantId } from '../../../protocol/ids.ts';
import type { JsonObject, JsonValue } from '../../../protocol/json.ts';

/** What someone is shown. */
export type View = { readonly meta: JsonObject; readonly state: JsonObject };

/** Someone, and as what they look. */
export type Viewer = { readonly id: string; readonly role: string };

/** What a viewer may see of a tree: the rules of visibility in their plainest words, apart from the code that is under test. */
export function viewOf({ meta, state }: View, { visibility }: Pick<SessionDefinition, 'visibility'>, viewer: Viewer): View {
  const seen: JsonObject = {};
  for (const [key, value] of Object.entries(state)) {
    const rule = Object.hasOwn(visibility, key) ? (visibility[key] ?? 'all') : 'all';
    if (rule === 'self') seen[key] = ownEntry(value, viewer.id);
    else if (rule === 'all' || isShown(rule, viewer)) seen[key] = value;
  }
  if (viewer.role === 'gm' || !('moderation' in meta)) return { meta, state: seen };
  const { moderation: _, ...open } = meta;
  return { meta: open, state: seen };
}

function isShown(rule: Exclude<SessionDefinition['visibility'][string], 'self' | 'all'>, { id, role }: Viewer): boolean {
  return typeof rule === 'function' ? rule({ id: id as ParticipantId, role }) : rule.includes(role);
}

function ownEntry(value: JsonValue, id: string): JsonValue {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.hasOwn(value, id) ? { [id]: value[id] as JsonValue } : {};
}

/** Whether a message is for someone. */
export function isFor(to: StoredRecipients | undefined, { id, role }: Viewer): boolean {
  return to === undefined || to.roles?.includes(role) === true || to.participants?.includes(id) === true;
}

/** The path of the first difference between two values, order of keys included; undefined: there is none. What is shared is not looked at. */
export function differenceIn(one: JsonValue | undefined, other: JsonValue | undefined, path = ''): string | undefined {
  if (one === other) return undefined;
  if (!isContainer(one) || !isContainer(other) || Array.isArray(one) !== Array.isArray(other)) return path === '' ? 'everything' : path;
  const [keys, others] = [Object.keys(one), Object.keys(other)];
  for (let index = 0; index < Math.max(keys.length, others.length); index += 1) {
    const key = keys[index];
    if (key === undefined || key !== others[index]) return `${path}/${key ?? others[index]}`;
    const difference = differenceIn((one as JsonObject)[key], (other as JsonObject)[key], `${path}/${key}`);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

function isContainer(value: JsonValue | undefined): value is JsonObject | JsonValue[] {
  return typeof value === 'object' && value !== null;
}
