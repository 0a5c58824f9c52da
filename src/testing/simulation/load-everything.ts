import type { SessionDefinition } from '../../definition/session-definition.ts';
import { createServer, memoryStore } from '../../server/index.ts';

let isLoaded = false;

/** What server and client load when they first need it is loaded from files, which takes real time: so it is loaded before. */
export async function loadEverything(definitions: readonly SessionDefinition[]): Promise<void> {
  if (isLoaded) return;
  await Promise.all([
    import('../../client/explain-arguments.ts'),
    import('../../client/http-catalogue.ts'),
    import('../../client/inspection.ts'),
    import('../../client/presence.ts'),
    import('../../client/renewal.ts'),
    import('../../client/sse-fallback.ts'),
  ]);
  const server = createServer({
    sessions: definitions,
    store: memoryStore(),
    port: null,
    logger: false,
    auth: { kind: 'none', verify: () => Promise.resolve({ ok: false, message: '' }) },
  });
  await server.fetch(new Request('http://simulated.test/healthz'));
  isLoaded = true;
}
