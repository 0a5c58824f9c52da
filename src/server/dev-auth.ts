import type { ParticipantId } from '../protocol/ids.ts';
import type { Clock, Random } from '../protocol/ports.ts';
import { cleanName, type Auth, type IssuingAuth } from './auth.ts';
import { DEV_AUDIENCE, trustedSecretAuth } from './jwt-auth-adapter.ts';

const TOKEN_SECONDS = 30 * 24 * 3_600;

/** Sign-in for development: anyone gets an identity of their own by asking. Its tokens are worth nothing outside dev. */
export class DevAuth implements Auth {
  readonly kind = 'dev';
  readonly #auth: IssuingAuth;
  readonly #random: Random;

  constructor(secret: Uint8Array<ArrayBuffer>, random: Random, clock?: Pick<Clock, 'now'>) {
    this.#auth = trustedSecretAuth('dev', secret, { audience: DEV_AUDIENCE, issuer: DEV_AUDIENCE, clock });
    this.#random = random;
  }

  verify(token: string): ReturnType<Auth['verify']> {
    return this.#auth.verify(token);
  }

  /** A new identity of that name. */
  async signIn(request: {
    readonly name: string;
    readonly role?: string | undefined;
  }): Promise<{ token: string; participant: { id: ParticipantId; name: string } }> {
    const id = `dev-${Buffer.from(this.#random.bytes(12)).toString('base64url')}` as ParticipantId;
    const name = cleanName(request.name);
    const role = request.role === undefined ? {} : { role: request.role };
    return { token: await this.#auth.issue({ sub: id, name, ...role }, TOKEN_SECONDS), participant: { id, name } };
  }
}
