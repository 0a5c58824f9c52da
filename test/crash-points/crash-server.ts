/** A server that ends where it is aimed at; with what else is asked of it that clients cannot ask. */
import { createServer, restore, type Server } from 'holdfast/server';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { JsonValue } from '../../src/protocol/json.ts';
import { SqliteStore } from '../../src/store/sqlite-store.ts';
import { errand, tavern } from '../kill/games.ts';
import { runChild } from '../live-server/child.ts';
import type { Question } from '../live-server/live-server.ts';
import { namesAuth } from '../live-server/names-auth.ts';
import { ledgerOf } from '../reconnect/rolling-restart-ledger.ts';
import { AIM_FILE } from './stepping.ts';
import { steppingStore } from './stepping-store.ts';

const SWEEP_MS = 100;

async function done(outcome: Promise<{ readonly ok: boolean }>): Promise<void> {
  const { ok, ...rest } = await outcome;
  if (!ok) throw new Error(JSON.stringify(rest));
}

function act({ sessions }: Server, { ask, ...given }: Question): Promise<unknown> | undefined {
  const session = String(given['session']) as SessionId;
  switch (ask) {
    case 'end':
      return done(sessions.end(session, 'system'));
    case 'run': {
      const args = JSON.parse(String(given['args'])) as JsonValue;
      return done(sessions.run(session, { as: 'system', command: String(given['command']), args }));
    }
    case 'snapshot':
      return done(sessions.snapshot(session));
    case 'quarantine':
      return sessions.recoveries.quarantine(session, { kind: 'damage', reason: 'as asked', seq: Number(given['to']) });
    case 'recover':
      return done(sessions.recoveries.recover(session, { to: Number(given['to']), by: 'system' }));
    default:
      return undefined;
  }
}

runChild(({ dir, port, plan = {} }) => {
  process.env[AIM_FILE] = String(plan['aimFile']);
  if (typeof plan['restoreFrom'] === 'string') restore({ from: plan['restoreFrom'], dir });
  const store = steppingStore(new SqliteStore({ dir }, new URL('./stepping.ts', import.meta.url)));
  const server = createServer({
    sessions: [ledgerOf(Number(plan['version'] ?? 1)), tavern, errand],
    store,
    auth: namesAuth,
    host: '127.0.0.1',
    port,
    logger: { level: 'error' },
    sweepEveryMs: SWEEP_MS,
    webhooks: [{ name: 'outside', url: String(plan['webhook']), secret: 'Zr8kQ2vN5xT1mB7cYw4hLd9sPf3gJa6e', allowPrivate: true }],
  });
  const answer = (question: Question): Promise<unknown> | undefined => {
    const { ask, session, path } = question;
    if (ask === 'row') return store.get(String(session) as SessionId).then((row) => row?.status ?? 'none');
    if (ask === 'head') return store.get(String(session) as SessionId).then((row) => row?.headSeq ?? 0);
    if (ask === 'counters') return store.counters();
    if (ask === 'snapshots') return store.snapshots(String(session) as SessionId);
    if (ask === 'backup') return store.backup(String(path));
    return act(server, question);
  };
  return { server, store, answer };
});
