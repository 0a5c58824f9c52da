import type { JsonObject } from '../protocol/json.ts';
import type { BuiltInCommand } from './built-in.ts';
import { own } from './own.ts';
import { refuse } from './outcome.ts';
import { readArguments } from './read-arguments.ts';
import type { Internal, Tree } from './tree.ts';

/** An invite as kept in `meta.moderation.invites`, which only those who run the session see. Its token is known as a hash only, in `internal`. */
export type Invite = {
  role: string;
  /** Milliseconds since 1970; null: never. */
  expiresAt: number | null;
  /** How many may join by it; null: any number. */
  uses: number | null;
  used: number;
  by: string;
  at: number;
  label: string | null;
  revoked?: true;
  /** Who joined by it and when (seq): the latest ones, at most 100. */
  usedBy: Record<string, number>;
};

/** What an invite that works gives. */
export type UsableInvite = { readonly id: string; readonly role: string };

const INVITES_MOST = 500;
const USERS_KEPT = 100;
const USES_MOST = 1_000_000;
const LONGEST_MS = 366 * 24 * 3_600_000;
const DEFAULT_MS = 7 * 24 * 3_600_000;

/**
 * `@invite {hash, role?, expiresInMs?, uses?, label?}`: makes an invite for who holds the token of that hash (SHA-256, base64url).
 * The token itself never reaches the session. Result: `{invite}`, its id.
 */
export const createInvite: BuiltInCommand = {
  right: 'invite',
  plan({ tree, definition, actor, args, at, seq, quotas }) {
    const read = readArguments(args, (reader) => ({
      hash: reader.like('hash', /^[A-Za-z0-9_-]{43}$/, 'a SHA-256 in base64url'),
      role: reader.has('role') ? reader.word('role', definition.roles) : definition.policies.joinRole,
      expiresInMs: reader.has('expiresInMs') ? reader.wholeOrNull('expiresInMs', 1_000, LONGEST_MS) : DEFAULT_MS,
      uses: reader.wholeOrNull('uses', 1, USES_MOST),
      label: reader.textOrNull('label', 80),
    }));
    if ('ok' in read) return read;
    if (read.role === 'gm' && actor.role !== 'system' && actor.role !== 'gm' && actor.id !== tree.meta['owner'])
      return refuse('forbidden', 'Your role may not invite a GM.');
    const live = liveInvites(tree, at);
    const own = live.filter(({ by }) => by === actor.id).length;
    if (live.length >= INVITES_MOST) return refuse('quota-exceeded', `There are ${INVITES_MOST} invites already; revoke some first.`);
    if (actor.role !== 'system' && own >= quotas.invites)
      return refuse('quota-exceeded', `You have ${own} invites here, as many as one person may have; revoke some first.`);
    const id = `i${seq}`;
    const old = oldIn(tree, at);
    const ended = old.flatMap((each) => tree.internal.invites[each] ?? []).map((known) => ({ kind: 'invite-end' as const, hash: known }));
    const { hash, role, expiresInMs, uses, label } = read;
    const expiresAt = expiresInMs === null ? null : at + expiresInMs;
    return {
      change: (meta, internal) => {
        for (const each of old) {
          delete invitesOf(meta)[each];
          delete internal.invites[each];
        }
        invitesOf(meta)[id] = { role, expiresAt, uses, used: 0, by: actor.id, at, label, usedBy: {} };
        internal.invites[id] = hash;
      },
      result: { invite: id, expiresAt },
      side: [...ended, { kind: 'invite', hash, invite: id }],
    };
  },
};

/** `@revoke-invite {invite}`: nobody joins by it any more; who did stays. */
export const revokeInvite: BuiltInCommand = {
  right: 'invite',
  plan({ tree, args }) {
    const read = readArguments(args, (reader) => ({ invite: reader.text('invite', 40) }));
    if ('ok' in read) return read;
    const { invite } = read;
    const found = own(invitesIn(tree.meta), invite);
    const hash = own(tree.internal.invites, invite);
    if (found === undefined) return refuse('bad-request', `There is no invite '${invite}'.`);
    return {
      change: (meta, internal) => {
        const kept = own(invitesOf(meta), invite);
        if (kept !== undefined) kept.revoked = true;
        delete internal.invites[invite];
      },
      ...(hash === undefined ? {} : { side: [{ kind: 'invite-end', hash: hash }] }),
    };
  },
};

/** The invite that a token's hash opens now; undefined when it is unknown, revoked, expired or used up. */
export function inviteFor(tree: Tree, hash: string, now: number): UsableInvite | undefined {
  const id = Object.keys(tree.internal.invites).find((key) => tree.internal.invites[key] === hash);
  return id === undefined ? undefined : inviteById(tree, id, now);
}

/** The same for the invite of an id. */
export function inviteById(tree: Tree, id: string, now: number): UsableInvite | undefined {
  const invite = own(invitesIn(tree.meta), id);
  return invite === undefined || !isLive(invite, now) ? undefined : { id, role: invite.role };
}

/** One use less. Part of the event by which the newcomer joins. */
export function useInvite(id: string, participant: string): (meta: JsonObject, internal: Internal, seq: number) => void {
  return (meta, _internal, seq) => {
    const invite = own(invitesOf(meta), id);
    if (invite === undefined) return;
    invite.used += 1;
    const users = Object.keys(invite.usedBy);
    if (users.length >= USERS_KEPT) delete invite.usedBy[users[0] as string];
    invite.usedBy[participant] = seq;
  };
}

export function invitesIn(meta: JsonObject): Record<string, Invite> {
  return ((meta['moderation'] as JsonObject | undefined)?.['invites'] ?? {}) as Record<string, Invite>;
}

function invitesOf(meta: JsonObject): Record<string, Invite> {
  const moderation = meta['moderation'] as JsonObject;
  moderation['invites'] ??= {};
  return moderation['invites'] as Record<string, Invite>;
}

function isLive(invite: Invite, now: number): boolean {
  return (
    invite.revoked !== true && (invite.expiresAt === null || invite.expiresAt > now) && (invite.uses === null || invite.used < invite.uses)
  );
}

function liveInvites({ meta }: Tree, now: number): readonly Invite[] {
  return Object.values(invitesIn(meta)).filter((invite) => isLive(invite, now));
}

/** Keeps the list bounded: of those that are over, only so many are shown. These go. */
function oldIn({ meta }: Tree, now: number): readonly string[] {
  const over = Object.entries(invitesIn(meta)).flatMap(([id, invite]) => (isLive(invite, now) ? [] : [id]));
  return over.slice(0, Math.max(0, over.length - INVITES_MOST));
}
