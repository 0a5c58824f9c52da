/** `node sweeping-process.ts <data directory>`: sweeps until nothing is due, and prints a word for each step that is done. */
import { Sessions } from '../../src/session/sessions.ts';
import { archivesOf } from '../../src/server/archives-of.ts';
import { sqliteStore } from '../../src/store/sqlite-store.ts';
import { systemClock } from '../../src/server/system-clock-adapter.ts';
import { createSystemRandom } from '../../src/server/system-random-adapter.ts';
import { notes } from '../../src/testing/short-lived.ts';

const store = sqliteStore({ dir: process.argv[2] ?? '' });
const info = await store.open();
const sessions = new Sessions({
  store,
  definitions: [notes],
  clock: systemClock,
  random: createSystemRandom(),
  output: { deliver: () => undefined },
  durability: info.durability,
  archives: archivesOf(store, info),
  observe: ({ kind }) => {
    if (kind === 'archived' || kind === 'deleted') process.stdout.write(`${kind}\n`);
  },
});
await sessions.start();
let failed = 0;
for (let looked = 1; looked > 0;) {
  const report = await sessions.sweeper.sweep();
  looked = report.looked;
  failed += report.failed;
}
await sessions.stop();
await store.close();
process.stdout.write(failed === 0 ? 'done\n' : `failed ${failed}\n`);
