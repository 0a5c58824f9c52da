import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { partOf } from './copy-database-adapter.ts';
import { keepFlushed } from './keep-flushed-adapter.ts';
import { StoreError } from './store.ts';
import type { BackupReport } from './store-transfer.ts';

/** What the thread of a backup is told. */
export type BackupOrder = { readonly dir: string; readonly path: string; readonly databaseModule: string };
export type BackupAnswer = BackupReport | { readonly code: StoreError['code']; readonly message: string };

/**
 * Copies the database of a data directory into a new file. In a thread of its own, which reads one moment of it while the
 * server goes on writing; until it is done the write-ahead log keeps all that is written meanwhile.
 */
export async function backUp(dir: string, path: string, databaseModule: URL): Promise<BackupReport> {
  const order: BackupOrder = { dir, path, databaseModule: databaseModule.href };
  const module = new URL(`./backup-worker-adapter${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const worker = new Worker(module, { workerData: order, execArgv: [] });
  const ended = once(worker, 'exit').then((): [BackupAnswer] => [{ code: 'failed', message: 'The thread of the backup ended early.' }]);
  let isDone = false;
  const flushing = keepFlushed(partOf(path), () => isDone);
  try {
    // A thread that fails rejects here.
    const [answer] = (await Promise.race([once(worker, 'message'), ended])) as [BackupAnswer];
    if ('code' in answer) throw new StoreError(answer.code, answer.message);
    return answer;
  } finally {
    isDone = true;
    await flushing;
  }
}
