import type { Database } from './sqlite-database-adapter.ts';
import { integerIn } from './sql-row.ts';
import { StoreError } from './store.ts';

/** Names the file as ours to `file` and the sqlite3 shell: `HFST`. */
export const APPLICATION_ID = 0x48465354;

/**
 * Each step takes the schema one version further; version n is reached after the first n steps. Steps are never edited
 * once released, only added.
 *
 * Version 1. The hot path touches as few pages as it can, because each changed page costs a commit about 5 us: events are
 * appended to one table whatever their session, so that a batch of a hundred sessions changes ten pages instead of a
 * hundred; where a session's events stand (`places`) is written later, in sorted bulk, up to the row named in
 * `meta.placed`, and rows after that one are found by looking through them. What changes with every append (`heads`) is
 * narrow and apart from what is listed (`sessions`).
 *
 * A log that was pruned begins after its row of `bases`. `trash` names whose event rows below which seq are still to be
 * deleted, so that a long log goes in small steps; nothing else leads to them any more. `staged` names sessions that are
 * being taken in and cannot be found yet. The last row of `events` is
 * emptied instead of deleted, because the head record counts on the row numbers never going back. `removed` keeps the
 * sessions that a head record on the disk may still name, or name with a head that was taken back; `archives` those that
 * live on in an archive. `quarantine` marks sessions that wait for an operator; `set_aside` keeps what a recovery took out
 * of a log. The data of a large snapshot stands in `snapshot_parts`; `unused_parts` names those that no snapshot leads to.
 * `meta.owner` counts those who have opened the file for writing: only the last of them may write.
 */
export const SCHEMA_STEPS: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
   INSERT INTO meta (key, value) VALUES ('placed', 0), ('touch', 0), ('development', 0), ('rev', 0), ('traces', 0),
     ('created', 0), ('live', 0), ('ended', 0), ('archived', 0), ('deleted', 0);
   CREATE TABLE sessions (
     number INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL UNIQUE, log_id TEXT NOT NULL, rev INTEGER NOT NULL,
     type TEXT NOT NULL, definition_version INTEGER NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL,
     owner TEXT NOT NULL, owner_name TEXT NOT NULL, campaign TEXT, access TEXT NOT NULL, listed INTEGER NOT NULL,
     seats INTEGER NOT NULL, max_seats INTEGER, created_at INTEGER NOT NULL, next_due_at INTEGER, cleanup_at INTEGER, listing TEXT,
     folded_name TEXT NOT NULL);
   CREATE INDEX sessions_by_rev ON sessions (rev);
   CREATE INDEX sessions_by_creation ON sessions (created_at, session);
   CREATE INDEX sessions_by_type ON sessions (type, created_at, session);
   CREATE INDEX sessions_by_version ON sessions (type, definition_version);
   CREATE INDEX sessions_by_status ON sessions (status, created_at, session);
   CREATE INDEX sessions_by_owner ON sessions (owner, created_at, session);
   CREATE INDEX sessions_by_campaign ON sessions (campaign, created_at, session) WHERE campaign IS NOT NULL;
   CREATE INDEX sessions_by_due ON sessions (next_due_at, session) WHERE next_due_at IS NOT NULL;
   CREATE INDEX sessions_by_cleanup ON sessions (cleanup_at, session) WHERE cleanup_at IS NOT NULL;
   CREATE VIRTUAL TABLE names USING fts5 (name, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1');
   INSERT INTO names (names, rank) VALUES ('automerge', 0), ('crisismerge', 200);
   CREATE TABLE unindexed (session INTEGER PRIMARY KEY);
   CREATE TABLE heads (
     number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, updated_at INTEGER NOT NULL);
   CREATE TABLE events (id INTEGER PRIMARY KEY, session INTEGER NOT NULL, first_seq INTEGER NOT NULL, data BLOB NOT NULL);
   CREATE TABLE places (
     session INTEGER NOT NULL, first_seq INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (session, first_seq)) WITHOUT ROWID;
   CREATE TABLE bases (session INTEGER PRIMARY KEY, seq INTEGER NOT NULL, hash BLOB NOT NULL);
   CREATE TABLE trash (session INTEGER PRIMARY KEY, below INTEGER NOT NULL);
   CREATE TABLE staged (session INTEGER PRIMARY KEY);
   CREATE TABLE removed (session TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE archives (session TEXT PRIMARY KEY) WITHOUT ROWID;
   CREATE TABLE quarantine (
     session INTEGER PRIMARY KEY, kind TEXT NOT NULL, reason TEXT NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL);
   CREATE TABLE set_aside (
     id INTEGER PRIMARY KEY, session INTEGER NOT NULL, log_id TEXT NOT NULL, first_seq INTEGER NOT NULL, data BLOB NOT NULL, at INTEGER NOT NULL);
   CREATE INDEX set_aside_by_session ON set_aside (session);
   CREATE TABLE snapshots (
     id INTEGER PRIMARY KEY, session INTEGER NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, checksum BLOB NOT NULL,
     data BLOB NOT NULL, parts INTEGER);
   CREATE UNIQUE INDEX snapshots_by_seq ON snapshots (session, seq);
   CREATE TABLE snapshot_parts (id INTEGER PRIMARY KEY, number INTEGER NOT NULL, data BLOB NOT NULL);
   CREATE INDEX snapshot_parts_by_number ON snapshot_parts (number, id);
   CREATE TABLE unused_parts (number INTEGER PRIMARY KEY, session INTEGER NOT NULL);
   CREATE TRIGGER unused_after_snapshot AFTER DELETE ON snapshots WHEN old.parts IS NOT NULL BEGIN
     INSERT OR IGNORE INTO unused_parts (number, session) VALUES (old.parts, old.session);
   END;
   CREATE TABLE invites (hash TEXT PRIMARY KEY, session INTEGER NOT NULL, invite TEXT NOT NULL) WITHOUT ROWID;
   CREATE INDEX invites_by_session ON invites (session);
   CREATE TABLE acts (
     id INTEGER PRIMARY KEY, session INTEGER NOT NULL, seq INTEGER NOT NULL, at INTEGER NOT NULL, who TEXT NOT NULL, subject TEXT,
     what TEXT NOT NULL);
   CREATE INDEX acts_by_time ON acts (at);
   CREATE INDEX acts_by_session ON acts (session, at);
   CREATE INDEX acts_by_who ON acts (who, at);
   CREATE INDEX acts_by_subject ON acts (subject, at) WHERE subject IS NOT NULL;
   CREATE TABLE history (
     number INTEGER PRIMARY KEY, session TEXT NOT NULL UNIQUE, type TEXT NOT NULL, campaign TEXT, started_at INTEGER NOT NULL,
     ended_at INTEGER, people TEXT NOT NULL, data TEXT NOT NULL);
   CREATE INDEX history_by_start ON history (started_at, session);
   CREATE INDEX history_by_campaign ON history (campaign, started_at, session) WHERE campaign IS NOT NULL;
   CREATE TABLE history_people (
     person TEXT NOT NULL, started_at INTEGER NOT NULL, session TEXT NOT NULL, PRIMARY KEY (person, started_at, session)) WITHOUT ROWID;
   CREATE TABLE outbox (
     number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, target TEXT NOT NULL, session TEXT NOT NULL, body TEXT NOT NULL,
     created_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_try_at INTEGER NOT NULL, dead INTEGER NOT NULL, failure TEXT);
   CREATE INDEX outbox_by_target ON outbox (dead, target, number);`,
];

/** Version of the schema that this program writes. */
export const SCHEMA_VERSION = SCHEMA_STEPS.length;

/** Reads which schema a file has (0: empty), refusing what this program cannot or must not touch. Changes nothing. */
export function checkSchema(db: Database, dir: string): number {
  const version = readPragma(db, 'user_version');
  const application = readPragma(db, 'application_id');
  if (application !== APPLICATION_ID && !isEmpty(db)) {
    throw new StoreError('unusable', `The database in ${dir} was not made by Holdfast; use another directory.`);
  }
  if (version > SCHEMA_VERSION) {
    const numbers = `schema ${version}, this program knows up to ${SCHEMA_VERSION}`;
    throw new StoreError(
      'newer',
      `The data in ${dir} was written by a newer version of Holdfast (${numbers}); run that version or a later one.`,
    );
  }
  return version;
}

/** Brings a file to the current schema, each step in a transaction of its own. */
export function migrateSchema(db: Database, from: number, steps: readonly string[] = SCHEMA_STEPS): void {
  for (const [index, step] of steps.entries()) {
    if (index < from) continue;
    db.exec(`BEGIN IMMEDIATE; ${step} PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** The number that a pragma reports. */
export function readPragma(db: Database, name: string): number {
  const row = db.prepare(`PRAGMA ${name}`).get() ?? {};
  return integerIn(row, Object.keys(row)[0] ?? name);
}

function isEmpty(db: Database): boolean {
  return db.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
}
