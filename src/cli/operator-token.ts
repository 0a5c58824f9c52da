import { CliError, EXIT } from './cli-error.ts';

/**
 * Whether a token is meant for the routes of operators, as it says itself: only to choose the route. The server decides what
 * it is worth.
 */
export function isOperatorToken(token: string): boolean {
  const [header, payload] = token.split('.', 2).map(decode);
  const { typ }: { typ?: unknown } = Object(header);
  const { aud, scope }: { aud?: unknown; scope?: unknown } = Object(payload);
  return (
    typ === 'holdfast-operator+jwt' ||
    aud === 'holdfast-operator' ||
    (Array.isArray(aud) && aud.includes('holdfast-operator')) ||
    scope !== undefined
  );
}

/** For what players cannot do. */
export function needOperatorToken(token: string | undefined): string {
  if (token !== undefined && isOperatorToken(token)) return token;
  throw new CliError(
    EXIT.usage,
    'This takes an operator’s token: HOLDFAST_TOKEN, made with `holdfast token --operator --sub <you> --scope <scopes>`.',
  );
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}
