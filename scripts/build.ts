// Emits what is published: JavaScript and declarations of src, without the tests.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fail, ROOT, runProgram, toolPath } from './run-tool.ts';

rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
const built = runProgram(toolPath('tsc'), ['-p', 'tsconfig.build.json'], { output: 'show' });
if (!built.ok) fail('The build failed: see the errors above.');
