/**
 * What the main thread and its watchdog share: a beat, a count of the turns that sessions' code had, whether a debugger may
 * have stopped the world, and the text of what runs now.
 */
export const WATCH_BYTES = 1_024;
/** Places in the words of the record. */
export const BEAT = 0;
export const TURN = 1;
export const LENGTH = 2;
export const DEBUGGED = 3;
/** Where the watchdog sleeps; it is woken there to end. */
export const SLEEP = 4;
/** Where the text begins, in bytes. */
export const TEXT_AT = 32;

/** What never returned. */
export type HungCommand = {
  readonly session: string;
  /** Name of the command, or of the part of the session's code. */
  readonly what: string;
  /** Wall-clock milliseconds at which it was given up, and how long it had run at least. */
  readonly at: number;
  readonly ms: number;
};

/** Name of the file, in the data directory, that says what the process was ended for. */
export const HUNG_FILE = 'hung.json';

/** What a file says; undefined for anything else. */
export function parseHung(text: string): HungCommand | undefined {
  try {
    const { session, what, at, ms }: Record<string, unknown> = Object(JSON.parse(text));
    if (typeof session !== 'string' || typeof what !== 'string' || typeof at !== 'number' || typeof ms !== 'number') return undefined;
    return { session, what, at, ms };
  } catch {
    return undefined;
  }
}
