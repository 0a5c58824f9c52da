import type { Authentication } from '../connection/session-delivery.ts';
import type { ParticipantId, SessionId } from '../protocol/ids.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import { cleanName, identityOf, type Auth } from './auth.ts';
import { Hs256 } from './hs256-adapter.ts';
import { GUEST_AUDIENCE } from './jwt-auth-adapter.ts';

/** Someone without an account, who has come by an invite. */
export type Guest = { readonly token: string; readonly participant: { readonly id: ParticipantId; readonly name: string } };

/** What a guest is let in by: the session, and the name of the invite there. */
export type GuestOf = { readonly session: SessionId; readonly invite: string };

const GUEST_TYPE = 'holdfast-guest+jwt';
/** Ids of guests begin so, and no account's does. */
const PREFIX = 'guest-';
const TOKEN_SECONDS = 30 * 24 * 3_600;

/** Guests' tokens: signed by the server itself, and good for one session only. */
export class GuestAuth implements Auth {
  readonly kind = 'guests';
  readonly audience = GUEST_AUDIENCE;
  readonly #loadSecret: () => Promise<Uint8Array>;
  readonly #random: Random;
  readonly #clock: Pick<Clock, 'now'>;
  #tokens: Promise<Hs256> | undefined;

  /** The secret is asked for when the first guest comes. */
  constructor(loadSecret: () => Promise<Uint8Array>, random: Random, clock: Pick<Clock, 'now'>) {
    this.#loadSecret = loadSecret;
    this.#random = random;
    this.#clock = clock;
  }

  async verify(token: string): Promise<Authentication> {
    if (!isGuestToken(token)) return { ok: false, message: 'This is no guest’s token.' };
    const read = (await this.#load()).read(token);
    if (!read.ok) return read;
    const { session, invite, ...claims } = read.claims;
    const answer = identityOf({ sub: claims['sub'], name: claims['name'], exp: claims['exp'] });
    if (!answer.ok || typeof session !== 'string' || typeof invite !== 'string' || !isGuestId(answer.identity.id))
      return { ok: false, message: 'This is no guest’s token.' };
    return { ok: true, identity: { ...answer.identity, guest: { session: session as SessionId, invite } } };
  }

  /** A new guest of that name. */
  async issue(name: string, { session, invite }: GuestOf): Promise<Guest> {
    const id = (PREFIX + Buffer.from(this.#random.bytes(16)).toString('base64url')) as ParticipantId;
    const shown = cleanName(name);
    const claims = { sub: id, name: shown === '' ? 'Guest' : shown, session, invite };
    const token = (await this.#load()).issue(claims, TOKEN_SECONDS);
    return { token, participant: { id, name: claims.name } };
  }

  #load(): Promise<Hs256> {
    this.#tokens ??= this.#loadSecret().then(
      (secret) => new Hs256(secret, { audience: GUEST_AUDIENCE, issuer: GUEST_AUDIENCE, type: GUEST_TYPE, clock: this.#clock }),
    );
    this.#tokens.catch(() => (this.#tokens = undefined));
    return this.#tokens;
  }
}

export function isGuestId(id: string): boolean {
  return id.startsWith(PREFIX);
}

/** An account whose id reads like a guest's would be that guest to everyone. */
export function withoutGuestIds(auth: Auth): Auth {
  return {
    ...auth,
    kind: auth.kind,
    verify: async (token) => {
      const answer = await auth.verify(token);
      if (!answer.ok || !isGuestId(answer.identity.id)) return answer;
      return { ok: false, message: `Ids that begin with ${PREFIX} are those of guests; this account needs another.` };
    },
  };
}

/** As the token itself says: only so that the secret is not loaded for other tokens. */
function isGuestToken(token: string): boolean {
  const [header = ''] = token.split('.', 1);
  return Buffer.from(header, 'base64url').toString().includes(GUEST_TYPE);
}
