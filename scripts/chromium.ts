import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runProgram } from './run-tool.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome.exe', 'msedge.exe'];
const PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of the Chromium that the browser tests use: `HOLDFAST_CHROMIUM`, or the first one found in the usual places. */
export function findChromium(): string | undefined {
  const chosen = process.env['HOLDFAST_CHROMIUM'];
  if (chosen !== undefined && chosen !== '') return chosen;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const onPath = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...PLACES].find(isProgram);
}

/**
 * Finds Chromium, installing Debian's by apt-get where that can work (Debian or Ubuntu, as root).
 * Returns an error text, naming the command that helps, where it cannot.
 */
export function ensureChromium(): { readonly path: string } | { readonly error: string } {
  const found = findChromium();
  if (found !== undefined) {
    return isProgram(found) ? { path: found } : { error: `HOLDFAST_CHROMIUM names ${found}, which is not a program here.` };
  }
  const canInstall = process.platform === 'linux' && process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (canInstall) installChromium();
  const path = findChromium();
  return path === undefined ? { error: adviceFor(process.platform) } : { path };
}

function installChromium(): void {
  console.log('The browser tests need Chromium; installing it with apt-get.');
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  runProgram('apt-get', ['update', '-q'], { output: 'show', env });
  runProgram('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], { output: 'show', env });
}

function adviceFor(platform: NodeJS.Platform): string {
  const commands: Partial<Record<NodeJS.Platform, string>> = {
    linux: 'sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium',
    darwin: 'brew install --cask chromium',
    win32: 'winget install Google.Chrome',
  };
  const command = commands[platform] ?? 'install Chromium';
  return `The browser tests need Chromium, and none was found. Run:\n\n    ${command}\n\nor set HOLDFAST_CHROMIUM to the path of one.`;
}
