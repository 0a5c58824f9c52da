import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { refuse, type Outcome } from '../session/outcome.ts';
import { makeDirectory } from '../store/make-directory-adapter.ts';
import { exportSession, importSession, type ImportResult } from '../store/session-file-adapter.ts';
import type { BackupReport } from '../store/store-transfer.ts';
import { StoreError, type Store } from '../store/store.ts';
import type { SessionId } from '../protocol/ids.ts';

export type { BackupReport } from '../store/store-transfer.ts';

/** Plain names only: whoever may make a backup may not write anywhere else. */
export const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Backups and single sessions in files, in the directory that a server has for them. */
export class BackupFiles {
  readonly #store: Store;
  readonly #dir: string | undefined;

  /** `dataDir` undefined: the store has no files, and nothing of this can be done. */
  constructor(store: Store, dataDir: string | undefined) {
    this.#store = store;
    this.#dir = dataDir === undefined ? undefined : join(dataDir, 'backups');
  }

  /** Everything, into a new file of that name. */
  backup(name: string): Promise<Outcome<{ report: BackupReport }>> {
    return this.#in(name, async (path) => ({ ok: true, report: await this.#store.backup(path) }));
  }

  /** One session, into a new file of that name. */
  export(session: SessionId, name: string): Promise<Outcome<{ report: BackupReport }>> {
    return this.#in(name, async (path) => {
      const report = await exportSession(this.#store, session, path);
      return report === undefined ? refuse('not-found', 'There is no such session.') : { ok: true, report };
    });
  }

  /** The session of a file of that name, under its own id or another. */
  import(name: string, as: SessionId | undefined): Promise<Outcome<{ imported: Imported }>> {
    return this.#in(name, async (path) => {
      if (!existsSync(path)) return refuse('not-found', `There is no file ${path}.`);
      return importedFrom(await importSession(this.#store, path, as === undefined ? {} : { as }));
    });
  }

  async #in<T>(name: string, work: (path: string) => Promise<Outcome<T>>): Promise<Outcome<T>> {
    if (this.#dir === undefined) return refuse('bad-request', 'This server keeps nothing in files.');
    if (!FILE_NAME.test(name)) return refuse('bad-request', 'A file is named with letters, digits, dots, dashes and underscores.');
    try {
      makeDirectory(this.#dir);
      return await work(join(this.#dir, name));
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return refuse(error.code === 'disk-full' ? 'disk-full' : error.code === 'unusable' ? 'bad-request' : 'unavailable', error.message);
    }
  }
}

/** A session that was taken in. */
export type Imported = { readonly session: SessionId; readonly headSeq: number };

/** What became of an import, as an answer to whoever asked for it. */
export function importedFrom(result: ImportResult): Outcome<{ imported: Imported }> {
  const { session, headSeq, outcome } = result;
  if (outcome === 'ok') return { ok: true, imported: { session, headSeq } };
  if (outcome === 'exists') return refuse('bad-request', `There is a session ${session} already; import it under another id.`);
  if (outcome === 'damaged') return refuse('bad-request', `The session is damaged at seq ${result.seq}; nothing of it was taken in.`);
  return refuse('bad-request', 'What stands beside the log is not acceptable; nothing of it was taken in.');
}
