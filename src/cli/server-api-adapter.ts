import { CliError, EXIT, type ExitCode } from './cli-error.ts';

const TIMEOUT_MS = 10_000;

/** Asks a running server; with a body it posts that. Rejects with `CliError`, whose exit code tells what kind of trouble it was. */
export async function askServer(
  url: string,
  route: string,
  token: string | undefined,
  body?: object,
  timeoutMs: number = TIMEOUT_MS,
): Promise<unknown> {
  if (token === undefined)
    throw new CliError(EXIT.usage, 'Signing in to a server takes a token, in HOLDFAST_TOKEN or --token: `holdfast token` makes one.');
  const address = `${url.replace(/\/+$/, '')}${route}`;
  const response = await request(address, token, body, timeoutMs);
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok) return answer;
  throw new CliError(exitCodeFor(response.status), `${address} answered ${response.status}: ${messageIn(answer)}`);
}

async function request(address: string, token: string, body: object | undefined, timeoutMs: number): Promise<Response> {
  const signal = AbortSignal.timeout(timeoutMs);
  const authorization = `Bearer ${token}`;
  try {
    if (body === undefined) return await fetch(address, { headers: { authorization }, signal });
    const headers = { authorization, 'content-type': 'application/json' };
    return await fetch(address, { method: 'POST', headers, body: JSON.stringify(body), signal });
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
