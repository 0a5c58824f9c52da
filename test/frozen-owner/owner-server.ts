/** A server that ends itself as `holdfast serve` does when its store says that it must. */
import { createServer, sqliteStore } from 'holdfast/server';
import { exitBroken } from '../../src/cli/shutdown-adapter.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import { runChild } from '../live-server/child.ts';
import { ledger } from '../live-server/ledger.ts';
import { namesAuth } from '../live-server/names-auth.ts';

runChild(({ dir, port }) => {
  const store = sqliteStore({ dir, onBroken: (error) => exitBroken(error.message) });
  const server = createServer({ sessions: [ledger], store, auth: namesAuth, host: '127.0.0.1', port, logger: { level: 'error' } });
  return {
    server,
    store,
    answer: ({ ask, session }) => (ask === 'seen' ? server.sessions.read(String(session) as SessionId, 'system') : undefined),
  };
});
