import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../bench/entities.ts';
import { verifyDatabase } from '../../src/store/restore-adapter.ts';
import { openEngineInProcess } from '../../src/testing/engine-in-process-adapter.ts';
import { inScope } from '../live-server/clean-up.ts';
import { scratchDir } from '../live-server/scratch.ts';
import { buildShim, shimNeeds } from '../shim/build-shim.ts';
import { DiskImage } from '../shim/disk-image.ts';
import { readJournal } from '../shim/disk-journal.ts';
import { cutPower } from '../shim/power-cut.ts';

const PROCESS = fileURLToPath(new URL('./doubtful-log-process.ts', import.meta.url));
const missing = await shimNeeds();

test(
  'POWER-4: what a killed server could not sync is written anew before it counts: at no moment of the next start does a power cut damage anything',
  { timeout: 120_000, skip: missing ?? false },
  async (t) => {
    await inScope(async (scope) => {
      const place = await scratchDir(scope);
      const [root, journal, control] = [join(place, 'disk'), join(place, 'journal'), join(place, 'control')];
      mkdirSync(root);
      writeFileSync(control, '');
      const env = {
        ...process.env,
        LD_PRELOAD: await buildShim(),
        HOLDFAST_DISK_ROOT: root,
        HOLDFAST_DISK_JOURNAL: journal,
        HOLDFAST_DISK_CONTROL: control,
      };
      const live = (what: string): string =>
        execFileSync(process.execPath, ['--conditions=holdfast-source', PROCESS, what, join(root, 'data'), control], { env }).toString();
      const image = new DiskImage(root);
      for (const what of ['fill', 'fail']) live(what);
      const before = readJournal(journal);
      assert.ok(before.some(({ kind }) => kind === 'unsynced'));
      writeFileSync(control, '');
      const served = JSON.parse(live('serve')) as number[];
      const records = readJournal(journal);
      for (const record of before) image.follow(record);
      const random = seededRandom(4);
      let cuts = 0;
      for (const record of records.slice(before.length)) {
        image.follow(record);
        if (!['write', 'sync'].includes(record.kind) || record.path.endsWith('reserve') || record.path.endsWith('-shm')) continue;
        const left = join(place, `cut${(cuts += 1)}`);
        mkdirSync(left);
        const { manner } = cutPower(image, left, random);
        const engine = openEngineInProcess(join(left, 'data'));
        engine.engine.close();
        engine.release();
        const { sessions, damaged } = verifyDatabase(join(left, 'data', 'holdfast.db'));
        assert.deepEqual([sessions, damaged], [served.length, []], `cut ${cuts}: ${manner}`);
      }
      assert.deepEqual(image.differences(), []);
      t.diagnostic(`${cuts} cuts`);
    });
  },
);
