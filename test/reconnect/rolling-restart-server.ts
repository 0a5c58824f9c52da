/** A server of the ledger in the version that the plan names: each version after the first leaves a note in the state. */
import { createServer, sqliteStore } from 'holdfast/server';
import type { SessionDefinition } from '../../src/definition/session-definition.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { runChild } from '../live-server/child.ts';
import { ledger } from '../live-server/ledger.ts';
import { namesAuth } from '../live-server/names-auth.ts';

function ledgerOf(version: number): SessionDefinition {
  const migrate = (state: JsonObject, from: number): void => {
    (state['notes'] as JsonObject)[`version ${version}`] = from;
  };
  return { ...ledger, version, migrate };
}

runChild(({ dir, port, plan }) => {
  const store = sqliteStore({ dir });
  const version = Number(plan?.['version'] ?? 1);
  return { server: createServer({ sessions: [ledgerOf(version)], store, auth: namesAuth, host: '127.0.0.1', port }), store };
});
