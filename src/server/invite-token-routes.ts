import { z } from 'zod';
import type { SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import { refuse, type Outcome, type Refusal } from '../session/outcome.ts';
import { hashOfToken } from '../session/reconnect-token.ts';
import type { Sessions } from '../session/sessions.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import type { AddressLimit } from './address-limit.ts';
import type { GuestAuth } from './guest-auth.ts';
import { defineRoute, type Peer, type Route, type RouteReply } from './route.ts';
import { jsonValue, sessionId } from './schemas.ts';
import { identity } from './session-routes.ts';

export type InviteTokenRoutesOptions = {
  readonly sessions: () => Pick<Sessions, 'run' | 'invite'>;
  readonly store: Pick<Store, 'get' | 'findInvite'>;
  readonly guests: () => GuestAuth;
  readonly limit: AddressLimit;
  readonly clock: Clock;
};

/** Every refusal takes this long, or a multiple of it: how much was looked up cannot be told from the time. */
const REFUSAL_MS = 100;
/** The session that is looked up where there is none. */
const NO_SESSION = '-'.repeat(22) as SessionId;

const inviteToken = z.string().min(1).max(64).meta({ description: 'The token of an invitation, as its link carries it.' });

const previewSchema = z.object({
  session: z.object({
    id: sessionId,
    type: z.string(),
    name: z.string(),
    status: z.string(),
    ownerName: z.string(),
    seats: z.number().int(),
    maxSeats: z.number().int().nullable(),
    listing: z.record(z.string(), jsonValue),
  }),
  role: z.string(),
});

const EXAMPLE_PREVIEW = {
  session: {
    id: 'mW3mPB7HkTj0q1bXUz2y4g',
    type: 'tabletop',
    name: 'Friday night',
    status: 'active',
    ownerName: 'Ada',
    seats: 2,
    maxSeats: 6,
    listing: {},
  },
  role: 'player',
};

/** What who holds an invitation can do with it, without an account. */
export function inviteTokenRoutes(options: InviteTokenRoutesOptions): Route[] {
  return [previewRoute(options), redeemRoute(options), claimRoute(options)];
}

function previewRoute(options: InviteTokenRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/invites/preview',
    name: 'previewInvite',
    summary: 'What an invitation is to, without using it. One that is unknown, expired, revoked or used up gets one and the same answer.',
    signIn: false,
    body: z.strictObject({ token: inviteToken }),
    answer: { status: 200, type: 'application/json', schema: previewSchema, example: EXAMPLE_PREVIEW },
    errors: ['invite-invalid', 'rate-limited', 'unavailable'],
    async handle({ body, peer }) {
      const found = await usable(options, body.token, peer);
      return found.ok ? { ok: true, json: { session: previewOf(found.row), role: found.role } } : found;
    },
  });
}

function previewOf({ session, type, name, status, ownerName, seats, maxSeats, listing }: CatalogueRow): object {
  return { id: session, type, name, status, ownerName, seats, maxSeats, listing: listing === null ? {} : JSON.parse(listing) };
}

function redeemRoute(options: InviteTokenRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/invites/redeem',
    name: 'redeemInvite',
    summary: 'A guest’s token for an invitation to a session: good for that session alone. The invitation is used when the guest joins.',
    signIn: false,
    body: z.strictObject({ token: inviteToken, name: z.string().trim().min(1).max(64) }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ token: z.string(), session: sessionId, participant: z.object({ id: z.string(), name: z.string() }) }),
      example: {
        token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJndWVzdC0xIn0.c2ln',
        session: EXAMPLE_PREVIEW.session.id,
        participant: { id: 'guest-Y5wq0p7Bv3kQ1x2cHkTj0g', name: 'Otto' },
      },
    },
    errors: ['invite-invalid', 'forbidden', 'rate-limited', 'unavailable'],
    async handle({ body, peer }) {
      const found = await usable(options, body.token, peer);
      if (!found.ok) return found;
      const { row, invite } = found;
      if (row.type === 'campaign') return refuse('forbidden', 'An invitation to a campaign takes an account: sign in, and join with it.');
      const guest = await options.guests().issue(body.name, { session: row.session, invite });
      return { ok: true, json: { ...guest, session: row.session } };
    },
  });
}

function claimRoute({ sessions, guests }: InviteTokenRoutesOptions): Route {
  return defineRoute({
    method: 'post',
    path: '/v1/guests/claim',
    name: 'claimGuest',
    summary: 'From now on the caller’s account takes part as that guest, whose own token is worth nothing any more.',
    signIn: true,
    body: z.strictObject({ guest: z.string().min(1).max(3_072).meta({ description: 'The guest’s token.' }) }),
    answer: {
      status: 200,
      type: 'application/json',
      schema: z.object({ session: sessionId, participant: z.string() }),
      example: { session: EXAMPLE_PREVIEW.session.id, participant: 'guest-Y5wq0p7Bv3kQ1x2cHkTj0g' },
    },
    errors: ['not-found', 'forbidden', 'unavailable', 'disk-full'],
    async handle({ body, caller }): Promise<RouteReply> {
      const account = identity(caller);
      const answer = await guests().verify(body.guest);
      if (!answer.ok || answer.identity.guest === undefined) return refuse('forbidden', 'The guest’s token is not valid here.');
      const { id: guest, guest: of } = answer.identity;
      const args = { guest, account: account.id, name: account.name };
      const claimed = await sessions().run(of.session, { as: 'system', command: '@claim', args });
      return claimed.ok ? { ok: true, json: { session: of.session, participant: guest } } : claimed;
    },
  });
}

type Usable = { readonly row: CatalogueRow; readonly invite: string; readonly role: string };

/** What an invitation opens now. Whatever is wrong with it, the same is looked up, the same answered, in the same time. */
async function usable(options: InviteTokenRoutesOptions, token: string, peer: Peer): Promise<Outcome<Usable>> {
  const tooOften = options.limit.take(peer);
  if (tooOften !== undefined) return tooOften;
  const began = options.clock.monotonic();
  const found = await lookUp(options, hashOfToken(token));
  if (found.ok) return found;
  const tookMs = options.clock.monotonic() - began;
  await pause(options.clock, REFUSAL_MS - (tookMs % REFUSAL_MS));
  return found;
}

async function lookUp({ store, sessions }: InviteTokenRoutesOptions, hash: string): Promise<Outcome<Usable>> {
  const known = await store.findInvite(hash);
  const row = await store.get(known?.session ?? NO_SESSION);
  if (row === undefined) return invalid();
  const open = await sessions().invite(row.session, hash);
  if (open.ok) return { ok: true, row, invite: open.invite.id, role: open.invite.role };
  return open.code === 'unavailable' || open.code === 'shutting-down' || open.code === 'disk-full' ? open : invalid();
}

function invalid(): Refusal {
  return refuse('invite-invalid');
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.startTimer(ms, resolve));
}
