import type { CommandTable, types } from './command.ts';
import type { CommandsInput, PayloadsOf, Schemas } from './define-session.ts';
import type { BuiltInRole } from './policies.ts';
import type { DefinitionSource } from './session-definition.ts';
import type { VisibilityOf, VisibilityRules } from './visibility.ts';

/** Marks parts. */
export const PART: unique symbol = Symbol.for('holdfast.part');

/** A part with its type parameters gone. */
export interface PartDefinition {
  readonly [PART]: true;
  readonly source: DefinitionSource;
  readonly [types]?: { readonly state: unknown; readonly visibility: unknown; readonly messages: unknown; readonly commands: CommandTable };
}

/** A part with its types. */
export interface Part<State, Messages, Visibility, Commands extends CommandTable> extends PartDefinition {
  readonly [types]?: { readonly state: State; readonly visibility: Visibility; readonly messages: Messages; readonly commands: Commands };
}

type TypesOf<One> = One extends { readonly [types]?: infer Types } ? NonNullable<Types> : never;
type Merge<Parts, Kind extends string> = Parts extends readonly [infer First, ...infer Rest]
  ? (TypesOf<First> extends { readonly [Key in Kind]: infer Value } ? Value : unknown) & Merge<Rest, Kind>
  : unknown;

export type PartsState<Parts> = Merge<Parts, 'state'>;
export type PartsMessages<Parts> = Merge<Parts, 'messages'>;
export type PartsVisibility<Parts> = Merge<Parts, 'visibility'>;
/** A union of the tables of the parts. */
export type PartsCommands<Parts extends readonly PartDefinition[]> = CommandsIn<TypesOf<Parts[number]>>;
type CommandsIn<Types> = Types extends { readonly commands: infer Table } ? Table : never;

/**
 * A typed piece of a definition: keys of the state with their sight, messages and commands. Its handlers see the part's
 * own state and messages only.
 *
 *     const dice = definePart({
 *       messages: { rolled: z.object({ total: z.number() }) },
 *       initial: () => ({ rolls: [] as number[] }),
 *       commands: (command) => ({ roll: command(schema, (state, args, ctx) => { ... }) }),
 *     });
 *     defineSession('game', { version: 1, parts: [dice, movement], initial: () => ({}) });
 */
export function definePart<
  State extends object,
  Messages extends Schemas = {},
  const Roles extends readonly string[] = [],
  const Visibility extends VisibilityRules = {},
  Commands extends CommandTable = {},
>(definition: {
  /** Roles besides `gm`, `player` and `spectator`; the definition gets them too. */
  roles?: Roles;
  /** Schemas of what commands may send. */
  messages?: Messages;
  /** The part's keys of the state of a new session. */
  initial: () => State;
  /** Who sees which of the part's keys; a key that is not named is seen by all. */
  visibility?: VisibilityRules & Visibility & VisibilityOf<State, {}, Visibility, BuiltInRole | Roles[number]>;
  commands?: CommandsInput<Commands, State, PayloadsOf<Messages>, BuiltInRole | Roles[number]>;
}): Part<State, PayloadsOf<Messages>, Visibility, Commands>;
export function definePart(definition: object): PartDefinition {
  return { [PART]: true, source: definition as DefinitionSource };
}
