import { CliError, EXIT, type ExitCode } from './cli-error.ts';

const TIMEOUT_MS = 10_000;

/** Asks a running server. Rejects with `CliError`, whose exit code tells what kind of trouble it was. */
export async function askServer(url: string, route: string, token: string | undefined): Promise<unknown> {
  if (token === undefined)
    throw new CliError(EXIT.usage, 'Signing in to a server takes a token: --token, HOLDFAST_TOKEN, or `holdfast token` to make one.');
  const address = `${url.replace(/\/+$/, '')}${route}`;
  const response = await request(address, token);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw new CliError(exitCodeFor(response.status), `${address} answered ${response.status}: ${messageIn(answer)}`);
}

async function request(address: string, token: string): Promise<Response> {
  try {
    return await fetch(address, { headers: { authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch (error) {
    throw new CliError(EXIT.unavailable, `No server answers at ${address}.`, { cause: error });
  }
}

function exitCodeFor(status: number): ExitCode {
  if (status === 404 || status === 410) return EXIT.notFound;
  return status >= 500 ? EXIT.unavailable : EXIT.failed;
}

function messageIn(answer: unknown): string {
  const error: unknown = Object(answer).error;
  const message: unknown = Object(error).message;
  return typeof message === 'string' ? message : 'no reason given';
}
