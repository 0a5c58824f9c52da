import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratchDir } from '../live-server/scratch.ts';
import { buildShim, shimNeeds } from './build-shim.ts';
import { DiskImage } from './disk-image.ts';
import { readJournal } from './disk-journal.ts';
import { reconcile } from './keep-journal.ts';
import { cutPower } from './power-cut.ts';

const skip = (await shimNeeds()) ?? false;

const WORK = `
  import fs from 'node:fs';
  import { DatabaseSync } from 'node:sqlite';
  const root = process.argv[1];
  fs.mkdirSync(root + '/inner');
  fs.writeFileSync(root + '/inner/whole', 'synced', { flush: true });
  for (const dir of [root, root + '/inner']) fs.fsyncSync(fs.openSync(dir, 'r'));
  fs.appendFileSync(root + '/inner/whole', ' and not');
  fs.writeFileSync(root + '/fresh', 'x'.repeat(3000));
  fs.renameSync(root + '/fresh', root + '/renamed');
  await fs.promises.writeFile(root + '/inner/later', 'by a pool thread');
  const stream = fs.createWriteStream(root + '/streamed');
  await new Promise((done) => stream.end('streamed', done));
  fs.truncateSync(root + '/streamed', 3);
  fs.rmSync(root + '/inner/later');
  const db = new DatabaseSync(root + '/data.db');
  db.exec('PRAGMA journal_mode = wal; CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
  for (let n = 0; n < 50; n++) db.prepare('INSERT INTO t VALUES (?)').run('y'.repeat(n * 20));
  db.exec('PRAGMA wal_checkpoint(PASSIVE); INSERT INTO t VALUES (3)');
  process.kill(process.pid, 'SIGKILL');`;

/** Does all kinds of things to files below a directory, on a disk with a journal. */
async function worked(place: string): Promise<{ image: DiskImage; journal: string }> {
  const [root, journal] = [join(place, 'disk'), join(place, 'journal')];
  mkdirSync(root);
  const env = { ...process.env, LD_PRELOAD: await buildShim(), HOLDFAST_DISK_ROOT: root, HOLDFAST_DISK_JOURNAL: journal };
  const image = new DiskImage(root);
  assert.throws(() => execFileSync(process.execPath, ['--input-type=module', '-e', WORK, root], { env, stdio: 'pipe' }), {
    signal: 'SIGKILL',
  });
  return { image, journal };
}

test("POWER-5: a disk's journal, followed to its end, gives the directory byte for byte", { skip, timeout: 60_000 }, async (t) => {
  const { image, journal } = await worked(await scratchDir(t));
  for (const record of readJournal(journal)) image.follow(record);
  assert.deepEqual(image.differences(), []);
  writeFileSync(join(image.root, 'renamed'), 'behind its back');
  assert.equal(image.differences().length, 1);
});

test(
  'POWER-5: after a power cut everything synced is there, and of the rest at most what was written',
  { skip, timeout: 60_000 },
  async (t) => {
    const place = await scratchDir(t);
    const { image, journal } = await worked(place);
    for (const record of readJournal(journal)) image.follow(record);
    const seen = new Set<string>();
    // Drawn in turn: the first picks what a disk makes of unsynced writes.
    for (const [number, draws] of [[0], [0.3], [0.5, 0.5, 0.9], [0.9, 0.1, 0.5, 0.4, 0.6]].entries()) {
      let drawn = 0;
      const left = join(place, `left${number}`);
      mkdirSync(left);
      const { manner, lostBytes, lostNames } = cutPower(image, left, () => draws[Math.min(drawn++, draws.length - 1)] ?? 0);
      seen.add(manner);
      const whole = readFileSync(join(left, 'inner', 'whole'), 'utf8');
      assert.ok(whole.startsWith('synced') && 'synced and not'.startsWith(whole.replaceAll('\0', ' ').trimEnd()), whole);
      assert.equal(lostBytes + lostNames === 0, manner === 'everything', `${manner}: ${lostBytes} bytes, ${lostNames} names`);
    }
    assert.deepEqual([...seen], ['nothing', 'everything', 'in order', 'any']);
  },
);

test('POWER-5: what a killed process did and could not tell any more is in the journal as well', { skip, timeout: 60_000 }, async (t) => {
  const { image, journal } = await worked(await scratchDir(t));
  for (const record of readJournal(journal)) image.follow(record);
  renameSync(join(image.root, 'streamed'), join(image.root, 'renamed'));
  writeFileSync(join(image.root, 'inner', 'whole'), 'less');
  writeFileSync(join(image.root, 'last'), 'and more');
  mkdirSync(join(image.root, 'made'));
  rmSync(join(image.root, 'data.db-wal'));
  const again = image.copy();
  reconcile(image, journal);
  assert.deepEqual(image.differences(), []);
  for (const record of readJournal(journal)) again.follow(record);
  assert.deepEqual(again.differences(), []);
});
