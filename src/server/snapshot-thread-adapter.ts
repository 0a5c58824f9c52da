import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { SnapshotOrder } from '../session/make-snapshot.ts';
import type { MadeSnapshot, StoreReaderSource } from '../store/store-snapshots.ts';
import type { SnapshotAnswer } from './snapshot-worker-adapter.ts';

/** Without an order for so long, the thread ends and gives its memory back. */
const IDLE_MS = 5_000;

/** Makes snapshots of what is stored in a thread of its own, which is there only while it has something to do. One at a time. */
export class SnapshotThread {
  readonly #source: StoreReaderSource;
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(source: StoreReaderSource) {
    this.#source = source;
  }

  async make(order: SnapshotOrder): Promise<MadeSnapshot | undefined> {
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    const ended = new AbortController();
    try {
      const answered = once(worker, 'message', { signal: ended.signal });
      const exited = once(worker, 'exit', { signal: ended.signal }).then((): [SnapshotAnswer] => [{ failure: 'its thread ended' }]);
      worker.postMessage(order);
      // A thread that fails rejects both.
      const [answer] = (await Promise.race([answered, exited])) as [SnapshotAnswer];
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.made;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      ended.abort();
      this.#idle = setTimeout(() => void this.stop(), IDLE_MS).unref();
    }
  }

  async stop(): Promise<void> {
    clearTimeout(this.#idle);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): Worker {
    const module = new URL(`./snapshot-worker-adapter${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
    const worker = new Worker(module, { workerData: this.#source, execArgv: [] });
    worker.unref();
    return worker;
  }
}
