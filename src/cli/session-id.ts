import type { SessionId } from '../server/index.ts';
import { CliError, EXIT } from './cli-error.ts';

/** A session id as typed, or the log of the operators; anything else is said to be none. */
export function sessionIdOf(text: string): SessionId {
  if (!/^[A-Za-z0-9_-]{22}$/.test(text) && text !== 'operators')
    throw new CliError(EXIT.usage, `"${text}" is not the id of a session: those have 22 characters (\`holdfast sessions\` lists them).`);
  return text as SessionId;
}
