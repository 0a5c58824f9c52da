import { execFileSync } from 'node:child_process';
import { closeSync, fsyncSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Samples } from './statistics.ts';

export type Environment = {
  readonly node: string;
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly fileSystem: string;
  readonly fsyncMedianMs: number;
  readonly fsyncP99Ms: number;
  /** The core of the server and that of the load generator, or why they share. */
  readonly pinning: string;
};

/** Magic numbers of statfs(2). */
const FILE_SYSTEMS: Record<number, string> = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x858458f6: 'ramfs',
  0x9123683e: 'btrfs',
  0x58465342: 'xfs',
  0x794c7630: 'overlay',
  0x2fc12fc1: 'zfs',
  0x6969: 'nfs',
  0xf2f52010: 'f2fs',
};

export function fileSystemOf(dir: string): string {
  const { type } = statfsSync(dir);
  return FILE_SYSTEMS[type] ?? `type 0x${type.toString(16)}`;
}

/** Refuses memory file systems, where a sync costs nothing and every figure of a durable server would be a lie. */
export function refuseMemoryFileSystem(dir: string): void {
  const name = fileSystemOf(dir);
  if (name === 'tmpfs' || name === 'ramfs') {
    throw new Error(
      `The data directory ${dir} is on ${name}, which keeps files in memory: syncing there costs nothing. Give a directory on a disk with --dir.`,
    );
  }
}

/** 4 KiB appended and synced, as often as `count`. */
export function measureFsync(dir: string, count = 200): { medianMs: number; p99Ms: number } {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, 'fsync-probe');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(4096, 7);
  const took = new Samples();
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    writeSync(file, block);
    fsyncSync(file);
    took.add(performance.now() - start);
  }
  closeSync(file);
  rmSync(path);
  return { medianMs: took.percentile(0.5), p99Ms: took.percentile(0.99) };
}

export type Pinning = { readonly serverPrefix: readonly string[]; readonly note: string };

/** Puts this process on the last core and says how to start servers on the first. */
export function pin(): Pinning {
  if (availableParallelism() < 2)
    return { serverPrefix: [], note: 'not pinned: only one core; server and load generator disturb each other' };
  try {
    const last = cpus().length - 1;
    execFileSync('taskset', ['-a', '-c', '-p', String(last), String(process.pid)], { stdio: 'ignore' });
    return { serverPrefix: ['taskset', '-c', '0'], note: `server on core 0, load generator on core ${last}` };
  } catch {
    return { serverPrefix: [], note: 'not pinned: taskset is missing (Linux: package util-linux) or not allowed; figures vary more' };
  }
}

export function describeEnvironment(dir: string, pinning: Pinning): Environment {
  const fsync = measureFsync(dir);
  return {
    node: process.version,
    system: `${platform()} ${release()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    fileSystem: fileSystemOf(dir),
    fsyncMedianMs: fsync.medianMs,
    fsyncP99Ms: fsync.p99Ms,
    pinning: pinning.note,
  };
}
