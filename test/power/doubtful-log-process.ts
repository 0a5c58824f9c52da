/** `node doubtful-log-process.ts <fill | fail | serve> <data directory> <control file>`: one life of a store whose log comes into doubt. */
import { writeFileSync } from 'node:fs';
import type { SessionId } from '../../src/protocol/ids.ts';
import { openEngineInProcess } from '../../src/testing/engine-in-process-adapter.ts';
import { creation, following } from '../../src/testing/store-entries.ts';

const SESSIONS = 40;
const TEXT = 'x'.repeat(3_000);

const [what = '', dir = '', control = ''] = process.argv.slice(2);
const { engine } = openEngineInProcess(dir);

const LIVES: Readonly<Record<string, () => void>> = {
  fill() {
    const created = engine.append(Array.from({ length: SESSIONS }, (_, index) => creation(`session${index}`)));
    const entries = created.map((result, index) => following(`session${index}`, headIn(result), [TEXT]));
    for (const entry of entries) engine.append([entry]);
    engine.settle();
  },
  fail() {
    // All is in the database, and in the log one small commit.
    engine.settle();
    engine.probe();
    const heads = Array.from({ length: SESSIONS }, (_, index) => {
      const session = `session${index}` as SessionId;
      const last = engine.read(session, 0, 9).events.at(-1);
      return following(session, last ?? { seq: 0, hash: '' }, ['never acknowledged']);
    });
    writeFileSync(control, '1 sync * 0 0 EIO kept'.padEnd(150));
    const results = engine.append(heads);
    if (results.some(({ outcome }) => outcome !== 'failed')) throw new Error('it was to fail');
  },
  serve() {
    const all = Array.from({ length: SESSIONS }, (_, index) => engine.read(`session${index}` as SessionId, 0, 9).events.length);
    process.stdout.write(JSON.stringify(all));
  },
};

function headIn(result: { readonly outcome: string }): { seq: number; hash: string } {
  if ('seq' in result && 'hash' in result) return { seq: Number(result.seq), hash: String(result.hash) };
  throw new Error(result.outcome);
}

LIVES[what]?.();
// As a crash would: nothing is closed.
process.exit();
