import { createClient, type Client, type ClientOptions } from 'holdfast/client';
import { cleanUp, type Scope } from './clean-up.ts';
import { hastyClock } from './hasty-clock.ts';
import type { LiveServer } from './live-server.ts';
import { Overheard } from './overheard.ts';

/** How much faster than real time clients wait, so that a test is not mostly waiting. */
const HASTE = 10;

/** A client that signs in with its name, tries again as soon as the server is back, and ends with the test. */
export function clientOf(
  t: Scope,
  server: LiveServer,
  name: string,
  network = new Overheard(),
  transports?: ClientOptions['transports'],
): Client {
  const client = createClient({
    url: server.url,
    token: name,
    clock: hastyClock(HASTE),
    webSocket: network.open,
    transports,
    wake: (fn) => server.onStart(fn),
  });
  cleanUp(t, () => client.close());
  return client;
}
