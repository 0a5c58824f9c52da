import { z } from 'zod';
import type { Code } from '../protocol/codes.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { Identity } from '../protocol/ports.ts';
import { refuse } from '../session/outcome.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route, type RouteRefusal } from './route.ts';
import { jsonValue, sessionId } from './schemas.ts';
import { hideUnlisted, identity } from './session-routes.ts';

type Sessions = Pick<HostedSessions, 'run' | 'roleOf' | 'get'>;

/** A built-in command with a route of its own, on sessions and campaigns alike. */
type Act = {
  /** Below the session's own path. */
  readonly path: string;
  readonly name: string;
  readonly summary: string;
  readonly command: string;
  readonly body: z.ZodObject | undefined;
  readonly errors: readonly Code[];
};

const person = z.string().min(1).max(128).meta({ description: 'Id of a participant.' });
const reason = z.string().min(1).max(300).optional();

const ACTS: readonly Act[] = [
  {
    path: 'join',
    name: 'join',
    summary: 'Takes part without a connection: with an invite, as a member of its campaign, or where it is open.',
    command: '@join',
    body: z.strictObject({ invite: z.string().min(1).max(64).optional(), role: z.string().min(1).max(64).optional() }),
    errors: ['full', 'locked', 'banned', 'invite-invalid'],
  },
  { path: 'leave', name: 'leave', summary: 'The caller leaves for good.', command: '@leave', body: undefined, errors: [] },
  {
    path: 'rename',
    name: 'rename',
    summary: 'Gives it another name.',
    command: '@rename',
    body: z.strictObject({ name: z.string().min(1).max(80) }),
    errors: [],
  },
  {
    path: 'role',
    name: 'changeRole',
    summary: 'Gives a participant another role.',
    command: '@role',
    body: z.strictObject({ participant: person, role: z.string().min(1).max(64) }),
    errors: ['full'],
  },
  {
    path: 'hand-over',
    name: 'handOver',
    summary: 'Makes a participant the GM; a GM who does it becomes a player.',
    command: '@hand-over',
    body: z.strictObject({ participant: person }),
    errors: ['full'],
  },
  {
    path: 'transfer',
    name: 'transfer',
    summary: 'Makes a participant the owner.',
    command: '@transfer',
    body: z.strictObject({ participant: person }),
    errors: ['full'],
  },
  {
    path: 'kick',
    name: 'kick',
    summary: 'Removes a participant at once; they may come back as anyone may.',
    command: '@kick',
    body: z.strictObject({ participant: person, reason }),
    errors: [],
  },
  {
    path: 'ban',
    name: 'ban',
    summary: 'Removes someone, who need not take part, and keeps them out, until a time (milliseconds since 1970) or for good.',
    command: '@ban',
    body: z.strictObject({ participant: person, reason, until: z.number().int().min(0).optional() }),
    errors: ['quota-exceeded'],
  },
  {
    path: 'unban',
    name: 'unban',
    summary: 'Lifts a ban.',
    command: '@unban',
    body: z.strictObject({ participant: person }),
    errors: [],
  },
  {
    path: 'erase',
    name: 'erasePerson',
    summary:
      'Erases what a person wrote and what they are called; for those who may, and the person themself. Their id stays, with what they did and when.',
    command: '@erase',
    body: z.strictObject({ participant: person }),
    errors: [],
  },
  {
    path: 'lock',
    name: 'lock',
    summary: 'Keeps everyone new out, or opens it again.',
    command: '@lock',
    body: z.strictObject({ locked: z.boolean() }),
    errors: [],
  },
];

const USUAL: readonly Code[] = ['not-found', 'forbidden', 'invalid-arguments', 'ended', 'quarantined', 'unavailable', 'disk-full'];

/** What people do to sessions and campaigns besides playing: each a built-in command, answered once it is durable. */
export function actRoutes(sessions: () => Sessions): Route[] {
  return ACTS.flatMap((act) => [actRoute(sessions, act, 'session'), actRoute(sessions, act, 'campaign')]);
}

function actRoute(sessions: () => Sessions, act: Act, what: 'session' | 'campaign'): Route {
  return defineRoute({
    method: 'post',
    path: `/v1/${what}s/:id/${act.path}`,
    name: `${act.name}${what === 'session' ? 'Session' : 'Campaign'}`,
    summary: act.summary,
    signIn: true,
    params: z.object({ id: sessionId }),
    body: act.body?.optional(),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ seq: z.number().int(), result: jsonValue.optional() }),
      example: { seq: 42 },
    },
    errors: [...USUAL, ...act.errors],
    async handle({ params, body, caller }) {
      const id = params.id as SessionId;
      if (what === 'campaign' && (await sessions().get(id))?.type !== 'campaign') return NOT_FOUND;
      const as = identity(caller);
      const ran = await sessions().run(id, { as, command: act.command, args: (body ?? {}) as JsonValue });
      if (!ran.ok) return refusalFor(sessions(), id, as, ran);
      return { ok: true, json: { seq: ran.seq, ...(ran.result === undefined ? {} : { result: ran.result }) } };
    },
  });
}

const NOT_FOUND: RouteRefusal = refuse('not-found');

/** What a session refuses with before it has looked at who asks. */
const TELLING: readonly string[] = [
  'forbidden',
  'ended',
  'bad-request',
  'invalid-arguments',
  'unknown-instance',
  'unknown-command',
  'out-of-order',
  'too-many-unanswered',
  'illegal-transition',
];

/** Participants and the owner are told why; others do not learn of a session that they may not see. */
export async function refusalFor(sessions: Sessions, session: SessionId, caller: Identity, refusal: RouteRefusal): Promise<RouteRefusal> {
  if (!TELLING.includes(refusal.code)) return refusal;
  const known = await sessions.roleOf(session, caller.id);
  return known.ok && (known.role !== null || known.isOwner) ? refusal : hideUnlisted(sessions, session, caller, refusal);
}
