import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES_PAGE, codesPage } from '../scripts/write-codes.ts';
import { readText } from './source-files.ts';

test('WIRE-9: the page of codes says what the table says', () => {
  assert.equal(readText(CODES_PAGE), codesPage(), 'run: node scripts/write-codes.ts');
});
