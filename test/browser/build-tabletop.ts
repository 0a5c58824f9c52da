import { runProgram, toolPath } from '../../scripts/run-tool.ts';

/** Builds the tabletop's web app into a folder. Throws with the tool's output when that fails. */
export function buildTabletop(folder: string): void {
  const built = runProgram(toolPath('vite'), ['build', 'examples/tabletop', '--logLevel', 'warn', '--outDir', folder], { output: 'keep' });
  if (!built.ok) throw new Error(built.output);
}
