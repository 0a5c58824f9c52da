import { z } from 'zod';
import type { Durability } from '../protocol/frames.ts';
import type { InstanceId, SessionId } from '../protocol/ids.ts';
import type { JsonValue } from '../protocol/json.ts';
import type { HostedSessions } from './hosted-sessions.ts';
import { defineRoute, type Route } from './route.ts';
import { jsonValue, sessionId } from './schemas.ts';
import { refusalFor } from './act-routes.ts';
import { identity } from './session-routes.ts';

const whole = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const commandBody = z
  .strictObject({
    name: z.string().min(1).max(128),
    args: z.json().optional().meta({ description: 'Default: null.' }),
    instance: z.string().min(1).max(128).optional().meta({ description: 'As a welcome frame issued it to the caller.' }),
    number: whole.optional().meta({ description: 'The number of this command in its instance.' }),
    low: whole.optional().meta({ description: 'The lowest number of the instance still unanswered. Default: `number`.' }),
    basis: z.number().int().min(0).optional().meta({ description: 'The seq that the decision was based on.' }),
  })
  .refine(({ instance, number }) => (instance === undefined) === (number === undefined), 'instance and number come together');

const answer = z.object({
  seq: z.number().int(),
  result: jsonValue.optional(),
  durability: z.enum(['full', 'normal', 'memory']),
  retry: z
    .enum(['exactly-once', 'none'])
    .meta({ description: '`exactly-once`: the same request again gets this answer. `none`: the same request again is another command.' }),
});

/** One command by one request, without a connection. */
export function commandRoute(sessions: () => HostedSessions, durability: () => Durability): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/sessions/:id/commands',
    name: 'runCommand',
    summary: 'Runs one command as the caller; answers once it is durable. With instance and number it runs exactly once.',
    signIn: true,
    params: z.object({ id: sessionId }),
    body: commandBody,
    answer: {
      status: 200,
      type: 'application/json',
      schema: answer,
      example: { seq: 42, result: 17, durability: 'full', retry: 'exactly-once' },
    },
    errors: [
      'not-found',
      'forbidden',
      'invalid-arguments',
      'unknown-command',
      'rejected',
      'conflict',
      'handler-failed',
      'body-differs',
      'out-of-order',
      'unknown-instance',
      'too-many-unanswered',
      'ended',
      'not-active',
      // What built-in commands are refused with, which have routes of their own.
      'illegal-transition',
      'full',
      'locked',
      'banned',
      'invite-invalid',
      'quota-exceeded',
      'over-budget',
      'quarantined',
      'unavailable',
      'disk-full',
    ],
    async handle({ params, body, caller }) {
      const { name, args = null, instance, number, low, basis } = body;
      const as = identity(caller);
      const session = params.id as SessionId;
      const numbered = instance === undefined ? {} : { instance: instance as InstanceId, number, low };
      const retry = instance === undefined ? 'none' : 'exactly-once';
      const ran = await sessions().run(session, { as, command: name, args: args as JsonValue, basis, ...numbered });
      if (!ran.ok) return refusalFor(sessions(), session, as, { ...ran, beside: { retry } });
      const result = ran.result === undefined ? {} : { result: ran.result };
      return { ok: true, json: { seq: ran.seq, ...result, durability: durability(), retry } };
    },
  });
}
