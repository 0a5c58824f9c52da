import { checkCommands, checkHandler, checkSchema, readCommands } from './check-commands.ts';
import { checkLimits, checkPolicies, checkVisibility } from './check-settings.ts';
import { isPart, partsOf } from './build-definition.ts';
import { checkLegal, checkName, checkProperties, checkRecord, isRecord, kindOf, shown, type Faults } from './fault-text.ts';
import { findInitialState, type FoundState } from './find-initial-state.ts';
import { checkMigrations } from './migrations.ts';
import { BUILT_IN_ROLES } from './policies.ts';
import { HOOK_NAMES, isSessionDefinition, type DefinitionSource, type SessionDefinition } from './session-definition.ts';

const TICK_LEAST_MS = 10;
const TICK_MOST_MS = 60_000;
const PART_PROPERTIES = ['roles', 'messages', 'initial', 'visibility', 'commands'];
/** What `session.on` of a client tells of besides messages. */
const TOLD_BY_CLIENTS: readonly string[] = ['status', 'participant', 'missed', 'presence', 'change'];
const PROPERTIES = [
  ...PART_PROPERTIES,
  'version',
  'migrate',
  'parts',
  'options',
  'templates',
  'limits',
  'policies',
  'listing',
  'initialMode',
  'modes',
  ...HOOK_NAMES,
  'isComplete',
  'invariant',
  'tick',
];

/**
 * Every fault of a definition, each as `place: what is wrong; legal: ...`; empty when there is none. Calls `initial` with
 * empty options, and the `commands` callbacks.
 *
 *     checkDefinition(tabletop) // ['tabletop.visibility.secrts: no such key in the initial state; did you mean secrets?; legal: tokens, secrets']
 */
export function checkDefinition(definition: unknown): string[] {
  if (!isSessionDefinition(definition))
    return [`${kindOf(definition)} is not a session definition; make one with defineSession(name, {...})`];
  return [...check(definition)];
}

function* check(definition: SessionDefinition): Faults {
  const { name, source, roles } = definition;
  if (!isRecord(source)) {
    yield `${String(name)}: a definition is an object, not ${kindOf(source)}`;
    return;
  }
  yield* checkName(String(name), name);
  yield* checkProperties(name, source, PROPERTIES);
  if (!Number.isSafeInteger(source['version']) || Number(source['version']) < 1)
    yield `${name}.version: a whole number from 1, not ${shown(source['version'])}`;
  yield* checkMigrations(`${name}.migrate`, source['migrate'], source['version']);
  yield* checkParts(name, source, roles);
  const found = findInitialState(name, source);
  yield* found.faults;
  yield* checkPieces(name, source, found, roles);
  yield* checkModes(name, source, roles);
  yield* checkCollisions(name, source);
  if (source['templates'] !== undefined) yield* checkRecord(`${name}.templates`, source['templates'], 'templates are options by name');
  if (source['options'] !== undefined) yield* checkSchema(`${name}.options`, source['options']);
  if (source['listing'] !== undefined && typeof source['listing'] !== 'function')
    yield `${name}.listing: a function of state and meta, not ${kindOf(source['listing'])}`;
  for (const hook of [...HOOK_NAMES, 'isComplete', 'invariant'])
    if (source[hook] !== undefined) yield* checkHandler(`${name}.${hook}`, source[hook]);
  yield* checkTick(`${name}.tick`, source['tick']);
  yield* checkLimits(`${name}.limits`, source['limits']);
  yield* checkPolicies(`${name}.policies`, source['policies'], roles);
}

function* checkTick(place: string, tick: unknown): Faults {
  yield* checkRecord(place, tick, 'a tick is an object of everyMs and run');
  if (!isRecord(tick)) return;
  yield* checkProperties(place, tick, ['everyMs', 'run']);
  const { everyMs } = tick;
  if (!Number.isSafeInteger(everyMs) || Number(everyMs) < TICK_LEAST_MS || Number(everyMs) > TICK_MOST_MS)
    yield `${place}.everyMs: a whole number of milliseconds from ${TICK_LEAST_MS} to ${TICK_MOST_MS}, not ${shown(everyMs)}`;
  yield* checkHandler(`${place}.run`, tick['run']);
}

/** What a definition and a part have in common. */
function* checkPieces(place: string, source: DefinitionSource, found: FoundState, roles: readonly string[]): Faults {
  yield* checkRoles(`${place}.roles`, source['roles']);
  yield* checkMessages(`${place}.messages`, source['messages']);
  yield* checkVisibility(`${place}.visibility`, source['visibility'], found.keys, roles);
  yield* checkCommands(`${place}.commands`, source['commands'], roles);
}

function* checkParts(name: string, source: DefinitionSource, roles: readonly string[]): Faults {
  const parts = source['parts'];
  if (parts === undefined) return;
  if (!Array.isArray(parts)) {
    yield `${name}.parts: a list of parts, not ${kindOf(parts)}`;
    return;
  }
  for (const [index, part] of parts.entries()) {
    const place = `${name}.parts.${index}`;
    if (!isPart(part) || !isRecord(part.source)) {
      yield `${place}: a part is made with definePart({...})`;
      continue;
    }
    yield* checkProperties(place, part.source, PART_PROPERTIES);
    const found = findInitialState(place, part.source);
    yield* found.faults;
    yield* checkPieces(place, part.source, found, roles);
  }
}

function* checkRoles(place: string, roles: unknown): Faults {
  if (roles === undefined) return;
  if (!Array.isArray(roles)) {
    yield `${place}: a list of names, not ${kindOf(roles)}`;
    return;
  }
  for (const [index, role] of roles.entries()) {
    const at = typeof role === 'string' ? `${place}.${role}` : `${place}.${index}`;
    yield* checkName(at, role);
    if ((BUILT_IN_ROLES as readonly unknown[]).includes(role)) yield `${at}: every definition has this role; leave it out`;
    else if (roles.indexOf(role) !== index) yield `${at}: named twice`;
  }
}

function* checkMessages(place: string, messages: unknown): Faults {
  yield* checkRecord(place, messages, 'messages are an object of schemas by name');
  if (!isRecord(messages)) return;
  for (const [name, schema] of Object.entries(messages)) {
    yield* checkName(`${place}.${name}`, name);
    if (TOLD_BY_CLIENTS.includes(name)) yield `${place}.${name}: clients tell of something else by this name; take another`;
    yield* checkSchema(`${place}.${name}`, schema);
  }
}

function* checkModes(name: string, source: DefinitionSource, roles: readonly string[]): Faults {
  const { modes, initialMode } = source;
  yield* checkRecord(`${name}.modes`, modes, 'modes are an object of commands by mode');
  const names = isRecord(modes) ? Object.keys(modes) : [];
  if (names.length > 0 || initialMode !== undefined) yield* checkLegal(`${name}.initialMode`, 'no such mode', initialMode, names);
  const common = new Set(
    partsOf(source)
      .flatMap((part) => commandNames(part.source['commands']))
      .concat(commandNames(source['commands'])),
  );
  for (const mode of names) {
    const place = `${name}.modes.${mode}`;
    const commands = isRecord(modes) ? modes[mode] : undefined;
    yield* checkName(place, mode);
    yield* checkCommands(place, commands, roles);
    for (const command of commandNames(commands))
      if (common.has(command)) yield `${place}.${command}: a command of every mode has this name already`;
  }
}

/** Parts and the definition share one state, one list of commands and one of messages. */
function* checkCollisions(name: string, source: DefinitionSource): Faults {
  const sources: [string, DefinitionSource][] = partsOf(source).map((part, index) => [`${name}.parts.${index}`, part.source]);
  sources.push([name, source]);
  const namesIn = {
    state: (one: DefinitionSource) => findInitialState('', one).ownKeys ?? [],
    messages: (one: DefinitionSource) => (isRecord(one['messages']) ? Object.keys(one['messages']) : []),
    commands: (one: DefinitionSource) => commandNames(one['commands']),
  };
  for (const [kind, names] of Object.entries(namesIn)) {
    const owners = new Map<string, string>();
    for (const [place, one] of sources) {
      for (const key of names(one)) {
        const owner = owners.get(key);
        if (owner !== undefined) yield `${place}.${kind}.${key}: ${owner} has this name already`;
        else owners.set(key, place);
      }
    }
  }
}

function commandNames(written: unknown): string[] {
  return Object.keys(readCommands('', written).table);
}
