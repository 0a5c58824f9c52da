import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Report } from '../prove/report.ts';
import { LATEST, PROOF_PAGE, proofPage } from '../scripts/write-proof.ts';
import { readJson, readText } from './source-files.ts';

test('PROVE-11: the page of the proof has the figures of the latest run', () => {
  const page = readText(PROOF_PAGE);
  assert.equal(page, proofPage(page, readJson(LATEST) as Report), 'run: node scripts/write-proof.ts');
});
