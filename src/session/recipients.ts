import type { Recipients } from '../definition/command-context.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { StoredRecipients } from '../protocol/event.ts';

/** What a handler gave as `to`, as it is stored. Throws `TypeError` for anything that names nobody who could exist. */
export function readRecipients(to: Exclude<Recipients, 'all'>, { roles: legal }: Pick<SessionDefinition, 'roles'>): StoredRecipients {
  const { roles, participants } = Object(to) as Partial<typeof to>;
  if (roles === undefined && participants === undefined)
    throw new TypeError("send: 'to' is 'all', or an object with 'roles' or 'participants' or both");
  const stored = {
    ...(roles === undefined ? {} : { roles: listOf(roles) }),
    ...(participants === undefined ? {} : { participants: listOf(participants) }),
  };
  const unknown = stored.roles?.find((role) => !legal.includes(role));
  if (unknown !== undefined) throw new TypeError(`send: there is no role '${unknown}'; declared: ${legal.join(', ')}`);
  return stored;
}

/** Each once: the same message is not the other's twice. */
function listOf(names: string | readonly string[]): string[] {
  const list = [...new Set(typeof names === 'string' ? [names] : names)];
  if (list.some((name) => typeof name !== 'string' || name === '')) throw new TypeError("send: what 'to' names are roles and ids");
  return list;
}
