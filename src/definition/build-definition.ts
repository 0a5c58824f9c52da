import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../protocol/json.ts';
import { checkValue } from './check-value.ts';
import { command, type CommandDefinition, type CommandTable } from './command.ts';
import { PART, type PartDefinition } from './define-part.ts';
import { budgetOf } from './budget.ts';
import { DEFAULT_CLEANUP } from './cleanup-policy.ts';
import { DEFAULT_LIMITS, type GivenLimits, type Limits } from './limits.ts';
import type { Migrations } from './migrations.ts';
import { OptionsError } from './options-error.ts';
import { BUILT_IN_ROLES, DEFAULT_POLICIES, type Policies } from './policies.ts';
import { DEFAULT_PRESENCE } from './presence-policy.ts';
import { DEFINITION, HOOK_NAMES, type DefinitionSource, type SessionDefinition } from './session-definition.ts';
import type { VisibilityRule } from './visibility.ts';

/**
 * Builds the server's form of what a user wrote. Never throws: what is missing or of the wrong kind counts as empty here
 * and is named by `checkDefinition`.
 */
export function buildDefinition(name: string, source: DefinitionSource): SessionDefinition {
  const sources = [...partsOf(source).map((part) => part.source), source].map(recordOf);
  const commands: CommandTable = Object.assign({}, ...sources.map((one) => tableOf(one['commands'])));
  const modes = Object.fromEntries(Object.entries(recordOf(source['modes'])).map(([mode, table]) => [mode, tableOf(table)]));
  const lookUp = lookUpOf(commands, modes);
  const { listing, isComplete, invariant, tick, migrate } = source;
  return {
    [DEFINITION]: true,
    name,
    version: source['version'] as number,
    initial: (options) => initialState(sources, optionsFor(source, options)),
    templates: recordOf(source['templates']) as Readonly<Record<string, JsonObject>>,
    visibility: mergeRecords<VisibilityRule>(sources, 'visibility'),
    messages: mergeRecords<StandardSchemaV1>(sources, 'messages'),
    roles: [...new Set([...BUILT_IN_ROLES, ...sources.flatMap((one) => rolesOf(one['roles']))])],
    limits: limitsOf(recordOf(source['limits']) as GivenLimits),
    policies: policiesOf(recordOf(source['policies'])),
    ...(typeof listing === 'function' ? { listing: listing as NonNullable<SessionDefinition['listing']> } : {}),
    hooks: Object.fromEntries(HOOK_NAMES.flatMap((hook) => (typeof source[hook] === 'function' ? [[hook, source[hook]]] : []))),
    ...(typeof isComplete === 'function' ? { isComplete: isComplete as NonNullable<SessionDefinition['isComplete']> } : {}),
    ...(typeof invariant === 'function' ? { invariant: invariant as NonNullable<SessionDefinition['invariant']> } : {}),
    ...(isMigrations(migrate) ? { migrate } : {}),
    ...(isTick(tick) ? { tick } : {}),
    commands,
    modes,
    initialMode: source['initialMode'] as string | undefined,
    findCommand: (command, mode) => (mode === undefined ? undefined : lookUp.get(mode)?.get(command)) ?? lookUp.get('')?.get(command),
    source,
  };
}

function limitsOf(given: GivenLimits): Limits {
  return { ...DEFAULT_LIMITS, ...given, budget: budgetOf(recordOf(given.budget)) };
}

function policiesOf(given: Partial<Policies>): Policies {
  return {
    ...DEFAULT_POLICIES,
    ...given,
    presence: { ...DEFAULT_PRESENCE, ...recordOf(given.presence) },
    cleanup: { ...DEFAULT_CLEANUP, ...recordOf(given.cleanup) },
  };
}

/** The parts that a definition is put together from, leaving out what is none. */
export function partsOf(source: DefinitionSource): readonly PartDefinition[] {
  const parts = recordOf(source)['parts'];
  return Array.isArray(parts) ? parts.filter(isPart) : [];
}

export function isPart(value: unknown): value is PartDefinition {
  return typeof value === 'object' && value !== null && PART in value;
}

/** A table of commands as written: an object, or a callback that makes one (empty here if it throws). */
export function tableOf(commands: unknown): CommandTable {
  try {
    return recordOf(typeof commands === 'function' ? commands(command) : commands) as CommandTable;
  } catch {
    return {};
  }
}

export function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function isMigrations(migrate: unknown): migrate is Migrations {
  return typeof migrate === 'function' || (typeof migrate === 'object' && migrate !== null);
}

function isTick(tick: unknown): tick is NonNullable<SessionDefinition['tick']> {
  const { everyMs, run } = recordOf(tick);
  return typeof everyMs === 'number' && typeof run === 'function';
}

function rolesOf(roles: unknown): readonly string[] {
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : [];
}

function mergeRecords<Value>(sources: readonly DefinitionSource[], key: string): Readonly<Record<string, Value>> {
  return Object.assign({}, ...sources.map((one) => recordOf(one[key])));
}

/** Maps, so that a name like `constructor` finds nothing. Common commands stand under the mode ''. */
function lookUpOf(commands: CommandTable, modes: Readonly<Record<string, CommandTable>>): Map<string, Map<string, CommandDefinition>> {
  const tables: [string, CommandTable][] = [...Object.entries(modes), ['', commands]];
  return new Map(tables.map(([mode, table]) => [mode, new Map(Object.entries(table))]));
}

function initialState(sources: readonly DefinitionSource[], options: unknown): object {
  return Object.assign({}, ...sources.map((one) => callInitial(one['initial'], options)));
}

function callInitial(initial: unknown, options: unknown): unknown {
  return typeof initial === 'function' ? initial(options) : {};
}

function optionsFor(source: DefinitionSource, options: JsonObject): unknown {
  const schema = source['options'];
  if (schema === undefined) return options;
  const checked = checkValue(schema as StandardSchemaV1, options);
  if (!checked.ok) throw new OptionsError(checked.issues);
  return checked.value;
}
