import { defineSession } from '../definition/define-session.ts';

/** A type of session that is put away as soon as it has ended, and deleted as soon as it was put away. */
export const notes = defineSession('notes', {
  version: 1,
  initial: () => ({}),
  policies: { cleanup: { completedAfterMs: 0, deleteAfterMs: 0 } },
});
