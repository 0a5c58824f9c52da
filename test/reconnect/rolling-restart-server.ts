/** A server of the ledger in the version that the plan names. */
import { createServer, sqliteStore } from 'holdfast/server';
import { runChild } from '../live-server/child.ts';
import { namesAuth } from '../live-server/names-auth.ts';
import { ledgerOf } from './rolling-restart-ledger.ts';

runChild(({ dir, port, plan }) => {
  const store = sqliteStore({ dir });
  const version = Number(plan?.['version'] ?? 1);
  return { server: createServer({ sessions: [ledgerOf(version)], store, auth: namesAuth, host: '127.0.0.1', port }), store };
});
