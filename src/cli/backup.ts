import { importedFrom, type BackupReport, type Imported } from '../server/backup-files-adapter.ts';
import { exportSession, importSession, restore, type DatabaseReport } from '../server/index.ts';
import { actOnFiles } from './act-on-files-adapter.ts';
import { CliError, EXIT } from './cli-error.ts';
import { counted } from './format.ts';
import { needFile, withFiles } from './open-files-adapter.ts';
import { needOperatorToken } from './operator-token.ts';
import { askServer } from './server-api-adapter.ts';
import { sessionIdOf } from './session-id.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** All that is stored may take a while to be copied. */
const TIMEOUT_MS = 3_600_000;

/** `holdfast backup` */
export async function backUp(file: string, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  surroundings.note(
    url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}, on its machine; recorded there.`,
  );
  const report =
    url === undefined
      ? await withFiles(dir, (store) => store.backup(file))
      : ((await askServer(url, '/v1/admin/backup', needOperatorToken(token), { file }, TIMEOUT_MS)) as BackupReport);
  surroundings.print(flags.json === true ? JSON.stringify(report) : `Backed up into ${report.path}: ${report.bytes} bytes.`);
}

/** `holdfast restore` */
export async function restoreBackup(from: string, acceptDamage: boolean, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { dir } = settingsOf(flags, surroundings).configuration;
  needFile(from);
  surroundings.note(`Into ${dir}.`);
  const report = restore({ from, dir, acceptDamage });
  const { sessions, events, damaged } = report;
  await actOnFiles({
    dir,
    what: 'restore',
    session: null,
    details: { from, sessions, events, damaged: damaged.length },
    work: () => Promise.resolve({ ok: true }),
  });
  surroundings.print(flags.json === true ? JSON.stringify({ dir, ...report }) : restored(dir, report));
}

function restored(dir: string, { sessions, events, damaged }: DatabaseReport): string {
  const bad = damaged.map(({ session, seq, reason }) => `\n${session} is damaged at seq ${seq}: ${reason}`).join('');
  return `Restored into ${dir}: ${counted(sessions, 'session')}, ${counted(events, 'event')}, ${damaged.length === 0 ? 'all verified' : 'the rest verified'}.${bad}`;
}

/** `holdfast export` */
export async function exportOne(typed: string, file: string, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  const session = sessionIdOf(typed);
  surroundings.note(
    url === undefined ? `From the files in ${dir}, read-only.` : `From the server at ${url}, on its machine; recorded there.`,
  );
  const report =
    url === undefined
      ? await withFiles(dir, (store) => exportSession(store, session, file))
      : ((await askServer(url, `/v1/admin/sessions/${session}/export`, needOperatorToken(token), { file }, TIMEOUT_MS)) as BackupReport);
  if (report === undefined) throw new CliError(EXIT.notFound, `There is no session ${session} in ${dir}.`);
  surroundings.print(
    flags.json === true ? JSON.stringify({ session, ...report }) : `Exported ${session} into ${report.path}: ${report.bytes} bytes.`,
  );
}

/** `holdfast import` */
export async function importOne(file: string, asTyped: string | undefined, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { url, token, dir } = settingsOf(flags, surroundings).configuration;
  const as = asTyped === undefined ? undefined : sessionIdOf(asTyped);
  if (url === undefined) needFile(file);
  surroundings.note(
    url === undefined ? `Into the files in ${dir}; recorded there.` : `Into the server at ${url}, from its machine; recorded there.`,
  );
  const { session, headSeq } = url === undefined ? await intoFiles() : await intoServer(url);
  surroundings.print(
    flags.json === true ? JSON.stringify({ session, headSeq }) : `Imported ${session}: ${counted(headSeq, 'event')}, all verified.`,
  );

  async function intoFiles(): Promise<Imported> {
    const { imported } = await actOnFiles({
      dir,
      what: 'import',
      session: as ?? null,
      details: { file },
      work: async ({ store }) => importedFrom(await importSession(store, file, as === undefined ? {} : { as })),
    });
    return imported;
  }

  async function intoServer(address: string): Promise<Imported> {
    const body = { file, ...(as === undefined ? {} : { as }) };
    return (await askServer(address, '/v1/admin/import', needOperatorToken(token), body, TIMEOUT_MS)) as Imported;
  }
}
