import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.ts';

/** Without a sandbox (containers have none) and without talk to anything but the page's server. */
export const CHROMIUM_ARGUMENTS = ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-gpu'];

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS });
}

export function chromiumPath(): string {
  const path = findChromium();
  if (path === undefined) throw new Error('Chromium was not found: install it or set HOLDFAST_CHROMIUM to the path of one.');
  return path;
}
