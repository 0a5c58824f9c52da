import { CAMPAIGN_TYPE } from '../access/campaign.ts';
import { OPERATORS_TYPE } from '../access/operators.ts';
import { changeLimits } from '../connection/connection-limits.ts';
import { changePolicy, SERVER_POLICY } from '../connection/lifecycle-policy.ts';
import { checkDefinition } from '../definition/check-definition.ts';
import { isSessionDefinition } from '../definition/session-definition.ts';
import { QUOTA_MOST } from '../session/quotas.ts';
import { ClientAddresses } from '../transport/client-addresses-adapter.ts';
import { checkOverload } from './check-overload.ts';
import type { DevOptions, ServerOptions } from './server-options.ts';
import { secretFault } from './token-reader-adapter.ts';
import { checkWebhooks } from './webhook-options.ts';

const OWN_TYPES = new Set([CAMPAIGN_TYPE, OPERATORS_TYPE]);
/** Less would end a process for what is only slow. */
const HANG_LEAST_MS = 500;
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** The options of `dev`, or undefined when it is off. */
export function devOptions(options: ServerOptions): DevOptions | undefined {
  if (options.dev === undefined || options.dev === false) return undefined;
  return options.dev === true ? {} : options.dev;
}

/** Everything wrong with the options, each with its place and what is legal. */
export function checkOptions(options: ServerOptions): string[] {
  return [
    ...checkSessions(options),
    ...checkIdentity(options),
    ...checkAddress(options),
    ...checkOrigins(options),
    ...checkQuotas(options),
    ...checkSweep(options),
    ...checkWebhooks(options.webhooks ?? []),
    ...checkHang(options),
    ...checkOverload(options),
    ...checkConnections(options),
  ];
}

function* checkSessions({ sessions }: ServerOptions): Generator<string> {
  if (sessions.length === 0) yield 'sessions: give at least one definition, made with defineSession(...).';
  const names = new Set<string>();
  for (const definition of sessions) {
    yield* checkDefinition(definition);
    if (!isSessionDefinition(definition)) continue;
    if (names.has(definition.name)) yield `sessions: two definitions are named '${definition.name}'.`;
    names.add(definition.name);
    if (OWN_TYPES.has(definition.name)) yield `sessions: '${definition.name}' is a type of the server’s own; choose another name.`;
  }
}

function* checkHang({ hangMs = 0 }: ServerOptions): Generator<string> {
  if (hangMs === 0 || (Number.isSafeInteger(hangMs) && hangMs >= HANG_LEAST_MS)) return;
  yield `hangMs: 0, or a whole number of milliseconds from ${HANG_LEAST_MS}, not ${hangMs}.`;
}

function* checkIdentity(options: ServerOptions): Generator<string> {
  const dev = devOptions(options);
  if (options.auth === undefined && dev === undefined) {
    yield 'auth: nobody could sign in. Give `auth: jwtAuth({ secret })`, or `dev: true` for development on this machine.';
  }
  const { auth, operators, guests } = options;
  const weak = guests?.secret === undefined ? undefined : secretFault(guests.secret);
  if (weak !== undefined) yield `guests: ${weak}`;
  if (operators !== undefined && operators.audience === auth?.audience)
    yield `operators: their audience '${operators.audience}' is that of the players too; give each tokens of their own.`;
  const host = options.host ?? '127.0.0.1';
  if (dev !== undefined && dev.anyHost !== true && !LOOPBACK.has(host)) {
    yield `host: in dev anyone may sign in under any name, so the server listens on this machine only (127.0.0.1), not on ${host}; \`dev: { anyHost: true }\` (--dev-any-host) allows it.`;
  }
}

function* checkAddress({ port, prefix }: ServerOptions): Generator<string> {
  if (port !== undefined && port !== null && !(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    yield `port: expected 0..65535, got ${port}.`;
  }
  if (prefix !== undefined && prefix !== '' && !/^(\/[A-Za-z0-9._~-]+)+$/.test(prefix)) {
    yield `prefix: expected a path such as '/live' without a slash at its end, got '${prefix}'.`;
  }
}

function* checkQuotas({ quotas = {} }: ServerOptions): Generator<string> {
  for (const [name, most] of Object.entries(quotas)) {
    const legal = most === Infinity || (Number.isInteger(most) && most >= 0 && most <= QUOTA_MOST);
    if (!legal) yield `quotas.${name}: expected 0..${QUOTA_MOST}, or Infinity for no bound; got ${most}.`;
  }
}

function* checkSweep({ sweepEveryMs = null }: ServerOptions): Generator<string> {
  if (sweepEveryMs !== null && !(Number.isInteger(sweepEveryMs) && sweepEveryMs >= 100))
    yield `sweepEveryMs: expected a whole number of milliseconds from 100, or null; got ${sweepEveryMs}.`;
}

function* checkOrigins({ origins = [] }: ServerOptions): Generator<string> {
  for (const origin of origins) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || origin.includes('*'))
      yield `origins: expected exact origins such as 'https://play.example.org', got '${origin}'.`;
  }
}

/** Everything wrong with the options that the connections are made of. */
export function checkConnections({ limits = {}, heartbeatMs, loginTimeoutMs, trustedProxies = [] }: ServerOptions): string[] {
  const { heartbeatMs: heartbeat, loginTimeoutMs: login } = SERVER_POLICY;
  return [
    ...faultOf('limits: ', () => changeLimits(limits)),
    ...faultOf('', () => changePolicy(SERVER_POLICY, { heartbeatMs: heartbeatMs ?? heartbeat, loginTimeoutMs: loginTimeoutMs ?? login })),
    ...trustedProxies.flatMap((proxy) => faultOf('', () => new ClientAddresses([proxy]))),
  ];
}

function faultOf(place: string, attempt: () => unknown): string[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (error instanceof RangeError) return [place + error.message];
    throw error;
  }
}
