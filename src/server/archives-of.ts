import { join } from 'node:path';
import type { Archives } from '../store/archives.ts';
import { FileArchives } from '../store/file-archives-adapter.ts';
import { MemoryArchives } from '../store/memory-archives.ts';
import type { Store, StoreInfo } from '../store/store.ts';

/** Where a server puts ended sessions: beside its data, or in memory where there are no files. */
export function archivesOf(store: Store, { details: { directory } }: StoreInfo): Archives {
  return typeof directory === 'string' ? new FileArchives(store, join(directory, 'archive')) : new MemoryArchives(store);
}
