import type { BuiltInCommand } from './built-in.ts';
import { erase } from './erasure.ts';
import { createInvite, revokeInvite } from './invites.ts';
import { add, changeMember, claim, join } from './joining.ts';
import { ban, kick, leave, lock, unban } from './moderation.ts';
import { changeProfile, changeRole, handOver, renameSession, transferOwnership } from './roles.ts';
import {
  abandonSession,
  archiveSession,
  pauseSession,
  reactivateSession,
  resumeSession,
  startSession,
  warnSession,
} from './lifecycle-commands.ts';
import { endSession } from './ending.ts';

/** Every command that all sessions have, by name. Coming (`@join`, `@connect`, ...) and being lost are events of connections, not commands. */
export const BUILT_INS: ReadonlyMap<string, BuiltInCommand> = new Map([
  ['@join', join],
  ['@add', add],
  ['@member', changeMember],
  ['@claim', claim],
  ['@leave', leave],
  ['@start', startSession],
  ['@pause', pauseSession],
  ['@resume', resumeSession],
  ['@warn', warnSession],
  ['@abandon', abandonSession],
  ['@reactivate', reactivateSession],
  ['@end', endSession],
  ['@archive', archiveSession],
  ['@rename', renameSession],
  ['@profile', changeProfile],
  ['@role', changeRole],
  ['@hand-over', handOver],
  ['@transfer', transferOwnership],
  ['@kick', kick],
  ['@ban', ban],
  ['@unban', unban],
  ['@lock', lock],
  ['@erase', erase],
  ['@invite', createInvite],
  ['@revoke-invite', revokeInvite],
]);
