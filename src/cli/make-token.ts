import { isParticipantId } from '../server/auth.ts';
import type { Configuration } from '../server/configuration.ts';
import { jwtAuth, operatorAuth } from '../server/index.ts';
import { isScope, SCOPES } from '../server/operator-auth.ts';
import { CliError, EXIT } from './cli-error.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

export type TokenRequest = {
  readonly sub: string;
  readonly name?: string | undefined;
  readonly role?: string | undefined;
  readonly ttl: string;
  /** For an operator, with these scopes, separated by commas. */
  readonly operator?: boolean | undefined;
  readonly scope?: string | undefined;
};

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `holdfast token` */
export async function makeToken(request: TokenRequest, flags: Flags, surroundings: Surroundings): Promise<void> {
  const { configuration } = settingsOf(flags, surroundings);
  if (request.operator === true) return makeOperatorToken(request, configuration, flags, surroundings);
  if (request.scope !== undefined) throw new CliError(EXIT.usage, '--scope is for operators: give --operator too.');
  if (configuration.secret === undefined)
    throw new CliError(EXIT.usage, 'Signing takes the server’s secret: HOLDFAST_SECRET, or `secret` in the configuration file.');
  if (!isParticipantId(request.sub))
    throw new CliError(EXIT.usage, '--sub: 1 to 128 letters, digits or ._~:@|+=/-, beginning with a letter or digit.');
  const { secret, issuer, audience } = configuration;
  const ttlSeconds = readTtl(request.ttl);
  const { sub, name, role } = request;
  const claims = { sub, ...(name === undefined ? {} : { name }), ...(role === undefined ? {} : { role }) };
  const token = await jwtAuth({ secret, issuer, audience }).issue(claims, ttlSeconds);
  surroundings.print(flags.json === true ? JSON.stringify({ token, ...claims, ttlSeconds }) : token);
}

async function makeOperatorToken(
  { sub, name, ttl, scope = 'read' }: TokenRequest,
  { operatorSecret: secret, operatorIssuer: issuer }: Configuration,
  flags: Flags,
  surroundings: Surroundings,
): Promise<void> {
  if (secret === undefined)
    throw new CliError(
      EXIT.usage,
      'Signing for operators takes their own secret: HOLDFAST_OPERATOR_SECRET, or `operatorSecret` in the file.',
    );
  if (!isParticipantId(sub))
    throw new CliError(EXIT.usage, '--sub: 1 to 128 letters, digits or ._~:@|+=/-, beginning with a letter or digit.');
  const scopes = scope.split(',').map((each) => each.trim());
  if (!scopes.every(isScope)) throw new CliError(EXIT.usage, `--scope: expected some of ${SCOPES.join(',')}, got "${scope}".`);
  const ttlSeconds = readTtl(ttl);
  const token = await operatorAuth({ secret, issuer }).issue({ sub, ...(name === undefined ? {} : { name }), scopes }, ttlSeconds);
  surroundings.print(flags.json === true ? JSON.stringify({ token, sub, scopes, ttlSeconds }) : token);
}

function readTtl(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] ?? Number.NaN);
  if (!(seconds > 0)) throw new CliError(EXIT.usage, `--ttl: expected a time such as 90s, 30m, 12h or 7d, got "${text}".`);
  return seconds;
}
