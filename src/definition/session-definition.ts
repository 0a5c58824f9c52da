import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { JsonObject } from '../protocol/json.ts';
import type { CommandContext } from './command-context.ts';
import type { CommandDefinition, CommandTable } from './command.ts';
import type { Limits } from './limits.ts';
import type { Migrations } from './migrations.ts';
import type { Policies } from './policies.ts';
import type { SessionMeta } from './session-meta.ts';
import type { VisibilityRule } from './visibility.ts';

/** What a definition can do at the turns of a session's life. */
export const HOOK_NAMES = ['onStart', 'onJoin', 'onLeave', 'onPause', 'onResume', 'onEnd', 'onErase'] as const;
export type HookName = (typeof HOOK_NAMES)[number];
/** Runs as a command does: on the state's draft, with a context of its own. */
export type Hook = (state: object, ctx: CommandContext) => unknown;

/** Marks definitions, so that a definition of another copy of this package is recognised too. */
export const DEFINITION: unique symbol = Symbol.for('holdfast.definition');

/** A definition as the server holds it: all type parameters gone, every default filled in. */
export interface SessionDefinition {
  readonly [DEFINITION]: true;
  readonly name: string;
  readonly version: number;
  /** The state of a new session. Throws `OptionsError` when the options do not fit the definition's schema. */
  initial(options: JsonObject): object;
  /** Named options that a session can be created with. */
  readonly templates: Readonly<Record<string, JsonObject>>;
  /** Who sees which top-level key of the state; a key that is not named is seen by all. */
  readonly visibility: Readonly<Record<string, VisibilityRule>>;
  /** Schemas of the declared messages. */
  readonly messages: Readonly<Record<string, StandardSchemaV1>>;
  /** Every role: `gm`, `player`, `spectator` and the definition's own. */
  readonly roles: readonly string[];
  readonly limits: Limits;
  readonly policies: Policies;
  /** What the list of sessions says of this one, besides the usual. */
  listing?(state: object, meta: SessionMeta): JsonObject;
  /** Run in the event of what they are named after. */
  readonly hooks: Readonly<Partial<Record<HookName, Hook>>>;
  /** True where the state says that the session is over: asked after every accepted command. */
  isComplete?(state: object): boolean;
  /** What must hold of every state; a sentence where it does not. Asked when a session is woken. */
  invariant?(state: object): string | undefined;
  /** How states of earlier versions are brought to this one. */
  readonly migrate?: Migrations;
  /** Runs at a fixed rate while the session is active and someone is connected. */
  readonly tick?: { readonly everyMs: number; readonly run: Hook };
  /** Commands of every mode. */
  readonly commands: CommandTable;
  /** Commands of single modes, by mode. */
  readonly modes: Readonly<Record<string, CommandTable>>;
  readonly initialMode: string | undefined;
  /** The command of that name that is available in that mode. */
  findCommand(name: string, mode: string | undefined): CommandDefinition | undefined;
  /** What the user wrote, for `checkDefinition`. */
  readonly source: DefinitionSource;
}

/** What was given to `defineSession`, not yet trusted. */
export type DefinitionSource = Readonly<Record<string, unknown>>;

/** Recognises a definition by its mark. */
export function isSessionDefinition(value: unknown): value is SessionDefinition {
  return typeof value === 'object' && value !== null && DEFINITION in value;
}
