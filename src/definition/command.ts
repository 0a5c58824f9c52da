import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonValue } from '../protocol/json.ts';
import type { CommandContext } from './command-context.ts';

/** The place where a value carries its types; never present at run time. */
export declare const types: unique symbol;

/** A command as the server holds it: all type parameters gone. */
export interface CommandDefinition {
  readonly schema: StandardSchemaV1;
  /** Runs on a recording draft of the state with the schema's output; a returned promise is refused. */
  handler(state: object, args: unknown, ctx: CommandContext): unknown;
  /** Only these roles may send it; absent: every role. */
  readonly roles?: readonly string[];
  /** Refuse the command when something has changed since the seq that it names as its basis. */
  readonly conflict?: boolean;
}

export type CommandTable = Readonly<Record<string, CommandDefinition>>;

/** A command with its types. `State` is the least that its handler needs; `Input` what a client sends. */
export interface Command<State, Input, Result, Messages, Role extends string> extends CommandDefinition {
  readonly [types]?: {
    readonly needs: (state: State, messages: Messages) => void;
    readonly input: Input;
    readonly result: Result;
    readonly role: Role;
  };
}

export type CommandOptions<Role extends string = string> = {
  /** Only these roles may send it; absent: every role. `system` is the host, and what timers run. */
  readonly roles?: readonly Role[];
  /** Refuse the command when something has changed since the seq that it names as its basis. */
  readonly conflict?: boolean;
};

type Fault<Text extends string> = { readonly fault: Text };

/** What a handler may return: nothing, or a JSON value (interfaces and aliases of plain objects included). */
export type JsonResult<Result> = Result extends JsonValue | undefined | void
  ? Result
  : Result extends PromiseLike<unknown>
    ? Fault<'handlers are synchronous'>
    : Result extends bigint | symbol | ((...args: never) => unknown)
      ? Fault<'results are JSON values'>
      : { [Key in keyof Result]: Key extends symbol ? Fault<'results are JSON values'> : JsonResult<Result[Key]> };

/** Roles as given in options: literals must be declared, a plain `string[]` is checked when the server starts. */
type Declared<Role extends string, Legal extends string> = string extends Role ? string : Legal;

/** `command` as a definition hands it to its `commands` callback: state, messages and roles are known. */
export type CommandMaker<State, Messages, Legal extends string> = <
  Schema extends StandardSchemaV1,
  Result,
  const Role extends string = Legal,
>(
  schema: Schema,
  handler: (state: State, args: StandardSchemaV1.InferOutput<Schema>, ctx: CommandContext<Messages, Legal>) => Result & JsonResult<Result>,
  options?: CommandOptions<Role> & CommandOptions<Declared<Role, Legal | 'system'>>,
) => Command<State, StandardSchemaV1.InferInput<Schema>, Result, Messages, string>;

/**
 * One command of a definition: who may send what, and what it does to the state.
 *
 * `schema` is any synchronous Standard Schema (zod, valibot, arktype, ...): the event stores the input as sent, the
 * handler gets the schema's output. `handler` is synchronous and changes `state` in place; what it returns is the
 * command's result. Annotate `state` here; inside a `commands: (command) => ({...})` callback everything is inferred.
 *
 *     command(z.object({ id: z.string() }), (state: { done: string[] }, { id }) => void state.done.push(id), { roles: ['gm'] })
 */
export function command<State extends object, Schema extends StandardSchemaV1, Result, Messages = {}, const Role extends string = never>(
  schema: Schema,
  handler: (state: State, args: StandardSchemaV1.InferOutput<Schema>, ctx: CommandContext<Messages>) => Result & JsonResult<Result>,
  options?: CommandOptions<Role>,
): Command<State, StandardSchemaV1.InferInput<Schema>, Result, Messages, Role>;
export function command(schema: StandardSchemaV1, handler: CommandDefinition['handler'], options: CommandOptions = {}): CommandDefinition {
  return { schema, handler, ...options };
}
