import type { DeedName } from './deeds.ts';
import type { Aim } from './stepping.ts';

/** A place in the code at which a server can end: what it is called, what leads there, and the step that it is. */
export type CrashPoint = Omit<Aim, 'point'> & { readonly name: string; readonly deed: DeedName };

function pointsOf(deed: DeedName, steps: Readonly<Record<string, Omit<Aim, 'point'> | string>>): CrashPoint[] {
  return Object.entries(steps).map(([name, aim]) => ({
    name: `${deed}: ${name}`,
    deed,
    ...(typeof aim === 'string' ? { step: aim } : aim),
  }));
}

const EVENTS = '^store: did INSERT INTO events';
const CLAIM = '^store: did UPDATE heads SET epoch';
const COMMIT = '^store: COMMIT';
const COMMITTED = '^store: did COMMIT';

/** Every named point. The run fails when one of them is not reached. */
export const POINTS: readonly CrashPoint[] = [
  ...pointsOf('append', {
    'not handed over': '^main: append .*append by member',
    'transaction begun': '^store: did BEGIN IMMEDIATE',
    'head moved, event not written': '^store: did UPDATE heads SET seq',
    'written, not committed': { from: EVENTS, step: COMMIT },
    'committed, not answered': { from: EVENTS, step: COMMITTED },
    'durable, nothing sent': '^main: did append .*append by member',
    'in the middle of a delivery': { from: '^main: did append .*append by member', step: '^main: within send' },
    'between two deliveries': { from: '^main: did append .*append by member', step: '^main: send', at: 2 },
    'after some deliveries': { from: '^main: did append .*append by member', step: '^main: send', at: 5 },
  }),
  ...pointsOf('create', {
    'not handed over': '^main: append .*@create',
    'row written, not committed': { from: '^store: did INSERT INTO sessions', step: COMMIT },
    'committed, not answered': { from: '^store: did INSERT INTO sessions', step: COMMITTED },
    'durable, not told': '^main: did append .*@create',
  }),
  ...pointsOf('open', {
    'locked': '^store: did PRAGMA user_version',
    'taken over': '^store: did INSERT INTO meta',
    'settled': '^store: did UPDATE meta SET value = value . 1 WHERE key = .touch',
    'places written': '^store: did INSERT OR IGNORE INTO places',
    'head record named': '^store: did rename .*head-record',
    'open': '^main: did open',
  }),
  ...pointsOf('wake', {
    'not claimed': '^main: claim',
    'claimed, not committed': { from: CLAIM, step: COMMIT },
    'claimed, not answered': { from: CLAIM, step: COMMITTED },
    'claimed': '^main: did claim',
    'snapshot read': '^main: did readSnapshot',
    'events read': '^main: did read$',
    'return not written': '^main: append .*@reconnect',
    'return written, token not sent': '^main: did append .*@reconnect',
  }),
  ...pointsOf('migrate', {
    'not claimed': '^main: claim',
    'not handed over': '^main: append .*@migrate',
    'written, not committed': { from: CLAIM, step: EVENTS },
    'durable, nothing sent': '^main: did append .*@migrate',
  }),
  ...pointsOf('reconnect', {
    'new token not written': '^main: append .*@reconnect',
    'new token written, not sent': '^main: did append .*@reconnect',
  }),
  ...pointsOf('snapshot', {
    'not written': '^store: INSERT INTO snapshots',
    'written, not committed': '^store: did INSERT INTO snapshots',
    'old ones dropped, not committed': '^store: did DELETE FROM snapshots WHERE session = .1 AND seq NOT IN',
    'committed, not answered': { from: '^store: did INSERT INTO snapshots', step: COMMITTED },
  }),
  ...pointsOf('large snapshot', {
    'read in a thread of its own': '^snapshot: did SELECT',
    'made, not kept': '^main: keepSnapshot',
    'begun': { from: '^store: did INSERT INTO unused_parts', step: COMMITTED },
    'a part written, not committed': '^store: did INSERT INTO snapshot_parts',
    'parts written': { from: '^store: did INSERT INTO snapshot_parts', step: COMMITTED, at: 2 },
    'whole, not committed': '^store: did DELETE FROM unused_parts WHERE number = . *$',
    'kept': '^main: did keepSnapshot',
  }),
  ...pointsOf('invite', {
    'not handed over': '^main: append .*@invite',
    'hash written, not committed': { from: '^store: did INSERT INTO invites', step: COMMIT },
    'durable, token not told': '^main: did append .*@invite',
    'join not handed over': '^main: append .*@join',
    'join durable, not told': '^main: did append .*@join',
  }),
  ...pointsOf('pause', {
    'not handed over': '^main: append .*@pause',
    'act written, not committed': { from: '^store: did INSERT INTO acts', step: COMMIT },
    'durable, nothing sent': '^main: did append .*@pause',
    'going on, not handed over': '^main: append .*@resume',
    'going on, nothing sent': '^main: did append .*@resume',
  }),
  ...pointsOf('timer', {
    'not set': '^main: append .*later by',
    'set, not told': '^main: did append .*later by',
    'due, not handed over': '^main: append .*append by system',
    'run, nothing sent': '^main: did append .*append by system',
  }),
  ...pointsOf('cleanup', {
    'end not handed over': '^main: append .*@end by',
    'end durable, not told': '^main: did append .*@end by',
    'history written, not committed': { from: '^store: did INSERT INTO history ', step: COMMIT },
    'archive written, not named': '^main: name the whole',
    'archive named': '^main: did name the whole',
    'events not pruned': '^main: prune',
    'pruned, not committed': '^store: did INSERT OR REPLACE INTO bases',
    'pruned': '^main: did prune',
    'archived, not said': '^main: append .*@archive',
    'archived': '^main: did append .*@archive',
    'archive not deleted': '^main: remove /.*jsonl',
    'archive deleted': '^main: did remove /.*archive.*jsonl',
    'session not removed': '^main: remove$',
    'removed, not committed': { from: '^store: did DELETE FROM sessions', step: COMMIT },
    'removed, not answered': { from: '^store: did DELETE FROM sessions', step: COMMITTED },
    'removed': '^main: did remove$',
    'rest of its rows swept, not committed': '^store: did DELETE FROM trash',
    'traces not wiped': '^main: wipe',
    'wiped': '^main: did wipe',
  }),
  ...pointsOf('recover', {
    'not marked': '^main: quarantine',
    'marked, not committed': '^store: did INSERT OR REPLACE INTO quarantine',
    'marked': '^main: did quarantine',
    'not taken back': '^main: rewind',
    'set aside, not committed': '^store: did INSERT INTO set_aside',
    'taken back, not committed': { from: '^store: did UPDATE sessions SET log_id', step: COMMIT },
    'taken back, not answered': { from: '^store: did UPDATE sessions SET log_id', step: COMMITTED },
    'taken back': '^main: did rewind',
  }),
  ...pointsOf('erase', {
    'asked, not written': '^main: append .*@erase by',
    'asked': '^main: did append .*@erase by',
    'not begun': '^main: erase$',
    'contents gone, not committed': '^store: did UPDATE events SET data',
    'done, not said': '^main: append .*@erased by',
    'done': '^main: did append .*@erased by',
  }),
  ...pointsOf('backup', {
    'not begun': '^main: backup',
    'in the middle of the copy': '^backup: within VACUUM',
    'copied, not synced': '^backup: sync',
    'synced, not named': '^backup: name the whole',
    'named': '^backup: did name the whole',
  }),
  ...pointsOf('restore', {
    'remains not removed': '^main: remove ',
    'remains removed, not copied': '^main: copy',
    'in the middle of the copy': '^main: within copy',
    'copied, not synced': '^main: sync',
    'synced, not named': '^main: name the whole',
    'named': '^main: did name the whole',
  }),
  ...pointsOf('webhook', {
    'written, not committed': { from: '^store: did INSERT INTO outbox', step: COMMIT },
    'waits, not sent': { from: '^main: did append .*@create', step: '^main: outbox' },
    'answered, not marked': '^main: markOutbox',
    'marked, not committed': '^store: did DELETE FROM outbox',
    'marked': '^main: did markOutbox',
  }),
  ...pointsOf('drain', {
    'last snapshots not handed over': { from: '^main: send', step: '^main: append' },
    'last snapshots written, not committed': { from: '^store: did INSERT INTO snapshots', step: COMMIT },
    'store not closed': '^main: close',
    'head record not named': '^store: rename .*head-record',
    'closed': '^main: did close',
  }),
];
