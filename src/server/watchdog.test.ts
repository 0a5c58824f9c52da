import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { SessionId } from '../protocol/ids.ts';
import { MemoryStore } from '../store/memory-store.ts';
import { creation, appendOne } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { quarantineHung } from './hung-session.ts';
import { parseHung } from './watchdog-record.ts';

const MODULE = fileURLToPath(new URL('./watchdog-adapter.ts', import.meta.url));
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const now = { now: () => 9_000 };

/** A process with a watchdog that runs this. */
function run(dir: string, code: string): { signal: string | null; status: number | null; said: string } {
  const script = `
    const { Watchdog } = await import(${JSON.stringify(MODULE)});
    const watchdog = new Watchdog({ hangMs: 500, dir: ${JSON.stringify(dir)} });
    const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const busy = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); };
    await wait(300);
    ${code}`;
  const done = spawnSync(process.execPath, ['--conditions=holdfast-source', '--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  return { signal: done.signal, status: done.status, said: done.stderr };
}

test('RECOVERY-14: what never returns is on the disk when the process ends, the innermost name of it', () => {
  const dir = temporaryDirectory();
  const { signal, said } = run(dir, `watchdog.enter('s1', 'receive'); watchdog.enter('s1', 'hang'); for (;;);`);
  assert.equal(signal, 'SIGKILL', said);
  const hung = parseHung(readFileSync(join(dir, 'hung.json'), 'utf8'));
  assert.deepEqual([hung?.session, hung?.what], ['s1', 'hang']);
  assert.match(said, /Session s1: 'hang' has not returned/);
});

test('RECOVERY-14: many commands in a row, and work that is no session’s, are no reason to end the process', () => {
  const dir = temporaryDirectory();
  const { status, said } = run(
    dir,
    `for (let n = 0; n < 12; n += 1) { watchdog.enter('s1', 'slow'); busy(100); watchdog.leave(); }
     busy(1_200);
     watchdog.enter('s1', 'waiting'); await wait(1_200); watchdog.leave();
     await watchdog.stop();`,
  );
  assert.deepEqual([status, existsSync(join(dir, 'hung.json'))], [0, false], said);
});

test('RECOVERY-14: at the next start the session is quarantined at its head, and the note goes; a note of another form is none', async () => {
  const dir = temporaryDirectory();
  const store = new MemoryStore();
  const info = { ...(await store.open()), details: { directory: dir } };
  await appendOne(store, creation('a'));
  const note = join(dir, 'hung.json');
  for (const [text, reasons] of [
    ['{"session":"a","what":"hang","at":5,"ms":5000}', ['never returned from hang within 5000 ms']],
    ['{"session":"gone","what":"hang","at":5,"ms":5000}', []],
    ['not of this form', []],
  ] as const) {
    await store.quarantine('a' as SessionId, null);
    writeFileSync(note, text);
    await quarantineHung(store, info, now, quiet);
    assert.deepEqual(
      (await store.quarantined()).map(({ reason }) => reason),
      reasons,
    );
  }
  assert.deepEqual([existsSync(note)], [true], 'what cannot be read is left alone');
});

test('RECOVERY-14: a note that could not be dealt with is left to the next start', async () => {
  const dir = temporaryDirectory();
  const store = new MemoryStore();
  const info = { ...(await store.open()), details: { directory: dir } };
  await appendOne(store, creation('a'));
  writeFileSync(join(dir, 'hung.json'), '{"session":"a","what":"hang","at":5,"ms":5000}');
  const { quarantine } = store;
  store.quarantine = () => Promise.reject(new Error('no room'));
  await assert.rejects(quarantineHung(store, info, now, quiet));
  store.quarantine = quarantine;
  await quarantineHung(store, info, now, quiet);
  assert.equal((await store.quarantined()).length, 1);
});
