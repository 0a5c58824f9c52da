// Keeps what this version writes and sends in test/released/<version>, for every later version to open:
//   node --conditions=holdfast-source scripts/keep-release.ts [--again]
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrame } from '../src/protocol/codec.ts';
import { keepData } from '../test/released/keep-data.ts';
import { keepTranscripts } from '../test/released/keep-transcripts.ts';
import { WELL_FORMED } from '../test/sample-frames.ts';
import { fail, ROOT } from './run-tool.ts';

const HELP = `Keeps a data directory, frames and conversations of this version in test/released/<version>; a test opens those of every
version with the code of today.

Run it once for each release, with the version already in package.json, and commit what it wrote together with the release.
What was released is never written anew: a difference there is a break of compatibility. As long as a version is not
released its formats may still change, on purpose; then --again writes its files anew.`;

const RELEASED = join(ROOT, 'test/released');

function frames(): string {
  const { client, server } = WELL_FORMED;
  const textOf = (frame: unknown): string => JSON.stringify(frame);
  const texts = {
    client: Object.fromEntries(Object.entries(client).map(([kind, frame]) => [kind, encodeFrame(frame)])),
    server: Object.fromEntries(
      Object.entries(server).map(([kind, frame]) => [kind, Array.isArray(frame) ? textOf(frame) : encodeFrame(frame)]),
    ),
  };
  return `${JSON.stringify(texts, null, 1)}\n`;
}

async function keep(again: boolean): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const target = join(RELEASED, version);
  if (existsSync(target) && !again) fail(`test/released/${version} is there already. Only while ${version} is not released: --again.`);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const scratch = mkdtempSync(join(tmpdir(), 'holdfast-keep-'));
  await keepData(target, scratch);
  await keepTranscripts(target);
  writeFileSync(join(target, 'frames.json'), frames());
  rmSync(scratch, { recursive: true });
  console.log(`test/released/${version} holds what version ${version} writes and sends.`);
}

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--again')) console.log(HELP);
else await keep(args.includes('--again'));
