import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../scripts/chromium.ts';

/** Chromium without a sandbox (containers have none) and without talk to anything but the page's server. */
export function openBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium was not found: install it or set HOLDFAST_CHROMIUM to the path of one.');
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-quic', '--disable-background-networking', '--disable-gpu'] });
}
