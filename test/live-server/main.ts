/** A Holdfast server as a process of its own, for tests that kill it: SQLite at `full`, every name is its own credential. */
import { createServer, sqliteStore } from 'holdfast/server';
import { runChild } from './child.ts';
import { InFlightStore } from './in-flight-store.ts';
import { ledger } from './ledger.ts';
import { namesAuth } from './names-auth.ts';

runChild(({ dir, port, inFlightFile }) => {
  const store = new InFlightStore(sqliteStore({ dir }), inFlightFile);
  return { server: createServer({ sessions: [ledger], store, auth: namesAuth, host: '127.0.0.1', port }), store };
});
