import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Load } from './overload.ts';

const RESOLUTION_MS = 20;

/** The largest heap of the engine, and the memory that this process may have. */
export function machineMemory(): { readonly heapBytes: number; readonly residentBytes: number } {
  const allowed = process.constrainedMemory();
  const whole = totalmem();
  return { heapBytes: getHeapStatistics().heap_size_limit, residentBytes: allowed > 0 && allowed < whole ? allowed : whole };
}

/** What the engine and the operating system say of this process. The delay is that since the last reading. */
export class LoadReader {
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });

  start(): void {
    this.#delay.enable();
  }

  stop(): void {
    this.#delay.disable();
  }

  read(): Omit<Load, 'awakeSessions'> {
    const delayMs = this.#delay.percentile(99) / 1e6;
    this.#delay.reset();
    return {
      heapBytes: getHeapStatistics().used_heap_size,
      residentBytes: process.memoryUsage.rss(),
      // What is measured is the time between two beats.
      eventLoopDelayMs: Math.max(0, delayMs - RESOLUTION_MS),
    };
  }
}
