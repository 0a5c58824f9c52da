import { z } from 'zod';
import type { Code } from '../protocol/codes.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { HistoryRecord } from '../session/history.ts';
import { refuse } from '../session/outcome.ts';
import type { HistoryRow } from '../store/store-queries.ts';
import { refusalFor } from './act-routes.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route } from './route.ts';
import { jsonValue, sessionId } from './schemas.ts';
import { identity } from './session-routes.ts';

type Sessions = Pick<HostedSessions, 'run' | 'roleOf' | 'get' | 'history'>;

const ERRORS: readonly Code[] = [
  'not-found',
  'forbidden',
  'illegal-transition',
  'rejected',
  'invalid-arguments',
  'quarantined',
  'unavailable',
  'disk-full',
];

const STEPS = [
  { path: 'start', name: 'startSession', summary: 'Starts a session that is in the lobby.', hasReason: false },
  { path: 'pause', name: 'pauseSession', summary: 'Pauses a session: no game commands until it is resumed.', hasReason: true },
  { path: 'resume', name: 'resumeSession', summary: 'Resumes a paused session.', hasReason: false },
] as const;

/** The record of a session as routes show it. */
export const historySchema = z
  .object({
    session: sessionId,
    type: z.string(),
    campaign: z.string().nullable(),
    createdAt: z.number(),
    createdBy: z.string(),
    startedAt: z.number().nullable(),
    endedAt: z.number().nullable(),
    endedBy: z.string().nullable(),
    reason: jsonValue,
    result: jsonValue,
    playedMs: z.number().meta({ description: 'How long it was active: without the lobby and without pauses.' }),
    pauses: z.array(z.object({ at: z.number(), until: z.number().nullable(), by: z.string(), reason: jsonValue })),
    people: z.record(
      z.string(),
      z.object({
        name: z.string(),
        roles: z.array(z.tuple([z.number(), z.string()])).meta({ description: 'Since when which role.' }),
        times: z
          .array(z.tuple([z.number(), z.number().nullable()]))
          .meta({ description: 'From when until when; null: still, or to the end.' }),
      }),
    ),
    audience: z.number().int().meta({ description: 'How often someone joined as audience.' }),
    unlisted: z.number().int().meta({ description: 'How many joined after the 500th person.' }),
    highlights: z.array(z.object({ seq: z.number(), at: z.number(), by: z.string(), text: z.string(), data: jsonValue.optional() })),
  })
  .meta({ description: 'What a session is remembered by, also when its content is gone. Times are in milliseconds since 1970.' });

export const EXAMPLE_HISTORY: z.infer<typeof historySchema> = {
  session: 'mW3mPB7HkTj0q1bXUz2y4g',
  type: 'tabletop',
  campaign: null,
  createdAt: 1_767_225_600_000,
  createdBy: 'ada',
  startedAt: 1_767_225_600_000,
  endedAt: 1_767_236_400_000,
  endedBy: 'ada',
  reason: 'late',
  result: null,
  playedMs: 9_000_000,
  pauses: [{ at: 1_767_229_200_000, until: 1_767_231_000_000, by: 'ada', reason: 'pizza' }],
  people: { ada: { name: 'Ada', roles: [[1_767_225_601_000, 'gm']], times: [[1_767_225_601_000, null]] } },
  audience: 0,
  unlisted: 0,
  highlights: [{ seq: 311, at: 1_767_233_000_000, by: 'ada', text: 'The dragon fell.' }],
};

/** Starting, pausing and resuming sessions, and what is remembered of them. Ending is in `sessionRoutes`. */
export function lifecycleRoutes(sessions: () => Sessions): Route[] {
  return [...STEPS.map((step) => stepRoute(sessions, step)), historyRoute(sessions)];
}

function stepRoute(sessions: () => Sessions, { path, name, summary, hasReason }: (typeof STEPS)[number]): Route {
  return defineRoute({
    method: 'post',
    path: `/v1/sessions/:id/${path}`,
    name,
    summary,
    signIn: true,
    params: z.object({ id: sessionId }),
    body: (hasReason ? z.strictObject({ reason: z.string().min(1).max(300).optional() }) : z.strictObject({})).optional(),
    answer: { status: 200, type: 'application/json', schema: z.object({ seq: z.number().int() }), example: { seq: 42 } },
    errors: ERRORS,
    async handle({ params, body, caller }) {
      const [id, as] = [params.id as SessionId, identity(caller)];
      const ran = await sessions().run(id, { as, command: `@${path}`, args: (body ?? {}) as JsonValue });
      return ran.ok ? { ok: true, json: { seq: ran.seq } } : refusalFor(sessions(), id, as, ran);
    },
  });
}

function historyRoute(sessions: () => Sessions): Route {
  return defineRoute({
    method: 'get',
    path: '/v1/sessions/:id/history',
    name: 'sessionHistory',
    summary: 'What the session is remembered by, for its owner and whoever takes part, or did to the end; also when its content is gone.',
    signIn: true,
    params: z.object({ id: sessionId }),
    answer: { status: 200, type: 'application/json', schema: z.object({ history: historySchema }), example: { history: EXAMPLE_HISTORY } },
    errors: ['not-found', 'unavailable'],
    async handle({ params, caller }) {
      const [id, { id: asker }] = [params.id as SessionId, identity(caller)];
      const [row] = await sessions().history({ session: id, limit: 1 });
      if (row === undefined) return refuse('not-found');
      const history = historyJson(row);
      const may = takesPart(history, asker) || (await isKnown(sessions(), id, asker));
      return may ? { ok: true, json: { history } } : refuse('not-found');
    },
  });
}

/** Who left, or was made to, is told nothing of what came after. */
function takesPart({ people }: z.infer<typeof historySchema>, asker: string): boolean {
  const person = Object.hasOwn(people, asker) ? people[asker] : undefined;
  return person?.times.at(-1)?.[1] === null;
}

/** The audience and the owner are known to the session alone. */
async function isKnown(sessions: Sessions, id: SessionId, asker: ParticipantId): Promise<boolean> {
  const known = await sessions.roleOf(id, asker);
  return known.ok && (known.role !== null || known.isOwner);
}

/** A stored record as routes show it. */
export function historyJson({ session, type, campaign, data }: HistoryRow): z.infer<typeof historySchema> {
  return { session, type, campaign, ...(JSON.parse(data) as HistoryRecord) };
}
