import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import type { Member } from './membership.ts';
import { refuse, type Refusal } from './outcome.ts';
import type { Asker } from './session-surroundings.ts';

/** What says of a membership only that it cannot be asked for now. */
const CANNOT_ASK: readonly string[] = ['unavailable', 'shutting-down', 'disk-full', 'quarantined'];

export function isIdentity(asker: Asker): asker is Identity {
  return typeof asker === 'object' && 'id' in asker;
}

export function isRefusal(answer: Member | Refusal): answer is Refusal {
  return answer !== null && answer !== undefined && 'ok' in answer;
}

/** True for a refusal that says nothing of the person. */
export function saysNothing({ code }: Refusal): boolean {
  return CANNOT_ASK.includes(code);
}

/** Whether there is such a session cannot be told from how an invite to it is refused. */
export function asMissing(refusal: Refusal, invite: unknown): Refusal {
  return refusal.code === 'not-found' && invite !== undefined ? refuse('invite-invalid') : refusal;
}

/** The invite in the arguments of `@join`. */
export function inviteIn(args: JsonValue): unknown {
  const { invite }: { invite?: unknown } = Object(args);
  return invite;
}
