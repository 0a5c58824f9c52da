CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
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
   CREATE INDEX outbox_by_target ON outbox (dead, target, number);