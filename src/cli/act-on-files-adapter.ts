import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { OperatorAct, Outcome } from '../server/index.ts';
import { sqliteStore, type ServerOptions, type Store } from '../server/index.ts';
import { withStoredSessions, type StoredSessions } from '../server/with-stored-sessions.ts';
import { CliError, EXIT } from './cli-error.ts';
import { exitCodeOfRefusal } from './refusal.ts';

/** What is to be done to the files of a stopped server. */
export type FileAct<T extends object> = Omit<OperatorAct, 'outcome'> & {
  readonly dir: string;
  /** Needed where a session has to be woken. */
  readonly definitions?: ServerOptions['sessions'] | undefined;
  readonly work: (stored: StoredSessions & { readonly store: Store }) => Promise<Outcome<T>>;
};

/**
 * Does something to the files of a stopped server, and writes into the log of the operators that it was done, by which user
 * of this machine. While a server holds the files nothing is done.
 */
export async function actOnFiles<T extends object>({ dir, definitions = [], work, ...act }: FileAct<T>): Promise<T> {
  if (!existsSync(dir)) throw new CliError(EXIT.notFound, `There is no directory ${dir}.`);
  const store = sqliteStore({ dir });
  const outcome = await withStoredSessions(store, definitions, (stored) =>
    stored.acts.perform(userName(), act, () => work({ ...stored, store })),
  );
  if (outcome.ok) return outcome;
  throw new CliError(exitCodeOfRefusal(outcome.code), outcome.message);
}

/** A name that an operator can have, whatever this machine calls its user. */
export function userName(): string {
  return `cli:${userInfo()
    .username.replace(/[^A-Za-z0-9._~@+=-]/g, '-')
    .slice(0, 64)}`;
}
