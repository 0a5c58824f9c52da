import { createReadStream, createWriteStream, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { LogId, Seq, SessionId } from '../protocol/ids.ts';
import { partOf } from './copy-database-adapter.ts';
import { exportLines, importLines } from './session-file.ts';
import { messageOf } from './sqlite-error.ts';
import { StoreError } from './store.ts';
import type { Store } from './store.ts';
import type { AdoptionResult, BackupReport } from './store-transfer.ts';
import { syncFile } from './sync-file-adapter.ts';

/**
 * Writes one session into a new compressed file, which is there whole or not at all. Undefined when there is no such
 * session; rejects with `StoreError` when there is a file of that name or the session's log cannot be read whole.
 */
export async function exportSession(store: Store, session: SessionId, path: string): Promise<BackupReport | undefined> {
  if (existsSync(path)) throw new StoreError('unusable', `There is a file ${path} already; choose another name.`);
  const lines = await exportLines(store, session);
  if (lines === undefined) return undefined;
  const part = partOf(path);
  try {
    await pipeline(Readable.from(lines), createGzip(), createWriteStream(part, { mode: 0o600 }));
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
  syncFile(part);
  renameSync(part, path);
  syncFile(dirname(resolve(path)));
  return { path, bytes: statSync(path).size };
}

/** What became of an import, and under which id: see {@link AdoptionResult}. */
export type ImportResult = AdoptionResult & { readonly session: SessionId; readonly headSeq: Seq };

/**
 * Takes the session of a file in, under its own id or another one. Its chain and the file's checksum are verified before
 * anything of it can be found. Rejects with `StoreError` when the file is not a whole exported session.
 */
export async function importSession(store: Store, path: string, options: { readonly as?: SessionId } = {}): Promise<ImportResult> {
  try {
    const { session, side } = await importLines(linesIn(path), options.as);
    const result = await store.adopt(session, side);
    return { ...result, session: session.session, headSeq: session.head.seq };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('unusable', `The file ${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

/** What a session file holds, once all of it was read and its checksum found right. Rejects with `StoreError` otherwise. */
export async function readSessionFile(
  path: string,
): Promise<{ readonly session: SessionId; readonly headSeq: Seq; readonly logId: LogId }> {
  try {
    const { session } = await importLines(linesIn(path));
    // Reading to the end is what checks it.
    for await (const part of session.events) void part;
    return { session: session.session, headSeq: session.head.seq, logId: session.logId };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new StoreError('unusable', `The file ${path} cannot be read: ${messageOf(error)}.`, { cause: error });
  }
}

/** Split at line feeds alone: a content may hold other characters that end lines elsewhere. */
async function* linesIn(path: string): AsyncGenerator<string> {
  const unpacked = createGunzip();
  const reading = pipeline(createReadStream(path), unpacked);
  // What fails here fails the loop below as well, which tells.
  reading.catch(() => undefined);
  unpacked.setEncoding('utf8');
  const parts: string[] = [];
  for await (const chunk of unpacked as AsyncIterable<string>) {
    const [first = '', ...rest] = chunk.split('\n');
    parts.push(first);
    for (const line of rest) {
      yield parts.splice(0).join('');
      parts.push(line);
    }
  }
  if (parts.some((part) => part !== '')) yield parts.join('');
}
