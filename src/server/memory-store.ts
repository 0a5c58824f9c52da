import { MemoryStore } from '../store/memory-store.ts';
import type { Store } from '../store/store.ts';

/** Keeps everything in this process and loses it with the process. */
export function memoryStore(): Store {
  return new MemoryStore();
}
