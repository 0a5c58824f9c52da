import { OptionsError } from '../definition/options-error.ts';
import type { Access } from '../definition/policies.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { copyJson } from '../state/copy-json.ts';
import { isCampaign } from './membership.ts';
import { own } from './own.ts';
import { refuse, type Outcome, type Refusal } from './outcome.ts';
import type { Origin } from './session-surroundings.ts';

/** What a new session should be. */
export type CreateRequest = {
  readonly type: string;
  readonly by: 'system' | Identity;
  /** Gives back the session of that key that is there and not over, instead of another: however many ask at once, one is made. */
  readonly key?: string | undefined;
  /** Begin with the state of an earlier session of the same type, which `by` must be allowed to end. */
  readonly from?: { readonly session: SessionId } | undefined;
  /** Begin with what the definition calls by this name; `options` come on top of it. */
  readonly template?: string | undefined;
  /** At most 80 characters; the definition's name without one. */
  readonly name?: string | undefined;
  readonly campaign?: string | null | undefined;
  readonly access?: Access | undefined;
  /** Not more than the definition allows. */
  readonly maxParticipants?: number | null | undefined;
  /** False keeps it out of lists. */
  readonly listed?: boolean | undefined;
  /** Given to the definition's `initial`. */
  readonly options?: JsonObject | undefined;
  /** Chosen by the host's code; otherwise the server draws one. */
  readonly session?: SessionId | undefined;
};

/** State and meta of a new session, before its first event. */
export function firstState(
  definition: SessionDefinition,
  request: CreateRequest,
  now: number,
  around: { readonly openAccess?: boolean; readonly from?: Origin | undefined } = {},
): Outcome<{ state: JsonObject; meta: JsonObject }> {
  const { limits, policies } = definition;
  const access = accessOf(definition, request, around.openAccess === true);
  if (typeof access !== 'string') return access;
  const seats = seatsFor(limits.maxParticipants, request.maxParticipants);
  if (seats === undefined) return refuse('bad-request', `maxParticipants must be from 1 to ${limits.maxParticipants ?? 'any number'}.`);
  const state = around.from === undefined ? startState(definition, request) : { ok: true as const, state: around.from.state };
  if (!state.ok) return state;
  const meta: JsonObject = {
    type: definition.name,
    name: request.name ?? definition.name,
    status: policies.start,
    ...(policies.start === 'active' ? { startedAt: now } : {}),
    ...(definition.initialMode === undefined ? {} : { mode: definition.initialMode }),
    access,
    listed: request.listed ?? true,
    campaign: request.campaign ?? null,
    createdAt: now,
    owner: request.by === 'system' ? 'system' : request.by.id,
    ownerName: request.by === 'system' ? '' : request.by.name,
    maxParticipants: seats,
    participants: foundersOf(definition, request),
    moderation: {},
  };
  return { ok: true, state: state.state, meta };
}

/** A campaign has its owner as its first member; into other sessions everyone comes by themself. */
function foundersOf({ name, policies }: SessionDefinition, { by }: CreateRequest): JsonObject {
  return isCampaign(name) && by !== 'system' ? { [by.id]: { name: by.name, role: policies.creatorRole, joinedSeq: 1 } } : {};
}

function accessOf(definition: SessionDefinition, { access, campaign }: CreateRequest, openAccess: boolean): Access | Refusal {
  const usual = definition.policies.access;
  const belongs = campaign !== undefined && campaign !== null;
  if (access === 'open' && usual !== 'open' && !openAccess)
    return refuse('forbidden', `Sessions of type '${definition.name}' cannot be open to everyone.`);
  if (access === 'members' && !belongs) return refuse('bad-request', 'Only a session of a campaign can be for its members.');
  return access ?? (belongs ? 'members' : usual === 'members' ? 'invite' : usual);
}

function startState(definition: SessionDefinition, { template, options = {} }: CreateRequest): Outcome<{ state: JsonObject }> {
  if (template === undefined) return initialState(definition, options);
  const { templates } = definition;
  const base = own(templates, template);
  if (base === undefined)
    return refuse('bad-request', `There is no template '${template}'; there are: ${Object.keys(templates).join(', ') || 'none'}.`);
  return initialState(definition, { ...base, ...options });
}

function seatsFor(most: number | null, wished: number | null | undefined): number | null | undefined {
  if (wished === undefined || wished === null) return most;
  const legal = Number.isSafeInteger(wished) && wished >= 1 && (most === null || wished <= most);
  return legal ? wished : undefined;
}

function initialState(definition: SessionDefinition, options: JsonObject): Outcome<{ state: JsonObject }> {
  try {
    return { ok: true, state: copyJson(definition.initial(options)) as JsonObject };
  } catch (error) {
    if (error instanceof OptionsError)
      return refuse('invalid-arguments', error.message, { issues: error.issues.map((issue) => ({ ...issue })) });
    return refuse(
      'handler-failed',
      `The definition's initial state could not be made: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
