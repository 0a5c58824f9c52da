import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { restore } from 'holdfast/server';
import type { SessionId } from '../../src/protocol/ids.ts';
import { temporaryDirectory } from '../../src/testing/temporary-directory-adapter.ts';
import { LogReplay } from '../live-server/log-replay.ts';
import type { CrashWorld } from './crash-world.ts';

/** What leads to a crash point. */
export type Deed = {
  /** The server is ended and started again for it; otherwise it runs. */
  readonly whileStarting?: true;
  /** Before the server is aimed at. */
  readonly prepare?: (world: CrashWorld) => Promise<void>;
  /** Rejects, or never ends, where the server ends: nobody waits for it. */
  readonly act?: (world: CrashWorld) => Promise<void>;
  /** Once it runs again. */
  readonly check?: (world: CrashWorld) => Promise<void>;
};

/** Text that makes a snapshot large. */
const LARGE = 200_000;

/** Everyone writes all the time. */
const NOTHING = async (): Promise<void> => undefined;

let backup = '';

export const DEEDS = {
  'append': { act: NOTHING },
  'create': {
    act: (world) => world.errands.run(3),
    check: (world) => world.errandsAreRight(),
  },
  'open': { whileStarting: true },
  'wake': { whileStarting: true },
  'migrate': {
    whileStarting: true,
    prepare: async (world) => world.deployNext(),
    check: (world) => world.migratedOnce(),
  },
  'reconnect': { act: async (world) => world.cutLines() },
  'snapshot': {
    act: async ({ server, company }) => server.ask({ ask: 'snapshot', session: company.sessionId }),
    check: (world) => world.snapshotsAreIntact(),
  },
  'large snapshot': {
    prepare: async ({ server, large }) => {
      // Small enough for an event, and together too much to be made between two commands.
      for (const key of ['a', 'b', 'c']) await note(server, large, key, key.repeat(LARGE));
    },
    act: async ({ server, large }) => {
      await note(server, large, 'd', String(Math.random()));
      await server.ask({ ask: 'snapshot', session: large });
    },
    check: (world) => world.snapshotsAreIntact(),
  },
  'invite': { act: (world) => world.inTavern((tavern) => tavern.invite()) },
  'pause': { act: (world) => world.inTavern((tavern) => tavern.pauseAndResume()) },
  'timer': {
    act: async ({ timers }) => timers.set(3, 20, Math.random),
    check: ({ timers }) => timers.allCome(),
  },
  'cleanup': {
    act: (world) => world.errands.run(3),
    check: (world) => world.errandsAreRight(),
  },
  'recover': {
    prepare: async (world) => {
      world.damaged = await world.server.createSession();
      for (const key of ['a', 'b', 'c']) await note(world.server, world.damaged, key, key);
    },
    act: (world) => recover(world),
    check: async (world) => {
      await recover(world);
      const log = new LogReplay();
      log.follow(await world.server.readLog(world.damaged, 0));
      assert.deepEqual(Object.keys(Object(log.state['notes'])), ['a'], 'taken back to where the operator said, once');
    },
  },
  'erase': {
    prepare: async (world) => {
      const { server, large } = world;
      await run(server, large, '@add', { participant: world.nextPerson(), name: world.person });
    },
    act: async ({ server, large, person }) => run(server, large, '@erase', { participant: person }),
    check: async ({ server, large, person }) => {
      await run(server, large, '@erase', { participant: person }).catch(() => undefined);
      await server.ask({ ask: 'snapshot', session: large });
    },
  },
  'backup': {
    prepare: async () => void (backup = join(temporaryDirectory(), 'backup.db')),
    act: async ({ server }) => server.ask({ ask: 'backup', path: backup }),
    check: async ({ server }) => {
      if (!existsSync(backup)) await server.ask({ ask: 'backup', path: backup });
      const report = restore({ from: backup, dir: temporaryDirectory() });
      assert.deepEqual(report.damaged, []);
    },
  },
  'restore': {
    whileStarting: true,
    prepare: (world) => world.restoreFromBackup(),
    check: async (world) => world.restored(),
  },
  'webhook': {
    act: (world) => world.errands.run(2),
    check: (world) => world.deliveredAll(),
  },
  'drain': { act: ({ server }) => server.drain() },
} satisfies Record<string, Deed>;

export type DeedName = keyof typeof DEEDS;

type Server = CrashWorld['server'];

function run(server: Server, session: SessionId, command: string, args: object): Promise<void> {
  return server.ask({ ask: 'run', session, command, args: JSON.stringify(args) });
}

function note(server: Server, session: SessionId, key: string, text: string): Promise<void> {
  return run(server, session, 'note', { key, text });
}

/** Marks a session, and takes it back to its first note. */
async function recover({ server, damaged }: CrashWorld): Promise<void> {
  await server.ask({ ask: 'quarantine', session: damaged, to: 2 });
  await server.ask({ ask: 'recover', session: damaged, to: 2 });
}
