import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import { OPERATORS_TYPE } from '../access/operators.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Seq, SessionId } from '../protocol/ids.ts';
import { replayAgainst, type LogReplay } from '../session/replay-against.ts';
import type { CatalogueRow, Store } from '../store/store.ts';
import { everySession } from './stored-recovery.ts';

export type { Divergence, LogReplay } from '../session/replay-against.ts';
export type { Difference } from '../session/replay-difference.ts';

/** Types whose code is the server's own. */
const OWN_TYPES: ReadonlySet<string> = new Set([CAMPAIGN_TYPE, OPERATORS_TYPE]);

/** Runs the log of one session, or of all, again with the code of these definitions. Changes nothing. */
export async function* replayStored(
  store: Store,
  definitions: readonly SessionDefinition[],
  { session, from }: { readonly session?: SessionId | undefined; readonly from?: Seq | undefined },
): AsyncGenerator<LogReplay> {
  for await (const row of session === undefined ? everySession(store) : found(store, session)) {
    if (session === undefined && OWN_TYPES.has(row.type)) continue;
    const definition = definitions.find(({ name }) => name === row.type);
    const replay = definition === undefined ? notOurs(row) : await replayAgainst(store, row.session, definition, from);
    if (replay !== undefined) yield replay;
  }
}

async function* found(store: Store, session: SessionId): AsyncGenerator<CatalogueRow> {
  const row = await store.get(session);
  if (row !== undefined) yield row;
}

function notOurs({ session, type, headSeq }: CatalogueRow): LogReplay {
  const reason = `the code defines no session type '${type}'`;
  const skipped = headSeq === 0 ? [] : [{ range: [1, headSeq] as const, reason }];
  return { session, type, verdict: 'skipped', headSeq, executed: 0, applied: 0, skipped };
}
