/** What can be done to a session besides playing it. */
export const RIGHTS = [
  'start',
  'pause',
  'resume',
  'end',
  'rename',
  'invite',
  'role',
  'hand-over',
  'transfer',
  'kick',
  'ban',
  'lock',
  'audit',
  'erase',
] as const;

export type Right = (typeof RIGHTS)[number];

/** Who holds each right: roles, and `owner`, who need not take part. */
export type Rights = Readonly<Record<Right, readonly string[]>>;

const RUNNING_IT = ['owner', 'gm'] as const;

export const DEFAULT_RIGHTS: Rights = {
  'start': RUNNING_IT,
  'pause': RUNNING_IT,
  'resume': RUNNING_IT,
  'end': RUNNING_IT,
  'rename': RUNNING_IT,
  'invite': RUNNING_IT,
  'role': RUNNING_IT,
  'hand-over': RUNNING_IT,
  'transfer': ['owner'],
  'kick': RUNNING_IT,
  'ban': RUNNING_IT,
  'lock': RUNNING_IT,
  'audit': RUNNING_IT,
  'erase': RUNNING_IT,
};
