import type { JsonValue } from '../protocol/json.ts';

const SESSION = 'mW3mPB7HkTj0q1bXUz2y4g';

/** Of acts that sessions and campaigns share. */
const ACTS: Readonly<Record<string, JsonValue>> = {
  join: { role: 'player' },
  rename: { name: 'Friday night' },
  changeRole: { participant: 'otto', role: 'player' },
  handOver: { participant: 'otto' },
  transfer: { participant: 'otto' },
  kick: { participant: 'otto', reason: 'shouting' },
  ban: { participant: 'otto', reason: 'shouting' },
  unban: { participant: 'otto' },
  erasePerson: { participant: 'otto' },
  lock: { locked: true },
};

const INVITE = { role: 'player', uses: 2, expiresInMs: 3_600_000, label: 'for the crew' };

const BODIES: Readonly<Record<string, JsonValue>> = {
  devToken: { name: 'Ada' },
  createSession: { type: 'tabletop', name: 'Friday night', access: 'open' },
  startSession: {},
  pauseSession: { reason: 'dinner' },
  resumeSession: {},
  endSession: { reason: 'The story is told.' },
  runCommand: { name: 'roll', args: { sides: 20 } },
  openStream: { t: 'hello', version: 1, session: SESSION },
  postFrames: [{ t: 'command', n: 1, low: 1, name: 'roll', args: { sides: 20 } }],
  createWatchTicket: {},
  createCampaign: { name: 'The long road' },
  describeCampaign: { text: 'Fridays at eight.' },
  archiveCampaign: { archived: true },
  createInvite: INVITE,
  createCampaignInvite: INVITE,
  revokeInvite: {},
  revokeCampaignInvite: {},
  previewInvite: { token: 'q3vV0xZbqE7nN2mT5uR8kYdL1hG' },
  redeemInvite: { token: 'q3vV0xZbqE7nN2mT5uR8kYdL1hG', name: 'Otto' },
  claimGuest: { guest: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' },
  adminEvictConnection: { reason: 'Spam.' },
  adminEndSession: { reason: 'Abuse.' },
  adminErasePerson: { participant: 'otto' },
  adminRecoverSession: { to: 41, dryRun: true, reason: 'bad disk' },
  adminSnapshotSession: {},
  adminRetryDeadLetters: { webhook: 'ledger' },
  adminBackup: { file: 'friday.db' },
  adminExportSession: { file: 'friday.session.gz' },
  adminImportSession: { file: 'friday.session.gz' },
};

/** What a body may look like, by the name of the route. */
export function bodyExample(route: string): JsonValue | undefined {
  return BODIES[route] ?? ACTS[route.replace(/(Session|Campaign)$/, '')];
}
