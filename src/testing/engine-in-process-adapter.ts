import { openEngine } from '../store/open-engine.ts';
import type { OpenedEngine, StoreSettings } from '../store/open-engine.ts';
import { openDatabase } from '../store/sqlite-database-adapter.ts';

/** The inside of a `SqliteStore` without its thread, for tests that open one very often or look at what it leaves behind. */
export function openEngineInProcess(dir: string, settings: Partial<StoreSettings> = {}): OpenedEngine {
  return openEngine(
    { dir, durability: 'full', readOnly: false, development: false, acceptRegressions: false, ...settings },
    { openDatabase, platform: 'test', startedAt: new Date(0), monotonic: () => 0, onBroken: () => undefined },
  );
}
