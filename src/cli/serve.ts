import type { Configuration } from '../server/configuration.ts';
import {
  createServer,
  jwtAuth,
  memoryStore,
  operatorAuth,
  sqliteStore,
  type Auth,
  type OperatorAuth,
  type Server,
  type Store,
  type WebhookOptions,
} from '../server/index.ts';
import { CliError, EXIT } from './cli-error.ts';
import { loadDefinitions } from './load-definitions-adapter.ts';
import { exitBroken, stopOnSignals } from './shutdown-adapter.ts';
import { needDirectory } from './open-files-adapter.ts';
import { followSupervisor } from './supervise-adapter.ts';
import { settingsOf, type Flags, type Surroundings } from './surroundings.ts';

/** `holdfast serve` */
export async function serve(
  file: string | undefined,
  flags: Flags,
  surroundings: Surroundings,
  { supervised = false }: { readonly supervised?: boolean | undefined } = {},
): Promise<Server> {
  const { configuration } = settingsOf(file === undefined ? flags : { ...flags, sessions: file }, surroundings);
  if (configuration.sessions === undefined) {
    throw new CliError(
      EXIT.usage,
      'Say which file exports the session definitions: `holdfast serve mygame.ts`, or `sessions` in the configuration.',
    );
  }
  const definitions = await loadDefinitions(configuration.sessions);
  checkSignInAndPage(configuration);
  const { host, port, prefix, origins, trustedProxies, logLevel, dev, devAnyHost, hangMs } = configuration;
  const server = createServer({
    sessions: definitions,
    store: storeFor(configuration),
    auth: authFor(configuration),
    operators: operatorsFor(configuration),
    dev: dev ? { anyHost: devAnyHost } : false,
    host,
    port,
    prefix,
    origins,
    trustedProxies,
    static: configuration.static,
    hangMs,
    webhooks: webhooksFor(configuration),
    logger: { level: logLevel },
  });
  stopOnSignals(server, surroundings.note);
  await server.start();
  if (supervised) followSupervisor(server.url);
  surroundings.print(flags.json === true ? JSON.stringify(facts(server, configuration)) : ready(server, configuration));
  return server;
}

function checkSignInAndPage(configuration: Configuration): void {
  if (authFor(configuration) === undefined && !configuration.dev) {
    throw new CliError(
      EXIT.usage,
      'Nobody could sign in: set HOLDFAST_SECRET or --jwks-url, or give --dev for development on this machine.',
    );
  }
  if (configuration.static !== undefined) needDirectory(configuration.static);
}

function storeFor({ dir, durability, dev }: Configuration): Store {
  if (durability === 'memory') return memoryStore();
  return sqliteStore({ dir, durability, development: dev, onBroken: (error) => exitBroken(error.message) });
}

function authFor({ secret, jwksUrl, issuer, audience }: Configuration): Auth | undefined {
  return secret === undefined && jwksUrl === undefined ? undefined : jwtAuth({ secret, jwksUrl, issuer, audience });
}

function operatorsFor({ secret, operatorSecret, operatorJwksUrl, operatorIssuer }: Configuration): OperatorAuth | undefined {
  if (operatorSecret === undefined && operatorJwksUrl === undefined) return undefined;
  if (operatorSecret === secret && secret !== undefined)
    throw new CliError(EXIT.usage, 'operatorSecret is the secret of the players’ tokens too; operators need one of their own.');
  return operatorAuth({ secret: operatorSecret, jwksUrl: operatorJwksUrl, issuer: operatorIssuer });
}

function webhooksFor({ webhookUrl: url, webhookSecret: secret }: Configuration): WebhookOptions[] {
  if (url === undefined) return [];
  if (secret === undefined) throw new CliError(EXIT.usage, 'What is sent to a webhook is signed: set HOLDFAST_WEBHOOK_SECRET, too.');
  return [{ name: 'webhook', url, secret }];
}

function facts(server: Server, { dev, dir }: Configuration): object {
  const { kind, durability } = server.store;
  return { ready: true, url: server.url, dev, store: kind, durability, ...(kind === 'memory' ? {} : { dir }) };
}

function ready(server: Server, { dev, dir }: Configuration): string {
  const { kind, durability } = server.store;
  const words = [...(dev ? ['dev'] : []), kind === 'memory' ? 'data in memory only' : `data in ${dir}`, `durability ${durability}`];
  return `Holdfast is ready on ${server.url} (${words.join(', ')})`;
}
