import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROOT } from '../scripts/run-tool.ts';

/** What was tested. */
export type Versions = {
  readonly holdfast: string;
  /** Undefined outside of a repository. */
  readonly commit?: string;
  /** True where files differ from that commit. */
  readonly modified: boolean;
  /** Hash of everything that has a part in the outcome. */
  readonly sources: string;
  readonly node: string;
  readonly sqlite: string;
};

export type Machine = { readonly cpu: string; readonly cores: number; readonly memoryGb: number; readonly system: string };

const SOURCES = ['src/**/*.{ts,tsx,c}', 'test/**/*.{ts,tsx,c}', 'prove/**/*.{ts,c,patch}', 'package-lock.json'];

export function describeVersions(): Versions {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const commit = git('rev-parse', 'HEAD');
  return {
    holdfast: version,
    ...(commit === undefined ? {} : { commit }),
    modified: git('status', '--porcelain', '--', 'src', 'test', 'prove', 'package-lock.json') !== '',
    sources: hashSources(),
    node: process.versions.node,
    sqlite: sqliteVersion(),
  };
}

/** Changes with every source and test, and with nothing else. */
export function hashSources(): string {
  const hash = createHash('sha256');
  for (const path of globSync(SOURCES, { cwd: ROOT }).sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(ROOT, path)));
  return hash.digest('hex').slice(0, 16);
}

export function describeMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
  };
}

function git(...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

function sqliteVersion(): string {
  const database = new DatabaseSync(':memory:');
  const row = database.prepare('SELECT sqlite_version() AS version').get();
  database.close();
  return String(row?.['version']);
}
