import { z } from 'zod';
import { nearestName } from '../definition/nearest-name.ts';
import { LOG_LEVELS } from './logger-adapter.ts';

/** One setting: the same in a flag, in the environment, in the file. */
type Setting = {
  /** What it is for, one line. */
  readonly about: string;
  /** Takes text (flags, environment) and the JSON form (file). */
  readonly schema: z.ZodType;
  /** What is legal, in words. */
  readonly expected: string;
  readonly secret?: true;
};

const port = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.number().int().min(0).max(65_535));
const flag = z.union([
  z.boolean(),
  z.enum(['true', '1', 'yes']).transform(() => true),
  z.enum(['false', '0', 'no']).transform(() => false),
]);
const text = z.string().min(1);
const list = z.union([z.array(text), text.transform((all) => all.split(',').map((each) => each.trim()))]);
const milliseconds = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.number().int().min(0));
const durability = z.enum(['full', 'normal', 'memory']);

const SETTINGS = {
  sessions: { about: 'file that exports the session definitions', schema: text, expected: 'a path' },
  dir: { about: 'data directory', schema: text, expected: 'a path' },
  host: { about: 'address to listen on', schema: text, expected: 'a host name or address' },
  port: { about: 'port to listen on; 0 chooses a free one', schema: port, expected: '0..65535' },
  prefix: { about: 'path below which all routes live', schema: z.string(), expected: 'a path such as /live' },
  dev: { about: 'development: sign in under any name, from this machine only', schema: flag, expected: 'true or false' },
  devAnyHost: { about: 'development on an address that other machines reach', schema: flag, expected: 'true or false' },
  static: { about: 'directory of a built web page to serve', schema: text, expected: 'a path' },
  durability: { about: 'what an ack promises', schema: durability, expected: 'full, normal or memory' },
  origins: { about: 'origins of pages on other hosts that may connect', schema: list, expected: 'origins, separated by commas' },
  trustedProxies: {
    about: 'proxies whose `X-Forwarded-For` is believed',
    schema: list,
    expected: 'addresses or networks, separated by commas',
  },
  secret: { about: 'secret that signs tokens', schema: text, expected: 'at least 32 bytes', secret: true },
  jwksUrl: { about: 'address of the issuer’s public keys', schema: text, expected: 'an https: URL' },
  issuer: { about: '`iss` that tokens must carry', schema: text, expected: 'text' },
  audience: { about: '`aud` that tokens must carry', schema: text, expected: 'text' },
  operatorSecret: { about: 'secret that signs operators’ tokens', schema: text, expected: 'at least 32 bytes', secret: true },
  operatorJwksUrl: { about: 'address of the keys of the operators’ issuer', schema: text, expected: 'an https: URL' },
  operatorIssuer: { about: '`iss` that operators’ tokens must carry', schema: text, expected: 'text' },
  webhookUrl: { about: 'who is told of what happens to sessions', schema: text, expected: 'an https: URL' },
  webhookSecret: { about: 'secret that signs what is sent there', schema: text, expected: 'at least 32 bytes', secret: true },
  hangMs: {
    about: 'milliseconds after which a command counts as one that never returns; 0: never',
    schema: milliseconds,
    expected: 'a whole number',
  },
  logLevel: { about: 'least important log lines shown', schema: z.enum(LOG_LEVELS), expected: LOG_LEVELS.join(', ') },
  url: { about: 'running server that commands talk to', schema: z.url(), expected: 'a URL' },
  token: { about: 'token that commands sign in with', schema: text, expected: 'a token', secret: true },
} satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

const CONFIGURATION = z.object({
  sessions: SETTINGS.sessions.schema.optional(),
  dir: SETTINGS.dir.schema.default('./holdfast-data'),
  host: SETTINGS.host.schema.default('127.0.0.1'),
  port: SETTINGS.port.schema.default(4_700),
  prefix: SETTINGS.prefix.schema.default(''),
  dev: SETTINGS.dev.schema.default(false),
  devAnyHost: SETTINGS.devAnyHost.schema.default(false),
  static: SETTINGS.static.schema.optional(),
  durability: SETTINGS.durability.schema.default('full'),
  origins: SETTINGS.origins.schema.default([]),
  trustedProxies: SETTINGS.trustedProxies.schema.default([]),
  secret: SETTINGS.secret.schema.optional(),
  jwksUrl: SETTINGS.jwksUrl.schema.optional(),
  issuer: SETTINGS.issuer.schema.optional(),
  audience: SETTINGS.audience.schema.default('holdfast'),
  operatorSecret: SETTINGS.operatorSecret.schema.optional(),
  operatorJwksUrl: SETTINGS.operatorJwksUrl.schema.optional(),
  operatorIssuer: SETTINGS.operatorIssuer.schema.optional(),
  webhookUrl: SETTINGS.webhookUrl.schema.optional(),
  webhookSecret: SETTINGS.webhookSecret.schema.optional(),
  hangMs: SETTINGS.hangMs.schema.default(5_000),
  logLevel: SETTINGS.logLevel.schema.default('info'),
  url: SETTINGS.url.schema.optional(),
  token: SETTINGS.token.schema.optional(),
} satisfies Record<SettingName, z.ZodType>);

/** The effective settings. */
export type Configuration = z.output<typeof CONFIGURATION>;

/** Where settings were found: flags, the environment, a file (with its path). */
export type Found = {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly content: unknown } | undefined;
};

/** One setting as `holdfast config` shows it. */
export type ShownSetting = { readonly name: SettingName; readonly value: unknown; readonly source: string; readonly about: string };

export type Resolved = { readonly configuration: Configuration; readonly shown: readonly ShownSetting[] };

/** Wrong settings: every one named with the place where it stands and what is legal. */
export class ConfigurationError extends Error {
  readonly faults: readonly string[];
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}

const NAMES = Object.keys(SETTINGS).filter((name): name is SettingName => name in SETTINGS);

/** Name of the environment variable of a setting: `jwksUrl` is `HOLDFAST_JWKS_URL`. */
export function environmentName(name: SettingName): string {
  return `HOLDFAST_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Name of the flag of a setting: `jwksUrl` is `--jwks-url`. */
export function flagName(name: SettingName): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The effective settings: flag before environment before file before default. Throws `ConfigurationError`. */
export function resolveConfiguration(found: Found): Resolved {
  const file = readFileContent(found.file);
  const faults = [...file.faults];
  const values: Partial<Record<SettingName, unknown>> = {};
  const sources: Partial<Record<SettingName, string>> = {};
  for (const name of NAMES) {
    const given = placeOf(name, found, file.values);
    if (given === undefined) continue;
    const setting: Setting = SETTINGS[name];
    values[name] = given.value;
    sources[name] = given.place;
    if (setting.schema.safeParse(given.value).success) continue;
    const got = setting.secret === true ? 'something else' : JSON.stringify(given.value);
    faults.push(`${name} in ${given.place}: expected ${setting.expected}, got ${got}`);
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  const configuration = CONFIGURATION.parse(values);
  return { configuration, shown: NAMES.map((name) => show(name, configuration[name], sources[name] ?? 'default')) };
}

function show(name: SettingName, value: unknown, source: string): ShownSetting {
  const { about, secret }: Setting = SETTINGS[name];
  return { name, about, source, value: secret === true && value !== undefined ? '(hidden)' : value };
}

function placeOf(name: SettingName, found: Found, file: Readonly<Record<string, unknown>>): { value: unknown; place: string } | undefined {
  if (found.flags[name] !== undefined) return { value: found.flags[name], place: flagName(name) };
  const variable = environmentName(name);
  const text = found.environment[variable];
  if (text !== undefined && text !== '') return { value: text, place: variable };
  return file[name] === undefined ? undefined : { value: file[name], place: found.file?.path ?? 'the file' };
}

function readFileContent(file: Found['file']): { values: Readonly<Record<string, unknown>>; faults: readonly string[] } {
  if (file === undefined) return { values: {}, faults: [] };
  const parsed = z.record(z.string(), z.unknown()).safeParse(file.content);
  if (!parsed.success) return { values: {}, faults: [`${file.path}: expected a JSON object of settings`] };
  const faults = Object.keys(parsed.data)
    .filter((key) => !NAMES.some((name) => name === key) && key !== '$schema')
    .map((key) => `${key} in ${file.path}: there is no such setting${hint(key)}`);
  return { values: parsed.data, faults };
}

function hint(key: string): string {
  const near = nearestName(key, NAMES);
  return near === undefined ? `; there are: ${NAMES.join(', ')}` : `; did you mean ${near}?`;
}
