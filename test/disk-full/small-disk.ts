import { execFileSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { cleanUp } from '../live-server/clean-up.ts';
import { scratchDir } from '../live-server/scratch.ts';

/** A file system with little room that a test can fill and empty. */
export class SmallDisk {
  readonly dir: string;
  readonly #filler: string;

  private constructor(dir: string) {
    this.dir = dir;
    this.#filler = join(dir, 'filler');
  }

  /** Mounts it; fails with what is missing where that is not permitted. */
  static async mount(t: TestContext, megabytes: number): Promise<SmallDisk> {
    const dir = join(await scratchDir(t), 'disk');
    await mkdir(dir);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir], { stdio: 'pipe' });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`This test needs a small disk of its own: Linux, the program mount, and the right to mount (root). ${why}`, {
        cause: error,
      });
    }
    cleanUp(t, () => execFileSync('umount', ['-l', dir]));
    return new SmallDisk(dir);
  }

  /** Leaves no room at all. */
  fill(): void {
    const file = openSync(this.#filler, 'a');
    for (let size = 1 << 20; size >= 1; size >>= 1) {
      const block = Buffer.alloc(size, 1);
      try {
        for (;;) if (writeSync(file, block) < size) break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    }
    closeSync(file);
  }

  empty(): void {
    rmSync(this.#filler, { force: true });
  }
}
