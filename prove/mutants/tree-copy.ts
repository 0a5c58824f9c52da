import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../test/source-files.ts';
import { mutated, type Mutant } from './mutant.ts';

/** The commit that a run looks at: what is not committed is not in it. */
export function currentCommit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
}

/** Files that differ between two commits. */
export function changedSince(before: string, after: string): ReadonlySet<string> {
  return new Set(execFileSync('git', ['diff', '--name-only', before, after], { cwd: ROOT, encoding: 'utf8' }).split('\n'));
}

/** A copy of one commit's files in a temporary directory, in which one thing at a time is wrong. */
export class TreeCopy {
  readonly directory: string;

  constructor(commit: string) {
    this.directory = mkdtempSync(join(tmpdir(), 'holdfast-mutants-'));
    const archive = execFileSync('git', ['archive', '--format=tar', commit], { cwd: ROOT, maxBuffer: 1 << 30 });
    execFileSync('tar', ['-x', '-C', this.directory], { input: archive });
    symlinkSync(join(ROOT, 'node_modules'), join(this.directory, 'node_modules'), 'dir');
    // Patches are applied by git, which needs a repository of its own to take paths from.
    execFileSync('git', ['init', '--quiet'], { cwd: this.directory });
    mkdirSync(join(this.directory, 'holdfast-data'), { recursive: true });
  }

  read(file: string): string {
    return readFileSync(join(this.directory, file), 'utf8');
  }

  /** Does `work` while the change is made. */
  async withMutant<T>(mutant: Mutant, work: () => Promise<T>): Promise<T> {
    const text = this.read(mutant.file);
    return this.#while(
      () => writeFileSync(join(this.directory, mutant.file), mutated(text, mutant)),
      work,
      () => writeFileSync(join(this.directory, mutant.file), text),
    );
  }

  /** Does `work` while the patch is applied. */
  async withPatch<T>(patch: string, work: () => Promise<T>): Promise<T> {
    return this.#while(
      () => this.#apply(patch, []),
      work,
      () => this.#apply(patch, ['--reverse']),
    );
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 3 });
  }

  #apply(patch: string, flags: readonly string[]): void {
    execFileSync('git', ['apply', ...flags, '-'], { cwd: this.directory, input: patch, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  async #while<T>(begin: () => void, work: () => Promise<T>, end: () => void): Promise<T> {
    begin();
    try {
      return await work();
    } finally {
      end();
    }
  }
}
