import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { reportPage } from '../../prove/report-page.ts';
import type { ProofReport, Report } from '../../prove/report.ts';
import { findFaults } from './accessibility.ts';
import { openBrowser } from './open-browser.ts';

const HELD: ProofReport = {
  name: 'kill',
  title: 'kill -9 under load',
  claim: 'Killed at any instant, a server loses nothing that it acknowledged.',
  unit: 'round',
  short: 100,
  long: 10_000,
  target: 10_000,
  done: 10_000,
  verdict: 'held',
  workSeconds: 3_600,
  memoryMb: 120,
  counts: { 'commands': 1_234_567, 'killed <between> "writes"': 12 },
  highest: { 'ms until back': 412.5 },
  mustOccur: ['commands'],
  unseen: [],
  wrong: [],
};
const what = `a-long-word-${'x'.repeat(300)}\n<script>alert(1)</script>`;
const WRONG: ProofReport = {
  ...HELD,
  name: 'power',
  verdict: 'wrong',
  done: 7,
  wrong: [{ unit: 6, what, repeat: 'npm run prove -- power' }],
};
const REPORT: Report = {
  at: '2026-11-20T12:00:00.000Z',
  form: 'long',
  seed: 7,
  seconds: 7_200,
  complete: false,
  versions: { holdfast: '0.1.0', commit: '0123456789abcdef', modified: false, sources: 'x', node: '26.10.0', sqlite: '3.53.4' },
  machine: { cpu: 'Some processor', cores: 2, memoryGb: 24, system: 'linux 6.1' },
  notes: ['Something to note.'],
  proofs: [
    HELD,
    WRONG,
    { ...HELD, verdict: 'unseen', unseen: ['lightning'] },
    { ...HELD, verdict: 'missing', done: 0, missing: 'no compiler; get one' },
    { ...HELD, verdict: 'not begun', done: 0 },
    { ...HELD, verdict: 'so far', done: 12 },
  ],
};

test('PROVE-12: the page has every proof with claim, figures and verdict, and loads nothing', () => {
  const page = reportPage(REPORT);
  for (const shown of [
    'Killed at any instant',
    '1,234,567',
    '412.5',
    'Wrong',
    'Never occurred',
    'no compiler; get one',
    'Not begun',
    'Held so far',
    'One wrong answer',
  ])
    assert.ok(page.includes(shown), shown);
  assert.doesNotMatch(page, /<script|<link|(?:src|href)=|url\((?!data:)|@import/);
  assert.ok(page.includes('&lt;script&gt;') && page.includes('killed &lt;between&gt; &quot;writes&quot;'), 'text stays text');
});

test('PROVE-12: the page is accessible and fits, in light and dark, on phones and desks', { timeout: 60_000 }, async (t) => {
  const [browser, folder] = [await openBrowser(), mkdtempSync(join(tmpdir(), 'holdfast-'))];
  t.after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, 'report.html');
  writeFileSync(file, reportPage(REPORT));
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [360, 1440]) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      await page.goto(pathToFileURL(file).href);
      for (const summary of await page.locator('summary').all()) await summary.click();
      assert.deepEqual(await findFaults(page, `${colorScheme}, ${width}`), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      await page.close();
    }
});
