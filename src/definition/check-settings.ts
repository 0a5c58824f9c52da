import { checkBudget } from './check-budget.ts';
import { checkCleanup, checkRetention } from './check-cleanup.ts';
import { checkLegal, checkProperties, checkRecord, isRecord, shown, type Faults } from './fault-text.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { DEFAULT_POLICIES } from './policies.ts';
import { DEFAULT_PRESENCE } from './presence-policy.ts';
import { RIGHTS } from './rights.ts';

/** Bounds: known names, whole numbers from 1. */
export function* checkLimits(place: string, limits: unknown): Faults {
  yield* checkRecord(place, limits, 'limits are an object');
  if (!isRecord(limits)) return;
  yield* checkProperties(place, limits, Object.keys(DEFAULT_LIMITS));
  for (const [key, value] of Object.entries(limits)) {
    if (key === 'budget') yield* checkBudget(`${place}.budget`, value);
    if (!(key in DEFAULT_LIMITS) || key === 'budget' || (key === 'maxParticipants' && value === null)) continue;
    if (!Number.isSafeInteger(value) || Number(value) < 1)
      yield `${place}.${key}: a whole number from 1${key === 'maxParticipants' ? ', or null for no bound' : ''}, not ${shown(value)}`;
  }
}

export function* checkPolicies(place: string, policies: unknown, roles: readonly string[]): Faults {
  yield* checkRecord(place, policies, 'policies are an object');
  if (!isRecord(policies)) return;
  yield* checkProperties(place, policies, Object.keys(DEFAULT_POLICIES));
  if ('access' in policies) yield* checkLegal(`${place}.access`, 'no such access', policies['access'], ['open', 'members', 'invite']);
  if ('start' in policies) yield* checkLegal(`${place}.start`, 'no such status', policies['start'], ['lobby', 'active']);
  if ('whenGmLeaves' in policies)
    yield* checkLegal(`${place}.whenGmLeaves`, 'no such rule', policies['whenGmLeaves'], ['keep', 'pause', 'hand-over']);
  if ('timers' in policies) yield* checkTimers(`${place}.timers`, policies['timers']);
  if ('seat' in policies) yield* checkLegal(`${place}.seat`, 'no such rule', policies['seat'], ['held', 'freed']);
  for (const key of ['reconnectWindowMs', 'checkpointMs']) {
    const value = policies[key];
    if (key in policies && !(Number.isSafeInteger(value) && Number(value) >= 0))
      yield `${place}.${key}: a whole number of milliseconds, not ${shown(value)}`;
  }
  if ('audience' in policies) yield* checkAudience(`${place}.audience`, policies['audience'], roles);
  if ('rights' in policies) yield* checkRights(`${place}.rights`, policies['rights'], roles);
  if ('presence' in policies) yield* checkPresence(`${place}.presence`, policies['presence'], roles);
  if ('cleanup' in policies) yield* checkCleanup(`${place}.cleanup`, policies['cleanup']);
  if ('retention' in policies) yield* checkRetention(`${place}.retention`, policies['retention']);
  for (const key of ['creatorRole', 'joinRole']) {
    if (key in policies) yield* checkLegal(`${place}.${key}`, 'no such role', policies[key], roles);
  }
}

function* checkPresence(place: string, presence: unknown, roles: readonly string[]): Faults {
  yield* checkRecord(place, presence, 'the policy of presence is an object');
  if (!isRecord(presence)) return;
  yield* checkProperties(place, presence, Object.keys(DEFAULT_PRESENCE));
  if ('record' in presence) yield* checkLegal(`${place}.record`, 'no such rule', presence['record'], ['none', 'idle', 'status']);
  for (const [key, least] of [
    ['graceMs', 0],
    ['idleAfterMs', 1],
  ] as const) {
    const value = presence[key];
    if (key in presence && !(Number.isSafeInteger(value) && Number(value) >= least))
      yield `${place}.${key}: a whole number of milliseconds from ${least}, not ${shown(value)}`;
  }
  const visibleTo = presence['visibleTo'] ?? 'all';
  if (Array.isArray(visibleTo)) yield* checkRoleList(`${place}.visibleTo`, visibleTo, roles);
  else if (visibleTo !== 'all') yield `${place}.visibleTo: 'all' or a list of roles, not ${shown(visibleTo)}`;
}

function* checkAudience(place: string, audience: unknown, roles: readonly string[]): Faults {
  if (Array.isArray(audience)) yield* checkRoleList(place, audience, roles);
  else yield `${place}: a list of roles, not ${shown(audience)}`;
}

function* checkRights(place: string, rights: unknown, roles: readonly string[]): Faults {
  yield* checkRecord(place, rights, 'rights are lists of roles, or of owner, by right');
  if (!isRecord(rights)) return;
  yield* checkProperties(place, rights, RIGHTS);
  for (const [right, holders] of Object.entries(rights)) {
    if (Array.isArray(holders)) yield* checkRoleList(`${place}.${right}`, holders, ['owner', ...roles]);
    else yield `${place}.${right}: a list of roles and 'owner', not ${shown(holders)}`;
  }
}

function* checkTimers(place: string, timers: unknown): Faults {
  if (!isRecord(timers)) {
    yield `${place}: an object of downtime, not ${shown(timers)}`;
    return;
  }
  yield* checkProperties(place, timers, ['downtime']);
  yield* checkLegal(`${place}.downtime`, 'no such rule', timers['downtime'], ['counts', 'frozen']);
}

/** `keys`: those of the initial state; undefined where they could not be found out. */
export function* checkVisibility(
  place: string,
  visibility: unknown,
  keys: readonly string[] | undefined,
  roles: readonly string[],
): Faults {
  yield* checkRecord(place, visibility, 'visibility is an object of rules by key of the state');
  if (!isRecord(visibility)) return;
  for (const [key, rule] of Object.entries(visibility)) {
    if (keys !== undefined) yield* checkLegal(`${place}.${key}`, 'no such key in the initial state', key, keys);
    yield* checkRule(`${place}.${key}`, rule, roles);
  }
}

function* checkRule(place: string, rule: unknown, roles: readonly string[]): Faults {
  if (rule === 'all' || rule === 'self' || typeof rule === 'function') return;
  if (!Array.isArray(rule)) {
    yield `${place}: no such rule; legal: 'all', 'self', a list of roles, a function of the participant, not ${shown(rule)}`;
    return;
  }
  yield* checkRoleList(place, rule, roles);
}

/** Every element must be a declared role. */
export function* checkRoleList(place: string, used: readonly unknown[], roles: readonly string[]): Faults {
  for (const [index, role] of used.entries())
    yield* checkLegal(`${place}.${typeof role === 'string' ? role : index}`, 'no such role', role, roles);
}
