// Checks what would be published: packs it, installs the tarball in an empty project, type-checks the README's example
// there under plain `strict`, and runs it with plain Node on the built package.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, runProgram, toolPath } from './run-tool.ts';

type Manifest = {
  readonly version: string;
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string } | string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;
const workspace = mkdtempSync(join(tmpdir(), 'holdfast-package-'));

function step(what: string, ok: boolean, details: string): void {
  if (!ok) throw new Error(`${what}: failed\n${details}`);
  console.log(`${what}: ok`);
}

function run(what: string, program: string, args: readonly string[], cwd: string): string {
  const result = runProgram(program, args, { cwd, output: 'keep', timeoutMs: 300_000 });
  step(what, result.ok, result.output);
  return result.output;
}

/** The README's complete example: its block of code marked `run`. */
function readExample(): string {
  const text = /^```ts run[^\n]*\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))?.[1];
  if (text === undefined) throw new Error('README.md has no example marked ```ts run');
  return text;
}

function pack(): string {
  run('build and pack', 'npm', ['pack', '--pack-destination', workspace], ROOT);
  const tarball = readdirSync(workspace).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack made no tarball');
  return join(workspace, tarball);
}

function checkContents(project: string): void {
  const installed = join(project, 'node_modules/holdfast');
  const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
  const strange = files.filter(
    (file) =>
      /\.test\.|\.test-d\.|^(src|test|examples|bench|prove|scripts)\b/.test(file) || (/\.tsx?$/.test(file) && !file.endsWith('.d.ts')),
  );
  step('no tests and no sources are packed', strange.length === 0, strange.join('\n'));
  const missing = Object.values(manifest.exports)
    .flatMap((to) => (typeof to === 'string' ? [to] : [to.types, to.default]))
    .filter((path) => !existsSync(join(installed, path)));
  step('every exported file is packed', missing.length === 0, missing.join('\n'));
}

function writeProject(project: string, tarball: string): void {
  const { devDependencies } = manifest;
  mkdirSync(project);
  const dependencies = { holdfast: `file:${tarball}`, zod: manifest.dependencies['zod'] };
  const forTypes = { '@types/node': devDependencies['@types/node'] };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies, devDependencies: forTypes }));
  const compilerOptions = {
    target: 'ES2024',
    module: 'nodenext',
    strict: true,
    noEmit: true,
    types: ['node'],
    allowImportingTsExtensions: true,
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  writeFileSync(join(project, 'example.ts'), readExample());
  const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
  const imports = entries.map((entry, index) => `import * as entry${index} from 'holdfast${entry.slice(1)}';`);
  writeFileSync(
    join(project, 'entries.ts'),
    `${imports.join('\n')}\nconsole.log([${entries.map((_, index) => `entry${index}`).join(', ')}].length);\n`,
  );
  // Types that had become `any` on the way would let this through.
  const wrong = "import { createServer } from 'holdfast/server';\n// @ts-expect-error the options are missing\ncreateServer({});\n";
  writeFileSync(join(project, 'wrong.ts'), wrong);
}

function main(): void {
  const project = join(workspace, 'project');
  const tarball = pack();
  writeProject(project, tarball);
  run('install in an empty project', 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'], project);
  checkContents(project);
  run('type-check under plain strict', toolPath('tsc'), ['-p', '.'], project);
  run('load every entry', process.execPath, ['entries.ts'], project);
  const printed = run('run the example', process.execPath, ['example.ts'], project);
  console.log(printed.trimEnd().replace(/^/gm, '    '));
  const holdfast = join(project, 'node_modules/.bin/holdfast');
  run('holdfast --version', holdfast, ['--version'], project);
  run('holdfast demo', holdfast, ['demo'], project);
}

try {
  main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(workspace, { recursive: true, force: true });
}
