import type { SessionDefinition } from '../../src/definition/session-definition.ts';
import type { JsonObject } from '../../src/protocol/json.ts';
import { ledger } from '../live-server/ledger.ts';

/** The ledger as a later version: what it migrates leaves a note in the state. */
export function ledgerOf(version: number): SessionDefinition {
  const migrate = (state: JsonObject, from: number): void => {
    (state['notes'] as JsonObject)[`version ${version}`] = from;
  };
  return { ...ledger, version, migrate };
}
