import type { Clock, Random } from '../protocol/ports.ts';
import type { StoreInfo } from '../store/store.ts';
import { anyOf, type Auth } from './auth.ts';
import { devOptions } from './check-options.ts';
import { DevAuth } from './dev-auth.ts';
import { GuestAuth, withoutGuestIds } from './guest-auth.ts';
import { loadKeptSecret } from './kept-secret-adapter.ts';
import type { ServerOptions } from './server-options.ts';

/** Every way in which people sign in to a server that runs. */
export type SignIns = {
  /** All of them together. */
  readonly auth: Auth;
  readonly guests: GuestAuth;
  /** Only in development. */
  readonly dev: DevAuth | undefined;
};

const DEV_SECRET = 'dev-secret';
const GUEST_SECRET = 'guest-secret';

/** Secrets of the server's own are kept where its store keeps its files. */
export async function openSignIns(options: ServerOptions, { details }: StoreInfo, random: Random, clock: Clock): Promise<SignIns> {
  const { directory } = details;
  const dir = typeof directory === 'string' ? directory : undefined;
  const asked = devOptions(options);
  const dev = asked && new DevAuth(await loadKeptSecret(asked.secretDir ?? dir, DEV_SECRET), random, clock);
  const guests = new GuestAuth(() => guestSecret(options, dir), random, clock);
  const hosts = options.auth === undefined ? [] : [withoutGuestIds(options.auth)];
  return { auth: anyOf([guests, ...(dev === undefined ? [] : [dev]), ...hosts]), guests, dev };
}

async function guestSecret({ guests: { secret, secretDir } = {} }: ServerOptions, dir: string | undefined): Promise<Uint8Array> {
  return secret === undefined ? loadKeptSecret(secretDir ?? dir, GUEST_SECRET) : new TextEncoder().encode(secret);
}
