import type { Database } from './sqlite-database-adapter.ts';
import { StoreError } from './store.ts';

/** First SQLite without a known fault that could lose or damage a write-ahead log. */
const MINIMUM_SQLITE = [3, 51, 3] as const;

/** A write-ahead log that grew beyond this is cut when it starts anew. */
const WAL_KEPT_BYTES = 32 * 1024 * 1024;
const CACHE_KIB = 16 * 1024;

type Setting = readonly [pragma: string, value: string | number];

/** What makes a commit durable and a read honest; each is set and read back, because SQLite ignores what it cannot do. */
function settingsOf(durability: 'full' | 'normal', platform: string): readonly Setting[] {
  const synced: readonly Setting[] =
    platform === 'darwin'
      ? [
          ['fullfsync', 1],
          ['checkpoint_fullfsync', 1],
        ]
      : [];
  return [
    ['journal_mode', 'wal'],
    ['synchronous', durability === 'full' ? 2 : 1],
    ...synced,
    ['wal_autocheckpoint', 0],
    ['journal_size_limit', WAL_KEPT_BYTES],
    ['secure_delete', 1],
    ...READING,
  ];
}

const READING: readonly Setting[] = [
  ['trusted_schema', 0],
  ['cell_size_check', 1],
  ['temp_store', 2],
  ['mmap_size', 0],
  ['cache_size', -CACHE_KIB],
];

/** Sets up a database for writing at a durability and returns what it reported back; throws `unusable` when it differs. */
export function applyPragmas(
  db: Database,
  options: { durability: 'full' | 'normal'; readOnly: boolean; platform: string },
): Record<string, string | number> {
  const settings = options.readOnly ? READING : settingsOf(options.durability, options.platform);
  return Object.fromEntries(settings.map((setting) => [setting[0], applyPragma(db, setting)]));
}

/** Refuses a SQLite that is too old; returns its version. */
export function checkSqliteVersion(db: Database, minimum: readonly number[] = MINIMUM_SQLITE): string {
  const version = String(db.prepare('SELECT sqlite_version() AS version').get()?.['version']);
  const parts = version.split('.').map(Number);
  const order = minimum.map((least, index) => (parts[index] ?? 0) - least).find((difference) => difference !== 0) ?? 0;
  if (order >= 0) return version;
  const wanted = minimum.join('.');
  throw new StoreError('too-old-sqlite', `This Node.js has SQLite ${version}, but ${wanted} or later is needed; use a newer Node.js.`);
}

function applyPragma(db: Database, [pragma, value]: Setting): string | number {
  db.exec(`PRAGMA ${pragma} = ${value}`);
  const found = Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  if (found === value) return value;
  throw new StoreError(
    'unusable',
    `SQLite did not accept ${pragma} = ${value} (it says ${String(found)}); this file system cannot hold the data safely.`,
  );
}
