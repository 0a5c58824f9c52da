import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { BackupAnswer, BackupOrder } from './back-up-adapter.ts';
import { copyDatabase } from './copy-database-adapter.ts';
import type { OpenDatabase } from './sqlite-database-adapter.ts';
import { storeErrorOf } from './sqlite-error.ts';

const { dir, path, databaseModule } = workerData as BackupOrder;
const { openDatabase } = (await import(databaseModule)) as { openDatabase: OpenDatabase };

// On Linux alone this is the priority of the thread and not of the whole process.
if (process.platform === 'linux') setPriority(constants.priority.PRIORITY_LOW);
parentPort?.postMessage(answer());

function answer(): BackupAnswer {
  try {
    return copyDatabase(dir, path, openDatabase);
  } catch (error) {
    const { code, message } = storeErrorOf(error, `writing the backup ${path}`);
    return { code, message };
  }
}
