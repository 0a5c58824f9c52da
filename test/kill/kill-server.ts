/** What is killed: several kinds of sessions, and sweeps all the time. */
import { createServer, sqliteStore } from 'holdfast/server';
import type { SessionId } from '../../src/protocol/ids.ts';
import { runChild } from '../live-server/child.ts';
import { InFlightStore } from '../live-server/in-flight-store.ts';
import { ledger } from '../live-server/ledger.ts';
import { namesAuth } from '../live-server/names-auth.ts';
import { errand, tavern } from './games.ts';

const SWEEP_MS = 100;

runChild(({ dir, port, inFlightFile }) => {
  const store = new InFlightStore(sqliteStore({ dir }), inFlightFile);
  const server = createServer({
    sessions: [ledger, tavern, errand],
    store,
    auth: namesAuth,
    host: '127.0.0.1',
    port,
    logger: { level: 'warn' },
    sweepEveryMs: SWEEP_MS,
  });
  const end = async (session: SessionId): Promise<void> => {
    const outcome = await server.sessions.end(session, 'system');
    if (!outcome.ok) throw new Error(outcome.code);
  };
  return {
    server,
    store,
    answer: ({ ask, session }) => {
      if (ask === 'end') return end(String(session) as SessionId);
      if (ask === 'row') return store.get(String(session) as SessionId).then((row) => row?.status ?? 'none');
      return ask === 'counters' ? store.counters() : undefined;
    },
  };
});
