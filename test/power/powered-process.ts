/** A Holdfast server as a process of its own, on a disk that can lose power: what it was told by its store goes into the disk's journal. */
import { createServer, sqliteStore } from 'holdfast/server';
import type { SessionId } from '../../src/protocol/ids.ts';
import { BackupFiles } from '../../src/server/backup-files-adapter.ts';
import type { Outcome } from '../../src/session/outcome.ts';
import { runChild } from '../live-server/child.ts';
import { namesAuth } from '../live-server/names-auth.ts';
import { definitionsAt } from './definitions.ts';
import { MarkingStore } from './marking-store.ts';
import { addMark, type Deed } from './marks.ts';

/** What a powered server ends with when its store cannot be brought back. */
const BROKEN = 70;

runChild(({ dir, port, plan = {} }) => {
  const journal = String(plan['journal']);
  const durability = plan['durability'] === 'normal' ? 'normal' : 'full';
  const inner = sqliteStore({ dir, durability, onBroken: () => process.exit(BROKEN) });
  const store = new MarkingStore(inner, journal);
  const server = createServer({
    sessions: definitionsAt(plan['version'] === 2 ? 2 : 1),
    store,
    auth: namesAuth,
    host: '127.0.0.1',
    port,
    sweepEveryMs: null,
  });

  async function deed(which: Deed, work: () => Promise<void>): Promise<void> {
    addMark(journal, { mark: 'begin', deed: which });
    await work();
    addMark(journal, { mark: 'end', deed: which });
  }

  const deeds: Readonly<Record<string, (about: string) => Promise<void>>> = {
    snapshot: (session) => deed('snapshot', async () => void good(await server.sessions.snapshot(session as SessionId))),
    backup: (name) =>
      deed('backup', async () => {
        const { report } = good(await new BackupFiles(store, dir).backup(name));
        addMark(journal, { mark: 'backed-up', path: report.path });
      }),
    // Whoever looks wakes it, and so migrates it.
    migration: (session) => deed('migration', async () => void good(await server.sessions.read(session as SessionId, 'system'))),
    cleanup: () => deed('cleanup', async () => void (await server.sessions.sweeper.sweep())),
    end: async (session) => void good(await server.sessions.end(session as SessionId, 'system')),
  };
  return { server, store, answer: ({ ask, about }) => deeds[ask]?.(String(about)) };
});

function good<T extends object>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(outcome.message);
  return outcome;
}
