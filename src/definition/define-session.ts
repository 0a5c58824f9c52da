import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../protocol/json.ts';
import { buildDefinition } from './build-definition.ts';
import type { CommandContext } from './command-context.ts';
import type { Command, CommandMaker, CommandTable, types } from './command.ts';
import type { GivenLimits } from './limits.ts';
import type { Migrations } from './migrations.ts';
import type { PartDefinition, PartsCommands, PartsMessages, PartsState, PartsVisibility } from './define-part.ts';
import type { BuiltInRole, GivenPolicies } from './policies.ts';
import type { DefinitionSource, SessionDefinition } from './session-definition.ts';
import type { SessionMeta } from './session-meta.ts';
import type { VisibilityOf, VisibilityRules } from './visibility.ts';

export type Schemas = Readonly<Record<string, StandardSchemaV1>>;

/** Payload of each declared message. */
export type PayloadsOf<Messages> = {
  [Name in keyof Messages]: Messages[Name] extends StandardSchemaV1 ? StandardSchemaV1.InferOutput<Messages[Name]> : never;
};

/** Commands made with annotated state: each must fit the state, messages and roles that the definition has. */
export type FittingCommands<Commands, State, Messages, Role extends string> = {
  readonly [Name in keyof Commands]: Commands[Name] & Fit<Commands[Name], State, Messages, Role>;
};

type Fit<One, State, Messages, Role extends string> =
  One extends Command<infer Needed, infer _Input, infer _Result, infer Sent, infer Used>
    ? [State] extends [Needed]
      ? [Messages] extends [Sent]
        ? string extends Used
          ? unknown
          : [Used] extends [Role | 'system']
            ? unknown
            : { readonly fault: 'a role is not declared' }
        : { readonly fault: 'it sends messages that are not declared' }
      : { readonly fault: 'its state is not that of the definition' }
    : never;

/** Either an object of commands with annotated state, or a callback in which everything is inferred. */
export type CommandsInput<Commands, State, Messages, Role extends string> =
  | ((command: CommandMaker<State, Messages, Role>) => Commands)
  | FittingCommands<Commands, State, Messages, Role>;

/** A definition with its types, which reach the client through `typeof` alone. */
export interface Definition<Name extends string, Types extends DefinitionTypes> extends SessionDefinition {
  readonly name: Name;
  readonly [types]?: Types;
}

export type DefinitionTypes = {
  readonly state: unknown;
  readonly visibility: unknown;
  readonly messages: unknown;
  readonly commands: unknown;
  readonly modes: unknown;
  readonly options: unknown;
};

/** The `ctx` of hooks: messages and roles are those of the definition and its parts. */
type ContextOf<Messages extends Schemas, Parts extends readonly PartDefinition[], Roles extends readonly string[]> = CommandContext<
  PayloadsOf<Messages> & PartsMessages<Parts>,
  BuiltInRole | Roles[number]
>;

/** What `defineSession` takes. Write the properties in this order: inference of the later ones uses the earlier. */
type SessionInput<
  State extends object,
  Options extends StandardSchemaV1,
  Messages extends Schemas,
  Roles extends readonly string[],
  Parts extends readonly PartDefinition[],
  Visibility,
  Commands,
  Modes,
> = {
  /** Version of the definition: a whole number from 1, raised when stored sessions have to change. */
  version: number;
  /**
   * How stored states of earlier versions are brought to this one, when their session is next woken: a function of state and
   * version, or one for each version, by the version that it starts from. They change the state in place and return nothing.
   */
  migrate?: Migrations;
  /** Typed parts that this definition is put together from. Their keys and names must not collide. */
  parts?: Parts;
  /** Schema of the options that a session can be created with; absent: any JSON object. */
  options?: Options;
  /** Options by name: sessions can be created from one of them, with options of their own on top. */
  templates?: Readonly<Record<string, Partial<StandardSchemaV1.InferInput<Options>> & object>>;
  /** Roles besides `gm`, `player` and `spectator`. */
  roles?: Roles;
  /** Schemas of what commands may send. */
  messages?: Messages;
  /** The state of a new session (that of the parts comes on top): a JSON object, made anew at each call. */
  initial: (options: StandardSchemaV1.InferOutput<Options>) => State;
  /** Who sees which top-level key of the state; a key that is not named is seen by all. */
  visibility?: VisibilityRules & Visibility & VisibilityOf<State, PartsState<Parts>, Visibility, BuiltInRole | Roles[number]>;
  limits?: GivenLimits;
  policies?: GivenPolicies<BuiltInRole | Roles[number]>;
  /** What lists of sessions show of this one besides the usual: small, and seen by everyone who may list. */
  listing?: (state: State & PartsState<Parts>, meta: SessionMeta) => JsonObject;
  /**
   * Hooks run as commands do, in the event of what they are named after; one that fails is reported and changes nothing, and
   * what it hangs on happens all the same. `onStart`: the lobby is over. A participant's wish to start, pause or resume is
   * refused where the hook calls `ctx.reject`.
   */
  onStart?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  /** A participant takes part from now on: `ctx.participant`. */
  onJoin?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  /** A participant leaves, is made to, or is lost: `ctx.participant`. */
  onLeave?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  /** A person's content is erased: removes what the state holds of `ctx.participant`. */
  onErase?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  onPause?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  onResume?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  /** The session ends: the last change of its state. */
  onEnd?: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  /** Asked after every accepted command; true ends the session with that command. Must not change anything. */
  isComplete?: (state: State & PartsState<Parts>) => boolean;
  /**
   * What must hold of every state: undefined, or a sentence that says what is wrong. Asked each time a session is woken; one
   * that fails it is not served until an operator decides. Must not change anything.
   */
  invariant?: (state: State & PartsState<Parts>) => string | undefined;
  /** For games in real time: runs at a fixed rate while the session is active and someone is connected. */
  tick?: {
    /** From 10 ms. A tick that is due while the one before is being written is run with the next one, as one event. */
    readonly everyMs: number;
    /** As a command's handler; a run that changes and sends nothing leaves nothing behind. */
    readonly run: (state: State & PartsState<Parts>, ctx: ContextOf<Messages, Parts, Roles>) => void;
  };
  /** The mode that a new session is in. Required with `modes`. */
  initialMode?: keyof Modes & string;
  /** Commands of every mode. */
  commands?: CommandsInput<Commands, State & PartsState<Parts>, PayloadsOf<Messages> & PartsMessages<Parts>, BuiltInRole | Roles[number]>;
  /** Commands that are available only while their mode is current. */
  modes?: {
    readonly [Mode in keyof Modes]: CommandsInput<
      Modes[Mode],
      State & PartsState<Parts>,
      PayloadsOf<Messages> & PartsMessages<Parts>,
      BuiltInRole | Roles[number]
    >;
  };
};

/**
 * Defines a type of session: its state, who sees it, and the commands that change it. Nothing is checked here beyond
 * types; `createServer` refuses to start on a faulty definition and names every fault.
 *
 *     export const counter = defineSession('counter', {
 *       version: 1,
 *       initial: () => ({ count: 0 }),
 *       commands: (command) => ({
 *         add: command(z.object({ by: z.int() }), (state, { by }) => (state.count += by)),
 *       }),
 *     });
 */
export function defineSession<
  const Name extends string,
  State extends object,
  Options extends StandardSchemaV1 = StandardSchemaV1<JsonObject>,
  Messages extends Schemas = {},
  const Roles extends readonly string[] = [],
  const Parts extends readonly PartDefinition[] = [],
  const Visibility extends VisibilityRules = {},
  Commands extends CommandTable = {},
  Modes extends Readonly<Record<string, CommandTable>> = {},
>(
  name: Name,
  definition: SessionInput<State, Options, Messages, Roles, Parts, Visibility, Commands, Modes>,
): Definition<
  Name,
  {
    readonly state: State & PartsState<Parts>;
    readonly visibility: Visibility & Omit<PartsVisibility<Parts>, keyof Visibility>;
    readonly messages: PayloadsOf<Messages> & PartsMessages<Parts>;
    readonly commands: Commands | PartsCommands<Parts>;
    readonly modes: Modes;
    readonly options: StandardSchemaV1.InferInput<Options>;
  }
>;
export function defineSession(name: string, definition: object): SessionDefinition {
  return buildDefinition(name, definition as DefinitionSource);
}
