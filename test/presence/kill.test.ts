import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from 'holdfast/client';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import { prepareServer } from '../live-server/scratch.ts';

type Ledger = Session<typeof ledger>;

function statuses({ presence }: Ledger): Record<string, string> {
  return Object.fromEntries(Object.entries(presence).map(([id, { status }]) => [id, status]));
}

/** Resolves once that is what the session shows. */
function shows(session: Ledger, wanted: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (JSON.stringify(statuses(session)) !== JSON.stringify(wanted)) return;
      stop();
      resolve();
    };
    const stop = session.subscribe(look);
    look();
  });
}

test(
  'PRESENCE-13: after kill -9 of the server there are no ghosts: who comes back is here, who does not is not',
  { timeout: 60_000 },
  async (t) => {
    const server = await prepareServer(t);
    await server.start();
    const id = await server.createSession();
    const [ann, bob, cy] = [clientOf(t, server, 'ann'), clientOf(t, server, 'bob'), clientOf(t, server, 'cy')];
    const sessions = [await ann.join<typeof ledger>(id), await bob.join<typeof ledger>(id), await cy.join<typeof ledger>(id)];
    const everyone = { ann: 'online', bob: 'online', cy: 'online' };
    await Promise.all(sessions.map((session) => shows(session, everyone)));

    await server.kill();
    bob.close();
    await server.start();
    const [first, , third] = sessions;
    assert.ok(first !== undefined && third !== undefined);
    const gone = { ann: 'online', bob: 'disconnected', cy: 'online' };
    await Promise.all([shows(first, gone), shows(third, gone)]);

    const late = await clientOf(t, server, 'dan').join<typeof ledger>(id);
    await shows(late, { ...gone, dan: 'online' });
  },
);
