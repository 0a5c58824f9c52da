/** A Holdfast server as a process of its own, for tests that kill it: SQLite at `full`, every name is its own credential. */
import { flushCompileCache } from 'node:module';
import { createServer, sqliteStore } from 'holdfast/server';
import type { SessionId } from '../../src/protocol/ids.ts';
import { InFlightStore } from './in-flight-store.ts';
import { ledger } from './ledger.ts';
import type { Question, ServerSettings } from './live-server.ts';
import { namesAuth } from './names-auth.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as ServerSettings;
const store = new InFlightStore(sqliteStore({ dir: settings.dir }), settings.inFlightFile);
const server = createServer({ sessions: [ledger], store, auth: namesAuth, host: '127.0.0.1', port: settings.port });

async function answer(question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'create': {
      const outcome = await server.sessions.create({ type: 'ledger', by: 'system', access: 'open' });
      if (!outcome.ok) throw new Error(outcome.message);
      return outcome.row.session;
    }
    case 'read':
      return store.read(question.session as SessionId, question.after, Number.MAX_SAFE_INTEGER);
    case 'status':
      return server.sessions.status(question.session as SessionId);
    case 'stop':
      return server.stop();
    case 'drain':
      return server.drain();
  }
}

process.on('message', (message: { id: number; question: Question }) => {
  void answer(message.question).then(
    (value) => process.send?.({ id: message.id, value }),
    (error: unknown) => process.send?.({ id: message.id, error: error instanceof Error ? error.message : String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));

try {
  await server.start();
  process.send?.({ ready: true });
  // Killed processes never write it: with it the next start takes half as long.
  flushCompileCache();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
