import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Seq, SessionId } from '../protocol/ids.ts';
import type { Archive, Archives } from './archives.ts';
import { syncFile } from './sync-file-adapter.ts';
import { makeDirectory } from './make-directory-adapter.ts';
import { exportSession, readSessionFile } from './session-file-adapter.ts';
import type { CatalogueRow, Store } from './store.ts';

const SUFFIX = '.jsonl.gz';
const ATTEMPTS = 3;

/**
 * Puts sessions away in compressed files, `<first two characters>/<session>.<first seq>-<last seq>.jsonl.gz`, which
 * `importSession` reads. A session whose log was pruned before, or went on after, has more than one.
 */
export class FileArchives implements Archives {
  readonly #store: Store;
  readonly #dir: string;
  /** Directories that are sure to be on the disk. */
  readonly #made = new Set<string>();

  constructor(store: Store, dir: string) {
    this.#store = store;
    this.#dir = dir;
  }

  async put(session: SessionId): Promise<Archive | undefined> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const row = await this.#store.get(session);
      if (row === undefined) return undefined;
      const archive = (await this.#find(row)) ?? (await this.#write(row));
      // Undefined where it went on while it was written.
      if (archive !== undefined) return archive;
    }
    throw new Error(`The archive of session ${session} does not read back as it was written.`);
  }

  async remove(session: SessionId): Promise<void> {
    const paths = this.#pathsOf(session);
    for (const path of paths) rmSync(path, { force: true });
    if (paths.length > 0) syncFile(this.#dirOf(session));
  }

  async #find({ session, headSeq }: CatalogueRow): Promise<Archive | undefined> {
    for (const path of this.#pathsOf(session)) {
      if (path.endsWith(`-${headSeq}${SUFFIX}`) && (await isGood(path, headSeq))) return this.#archive(path, headSeq);
    }
    return undefined;
  }

  async #write({ session, headSeq }: CatalogueRow): Promise<Archive | undefined> {
    const from = ((await this.#store.beginning(session))?.seq ?? 0) + 1;
    const path = join(this.#dirOf(session), `${session}.${from}-${headSeq}${SUFFIX}`);
    for (const dir of [this.#dir, this.#dirOf(session)]) this.#make(dir);
    rmSync(path, { force: true });
    await exportSession(this.#store, session, path);
    if (!(await isGood(path, headSeq))) {
      rmSync(path, { force: true });
      return undefined;
    }
    this.#removeOthers(session, from, path);
    return this.#archive(path, headSeq);
  }

  #make(dir: string): void {
    if (!this.#made.has(dir) || !existsSync(dir)) makeDirectory(dir);
    this.#made.add(dir);
  }

  #archive(path: string, headSeq: Seq): Archive {
    return { name: path.slice(this.#dir.length + 1), headSeq, bytes: statSync(path).size };
  }

  /** What began at the same event and ended earlier is in the new one; and what was not written whole is worth nothing. */
  #removeOthers(session: SessionId, from: Seq, path: string): void {
    const beginning = join(this.#dirOf(session), `${session}.${from}-`);
    for (const other of this.#pathsOf(session)) {
      if (other !== path && (other.startsWith(beginning) || !other.endsWith(SUFFIX))) rmSync(other, { force: true });
    }
  }

  #pathsOf(session: SessionId): string[] {
    const dir = this.#dirOf(session);
    if (!existsSync(dir)) return [];
    const names = readdirSync(dir).filter((name) => name.startsWith(`${session}.`));
    return names.map((name) => join(dir, name));
  }

  /** No directory gets too many files. */
  #dirOf(session: SessionId): string {
    return join(this.#dir, session.slice(0, 2));
  }
}

function isGood(path: string, headSeq: Seq): Promise<boolean> {
  return readSessionFile(path).then(
    (read) => read.headSeq === headSeq,
    () => false,
  );
}
