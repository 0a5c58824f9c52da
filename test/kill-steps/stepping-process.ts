/** `node stepping-process.ts <what> <directory> <session or file>`: does one thing, and says each thing that was acknowledged. */
import { writeSync } from 'node:fs';
import type { SessionId } from '../../src/protocol/ids.ts';
import { restore } from '../../src/store/restore-adapter.ts';
import { openSessions, type Opened } from './open-sessions.ts';
import './stopping.ts';

const [what = '', dir = '', which = '', file = ''] = process.argv.slice(2);
const session = which as SessionId;

/** Unlike a stream's, what this writes has left the process when it returns. */
function say(word: string): void {
  writeSync(1, `${word}\n`);
}

async function play({ sessions }: Opened, command: string, args: Record<string, string | number>): Promise<void> {
  const done = await sessions.run(session, { as: 'system', command, args });
  if (!done.ok) throw new Error(JSON.stringify(done));
  say('acked');
}

async function open(): Promise<Opened> {
  return openSessions(dir, { large: true, databaseModule: new URL('./stopping.ts', import.meta.url) });
}

/** Plays on until something is done. */
async function playDuring(opened: Opened, doing: Promise<unknown>): Promise<void> {
  const ended = doing.then(() => true);
  const turn = async (): Promise<boolean> => play(opened, 'roll', { sides: 6 }).then(() => false);
  while (!(await Promise.race([ended, turn()])));
}

const DEEDS: Readonly<Record<string, () => Promise<void>>> = {
  async snapshot() {
    const opened = await open();
    await play(opened, 'roll', { sides: 6 });
    await playDuring(opened, opened.sessions.snapshot(session));
  },
  async migrate() {
    await play(await open(), 'add', { by: 1 });
  },
  async backup() {
    const opened = await open();
    await play(opened, 'roll', { sides: 6 });
    say('begun');
    await playDuring(opened, opened.store.backup(file));
  },
  async restore() {
    restore({ from: file, dir });
  },
};

await DEEDS[what]?.();
say('done');
// A stop would make a snapshot of its own.
process.exit();
