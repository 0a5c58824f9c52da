import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../../scripts/run-tool.ts';
import { mutated, type Mutant } from './mutant.ts';
import type { TreeCopy } from './tree-copy.ts';

/** What is unused because something was taken out is no reason not to count it. */
const PROJECT = {
  extends: './tsconfig.json',
  compilerOptions: { noUnusedLocals: false, noUnusedParameters: false, allowUnreachableCode: true },
  include: ['src'],
  exclude: ['src/**/*.test.ts'],
};

/**
 * Of each place the first candidate that compiles, until there are enough. Many files are changed at once, each in one place:
 * an error names its file.
 */
export async function firstThatCompile(
  copy: TreeCopy,
  places: readonly (readonly Mutant[])[],
  enough: number,
  say: (line: string) => void,
): Promise<readonly Mutant[]> {
  writeFileSync(join(copy.directory, 'tsconfig.mutants.json'), JSON.stringify(PROJECT));
  const found: Mutant[] = [];
  let open = places.map((candidates) => ({ candidates, tried: 0 }));
  while (open.length > 0 && found.length < enough) {
    const round = new Map<string, (typeof open)[number]>();
    for (const place of open) {
      const file = place.candidates[place.tried]?.file;
      if (file !== undefined && !round.has(file)) round.set(file, place);
    }
    const tried = [...round.values()].map((place) => place.candidates[place.tried++] as Mutant);
    const bad = await filesThatFail(copy, tried);
    const good = new Set(tried.filter(({ file }) => !bad.has(file)));
    found.push(...good);
    open = open.filter(({ candidates, tried: next }) => next < candidates.length && !good.has(candidates[next - 1] as Mutant));
    say(`${found.length} mutants compile`);
  }
  return found.slice(0, enough);
}

/** Which of the mutated files do not compile, each being tried alone where another file's error does not say whose it is. */
async function filesThatFail(copy: TreeCopy, mutants: readonly Mutant[]): Promise<ReadonlySet<string>> {
  const texts = new Map(mutants.map((mutant) => [mutant.file, copy.read(mutant.file)]));
  for (const mutant of mutants) writeFileSync(join(copy.directory, mutant.file), mutated(texts.get(mutant.file) ?? '', mutant));
  const failing = await check(copy.directory);
  for (const [file, text] of texts) writeFileSync(join(copy.directory, file), text);
  const isClear = [...failing].every((file) => texts.has(file));
  if (isClear || mutants.length === 1) return isClear ? failing : new Set(texts.keys());
  const half = Math.ceil(mutants.length / 2);
  const halves = [await filesThatFail(copy, mutants.slice(0, half)), await filesThatFail(copy, mutants.slice(half))];
  return new Set(halves.flatMap((files) => [...files]));
}

/** Files with errors. */
function check(directory: string): Promise<ReadonlySet<string>> {
  const child = spawn(toolPath('tsc'), ['-p', 'tsconfig.mutants.json', '--pretty', 'false'], { cwd: directory });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (output += text));
  return new Promise((resolve) => {
    child.once('close', () => resolve(new Set([...output.matchAll(/^(\S+?)\(\d+,\d+\): error/gm)].map(([, file]) => String(file)))));
  });
}
