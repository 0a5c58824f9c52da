import { z } from 'zod';
import { CODES, type Code } from '../protocol/codes.ts';

const CODE_NAMES = Object.keys(CODES).filter((name): name is Code => name in CODES);

/** Any JSON value. */
export const jsonValue = z.unknown().meta({ description: 'Any JSON value.' });

export const sessionId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{22}$/, 'a session id has 22 characters')
  .meta({ description: 'Id of a session: 22 base64url characters.' });

export const sessionSchema = z
  .object({
    id: sessionId,
    type: z.string(),
    name: z.string(),
    status: z.string(),
    owner: z.string(),
    ownerName: z.string(),
    campaign: z.string().nullable(),
    access: z.string(),
    listed: z.boolean(),
    seats: z.number().int(),
    maxSeats: z.number().int().nullable(),
    createdAt: z.number(),
    updatedAt: z.number(),
    rev: z.number().int(),
    listing: z.record(z.string(), jsonValue).meta({ description: 'What the definition itself adds.' }),
  })
  .meta({ description: 'A session as the catalogue shows it: never its content. `rev` grows with every change of any session.' });

export const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(CODE_NAMES),
      message: z.string(),
      then: z.enum(['retry', 'reconnect', 'sign-in', 'reset', 'stop']),
      details: jsonValue.optional(),
      retryAfterMs: z.number().optional(),
    }),
  })
  .meta({ description: 'What happened, why, and what the client should do.' });

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');
/** A whole number in a query. */
export const whole = (most: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'a whole number')
    .transform(Number)
    .refine((value) => value <= most, `at most ${most}`);

/** What a listing or a watch can be narrowed to. */
export const filterQuery = z.object({
  type: z.string().max(128).optional(),
  status: z.string().max(64).optional(),
  campaign: z.string().max(128).optional(),
  owner: z.string().max(128).optional(),
  text: z.string().max(128).optional().meta({ description: 'Part of the name, in any case.' }),
  seatsFree: flag.optional(),
});

export const listQuery = filterQuery.extend({
  limit: whole(1_000).optional().meta({ description: 'At most this many. Default 100, most 1000.' }),
  cursor: z.string().max(128).optional().meta({ description: 'From the answer before: continues there.' }),
});

export const watchQuery = filterQuery.extend({
  afterRev: whole(Number.MAX_SAFE_INTEGER)
    .optional()
    .meta({ description: 'Only what changed after this rev, instead of the whole list first.' }),
});

export const createBody = z.strictObject({
  type: z.string().min(1).max(128),
  name: z.string().max(128).optional(),
  campaign: z.string().max(128).nullable().optional(),
  access: z.enum(['open', 'members', 'invite']).optional(),
  maxParticipants: z.number().int().min(1).max(100_000).nullable().optional(),
  listed: z.boolean().optional(),
  options: z.record(z.string(), z.json()).optional(),
  key: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ description: 'Join or create: gives back the session of this key that is there and not over, instead of another.' }),
  template: z.string().max(128).optional().meta({ description: 'One of the definition’s own: named options to begin with.' }),
  from: z
    .strictObject({ session: sessionId })
    .optional()
    .meta({ description: 'Begins where that session of the same type stands; for who may end that one.' }),
});

export const endBody = z.strictObject({ reason: z.string().max(256).optional() }).optional();

export const devTokenBody = z.strictObject({ name: z.string().trim().min(1).max(64), role: z.string().min(1).max(64).optional() });
