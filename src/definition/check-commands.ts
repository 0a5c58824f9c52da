import { command } from './command.ts';
import { checkName, checkProperties, isRecord, kindOf, thrownText, type Faults } from './fault-text.ts';
import { checkRoleList } from './check-settings.ts';

const COMMAND_PROPERTIES = ['schema', 'handler', 'roles', 'conflict'];

/** What was written as `commands`: the table itself, or the fault of not having one. */
export type WrittenCommands = { readonly table: Readonly<Record<string, unknown>>; readonly fault?: string };

/** Runs the callback where there is one. */
export function readCommands(place: string, written: unknown): WrittenCommands {
  if (written === undefined) return { table: {} };
  try {
    const table: unknown = typeof written === 'function' ? written(command) : written;
    return isRecord(table)
      ? { table }
      : { table: {}, fault: `${place}: commands are an object or a callback that returns one, not ${kindOf(table)}` };
  } catch (error) {
    return { table: {}, fault: `${place}: the callback threw ${thrownText(error)}` };
  }
}

/** Checks one table of commands against the roles that the definition declares. */
export function* checkCommands(place: string, written: unknown, roles: readonly string[]): Faults {
  const { table, fault } = readCommands(place, written);
  if (fault !== undefined) yield fault;
  for (const [name, one] of Object.entries(table)) {
    yield* checkName(`${place}.${name}`, name);
    yield* checkCommand(`${place}.${name}`, one, roles);
  }
}

function* checkCommand(place: string, one: unknown, roles: readonly string[]): Faults {
  if (!isRecord(one)) {
    yield `${place}: a command is made with command(schema, handler, options), not ${kindOf(one)}`;
    return;
  }
  yield* checkSchema(`${place}.schema`, one['schema']);
  yield* checkHandler(`${place}.handler`, one['handler']);
  yield* checkCommandRoles(`${place}.roles`, one['roles'], roles);
  if (one['conflict'] !== undefined && typeof one['conflict'] !== 'boolean')
    yield `${place}.conflict: true or false, not ${kindOf(one['conflict'])}`;
  yield* checkProperties(place, one, COMMAND_PROPERTIES);
}

/** Any Standard Schema of version 1; some libraries make them functions. */
export function* checkSchema(place: string, schema: unknown): Faults {
  const standard = typeof schema === 'function' || isRecord(schema) ? (Reflect.get(schema, '~standard') as unknown) : undefined;
  if (isRecord(standard) && standard['version'] === 1 && typeof standard['validate'] === 'function') return;
  yield `${place}: not a Standard Schema (https://standardschema.dev); use zod, valibot, arktype or the like`;
}

/** Handlers and hooks alike. */
export function* checkHandler(place: string, handler: unknown): Faults {
  if (typeof handler !== 'function') {
    yield `${place}: a handler is a function, not ${kindOf(handler)}`;
    return;
  }
  const tag = Object.prototype.toString.call(handler).slice(8, -1);
  if (tag !== 'Function') yield `${place}: handlers are plain synchronous functions, not of kind ${tag}`;
}

function* checkCommandRoles(place: string, used: unknown, roles: readonly string[]): Faults {
  if (used === undefined) return;
  if (!Array.isArray(used)) {
    yield `${place}: a list of roles, not ${kindOf(used)}`;
    return;
  }
  if (used.length === 0) yield `${place}: the list is empty, so nobody could send this command`;
  yield* checkRoleList(place, used, [...roles, 'system']);
}
