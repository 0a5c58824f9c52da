import type { SessionId } from '../protocol/ids.ts';
import type { Clock } from '../protocol/ports.ts';
import type { Store, StoreInfo } from '../store/store.ts';
import type { Logger } from './logger-adapter.ts';
import { forgetHung, readHung } from './watchdog-adapter.ts';

/** Where a server keeps what its watchdog writes; undefined where the store has no directory. */
export function directoryOf({ details }: StoreInfo): string | undefined {
  const { directory } = details;
  return typeof directory === 'string' ? directory : undefined;
}

/**
 * Quarantines the session for which the process before this one was ended. Before anything wakes: it would happen again. The
 * note is taken away only once the quarantine is stored, so a kill in between leaves it to the next start.
 */
export async function quarantineHung(store: Store, info: StoreInfo, clock: Pick<Clock, 'now'>, logger: Logger): Promise<void> {
  const dir = directoryOf(info);
  const hung = dir === undefined ? undefined : readHung(dir);
  if (dir === undefined || hung === undefined) return;
  const session = hung.session as SessionId;
  const row = await store.get(session);
  const reason = `never returned from ${hung.what} within ${hung.ms} ms`;
  if (row !== undefined) await store.quarantine(session, { kind: 'hung', reason, seq: row.headSeq, at: clock.now() });
  forgetHung(dir);
  // What makes the first state of a session runs before there is one.
  if (row === undefined) return logger.error({ reason }, 'code of a definition never returned');
  logger.error({ session, reason, command: `holdfast recover ${session} --to ${row.headSeq}` }, 'session quarantined');
}
