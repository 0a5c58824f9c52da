import { defineSession } from '../../src/definition/define-session.ts';
import { notes } from '../../src/testing/short-lived.ts';
import { scoreOne, scoreTwo } from '../kill-steps/score.ts';
import { ledger } from '../live-server/ledger.ts';

/** Put away as soon as it has ended, and kept for good. */
const keepsake = defineSession('keepsake', {
  version: 1,
  initial: () => ({}),
  policies: { cleanup: { completedAfterMs: 0, deleteAfterMs: null } },
});

/** What the servers of these tests run; `version` is that of the score, which migrates. */
export function definitionsAt(version: 1 | 2) {
  return [ledger, version === 1 ? scoreOne : scoreTwo, notes, keepsake];
}
