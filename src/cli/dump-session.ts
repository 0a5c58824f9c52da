import { readStoredView } from '../server/stored-view.ts';
import { actOnFiles } from './act-on-files-adapter.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

export type DumpRequest = { readonly session: string; readonly at?: number | undefined; readonly as?: string | undefined };

/** `holdfast dump` */
export async function dumpSession({ session: typed, at, as }: DumpRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  const { url, token, dir, sessions } = configuration;
  const session = sessionIdOf(typed);
  surroundings.note(url === undefined ? `From the files in ${dir}; recorded there.` : `From the server at ${url}; recorded there.`);
  const dump = url === undefined ? await fromFiles() : await fromServer(url);
  surroundings.print(flags.json === true ? JSON.stringify(dump) : JSON.stringify(dump, null, 2));

  async function fromFiles(): Promise<unknown> {
    const definitions = sessions === undefined ? [] : await loadDefinitions(sessions);
    const details = { as: as ?? 'system', ...(at === undefined ? {} : { at }) };
    const { view } = await actOnFiles({
      dir,
      what: 'dump',
      session,
      details,
      work: ({ store }) => readStoredView(store, definitions, session, { at, as }),
    });
    return view;
  }

  async function fromServer(address: string): Promise<unknown> {
    const query = new URLSearchParams();
    if (at !== undefined) query.set('at', String(at));
    if (as !== undefined) query.set('as', as);
    return askServer(
      address,
      `/v1/admin/sessions/${session}/dump${query.size === 0 ? '' : `?${query.toString()}`}`,
      needOperatorToken(token),
    );
  }
}
