import type { EventContent, EventHeader } from '../protocol/event.ts';
import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { LIFECYCLE_MESSAGE } from './lifecycle.ts';
import type { Tree } from './tree.ts';

/** When somebody last did something in a session, when somebody last came or went, and when its status last changed. */
export type Activity = { acted: number; attended: number; turned: number };

export const NO_ACTIVITY: Activity = { acted: 0, attended: 0, turned: 0 };

const COMING: ReadonlySet<string> = new Set(['@join', '@connect', '@reconnect']);
const GOING: ReadonlySet<string> = new Set(['@leave', '@lost', '@presence']);
/** What takes a session up again, whoever asked for it. */
const TAKEN_UP: ReadonlySet<string> = new Set(['@start', '@resume', '@reactivate']);

/** Folds one event, which is in the tree already, into the session's activity. */
export function noteActivity({ internal: { activity } }: Tree, header: EventHeader, content: EventContent | undefined): void {
  const { kind, command, who, at } = header;
  if (kind === 'create') return void Object.assign(activity, { acted: at, attended: at, turned: at });
  if (hasTurned(content)) activity.turned = at;
  if (COMING.has(command) || GOING.has(command)) activity.attended = at;
  const isCalledBack = COMING.has(command) && content?.meta?.some(isEndOfWarning) === true;
  const isDeed = who !== 'system' && !COMING.has(command) && !GOING.has(command);
  if (isDeed || isCalledBack || TAKEN_UP.has(command)) activity.acted = at;
}

/** True for an event that shows a warned session to be wanted: somebody does something, or comes back. */
export function liftsWarning({ meta }: Tree, { who, command }: Pick<EventHeader, 'who' | 'command'>): boolean {
  return 'warning' in meta && who !== 'system' && !GOING.has(command);
}

function hasTurned(content: EventContent | undefined): boolean {
  const told = content?.messages?.find(({ name }) => name === LIFECYCLE_MESSAGE)?.payload as JsonObject | undefined;
  return told !== undefined && told['from'] !== told['to'];
}

function isEndOfWarning(op: JsonValue): boolean {
  const [kind, path] = op as readonly JsonValue[];
  return kind === 'd' && Array.isArray(path) && path[0] === 'warning';
}
