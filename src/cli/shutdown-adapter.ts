import type { Server } from '../server/index.ts';

/** Clients and requests are cut off then; what is left is to close the store. */
const DEADLINE_MS = 10_000;
const LAST_DEADLINE_MS = 15_000;

/**
 * Ends the process in order when asked: clients are asked to come back, what is under way is finished, within a deadline. Asked twice, it ends at once, which
 * is as safe as a kill: nothing was shown that is not stored.
 */
export function stopOnSignals(server: Server, note: (line: string) => void): void {
  let asked = false;
  const stop = (signal: string): void => {
    if (asked) process.exit(1);
    asked = true;
    note(`${signal}: stopping. Once more ends at once.`);
    setTimeout(() => process.exit(1), LAST_DEADLINE_MS).unref();
    server.drain({ deadlineMs: DEADLINE_MS }).then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}

/** The store cannot get back on its feet: only a new process can read what is really on the disk. */
export function exitBroken(message: string): void {
  process.stderr.write(`${message}\n`, () => process.exit(1));
}
