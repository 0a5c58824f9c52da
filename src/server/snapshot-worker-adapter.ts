import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { makeSnapshot, type SnapshotOrder } from '../session/make-snapshot.ts';
import type { MadeSnapshot, OpenReader, StoreReaderSource } from '../store/store-snapshots.ts';

/** What became of an order; `made` is undefined where what is stored does not verify. */
export type SnapshotAnswer = { readonly made: MadeSnapshot | undefined } | { readonly failure: string };

const { module, options } = workerData as StoreReaderSource;
const { openReader } = (await import(module)) as { openReader: OpenReader };

// On Linux alone this is the priority of the thread and not of the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

parentPort?.on('message', (order: SnapshotOrder) => void answer(order));

async function answer(order: SnapshotOrder): Promise<void> {
  try {
    const made = await make(order);
    parentPort?.postMessage({ made } satisfies SnapshotAnswer, made === undefined ? [] : [made.data.buffer as ArrayBuffer]);
  } catch (error) {
    parentPort?.postMessage({ failure: error instanceof Error ? error.message : String(error) } satisfies SnapshotAnswer);
  }
}

/** The files are open only meanwhile: whoever reads keeps the write-ahead log from being emptied. */
async function make(order: SnapshotOrder): Promise<MadeSnapshot | undefined> {
  const reader = await openReader(options);
  try {
    return await makeSnapshot(reader, { monotonic: () => performance.now() }, order);
  } finally {
    reader.close();
  }
}
