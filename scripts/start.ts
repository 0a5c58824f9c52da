// npm start: builds the tabletop's web app when it is missing or older than its sources, then becomes a development
// server that plays it. Arguments go to `holdfast serve`: npm start -- --port 9000 --dir ./elsewhere
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { fail, ROOT, runProgram, toolPath } from './run-tool.ts';

const EXAMPLE = 'examples/tabletop';
const WEB = join(ROOT, EXAMPLE, 'dist');
/** What the web app is built from. */
const SOURCES = [
  `${EXAMPLE}/*.{ts,html}`,
  `${EXAMPLE}/web/**/*`,
  'src/{protocol,state,definition,connection,client}/**/*.ts',
  'package-lock.json',
];

function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function isStale(): boolean {
  const builtAt = changedAt(join(WEB, 'index.html'));
  const sources = globSync(SOURCES, { cwd: ROOT }).filter((path) => !path.includes('.test.'));
  return sources.some((path) => changedAt(join(ROOT, path)) > builtAt);
}

function buildWeb(): void {
  console.log('Building the tabletop’s web app ...');
  const built = runProgram(toolPath('vite'), ['build', EXAMPLE, '--logLevel', 'warn'], { output: 'show' });
  if (!built.ok) fail('The web app could not be built: see the errors above.');
}

if (isStale()) buildWeb();
// This process supervises the server: one that is killed is started again, and ends with this process.
const cli = join(ROOT, 'src/cli/main.ts');
const asked = process.argv.slice(2);
process.argv = [
  process.execPath,
  cli,
  'serve',
  join(EXAMPLE, 'game.ts'),
  '--dev',
  '--static',
  WEB,
  '--dir',
  'holdfast-data',
  '--log-level',
  'warn',
  ...asked,
];
await import(pathToFileURL(cli).href);
