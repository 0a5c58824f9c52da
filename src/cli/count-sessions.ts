import type { StoreCounters } from '../server/stored-sweep.ts';
import { withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** `holdfast sessions --counts` */
export async function countSessions(flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  surroundings.note(url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}.`);
  const counters =
    url === undefined
      ? await withFiles(dir, (store) => store.counters())
      : ((await askServer(url, '/v1/admin/counts', needOperatorToken(token))) as StoreCounters);
  if (flags.json === true) return surroundings.print(JSON.stringify(counters));
  const { created, live, ended, archived, deleted } = counters;
  surroundings.print(`${created} created = ${live} live (${ended} of them ended) + ${archived} archived + ${deleted} deleted`);
}
