import type { CommandDefinition, CommandTable } from '../../definition/command.ts';
import type { SessionDefinition } from '../../definition/session-definition.ts';
import type { JsonValue } from '../../protocol/json.ts';
import { breakValue } from './break-value.ts';
import type { Dice } from './dice.ts';
import { resolveArguments } from './known-values.ts';
import { makeValue, WORDS, type Reference } from './make-value.ts';
import { fits, searchArguments } from './search-arguments.ts';

/** What a function that makes arguments draws from: the same for the same seed. */
export type Pick = {
  /** A whole number, both bounds included. */
  int(min: number, max: number): number;
  /** True in `percent` of a hundred times; default 50. */
  bool(percent?: number): boolean;
  /** One of a list that is not empty. */
  of<Item>(items: readonly Item[]): Item;
  /** One of a few short texts, which come again. */
  word(): string;
  /** Stands for the id of one of the people. */
  person(): JsonValue;
  /** Stands for a key or a short text that the sender sees in the state when the command is sent, such as an id that a handler made. */
  known(): JsonValue;
};

/** Makes arguments of one command, instead of those that its schema suggests. */
export type MakeArguments = (pick: Pick) => JsonValue;

export type CommandWish = { readonly name: string; readonly args: JsonValue };

/** So many of a hundred arguments are at the bounds of their schema, and so many are wrong on purpose. */
const EDGE = 15;
const WRONG = 10;
const TRIES = 6;

/** The commands of a definition, with arguments that people send, some at the bounds of what is legal, some wrong. */
export class Workload {
  readonly #commands: ReadonlyMap<string, readonly CommandDefinition[]>;
  readonly #schemas = new Map<CommandDefinition, unknown>();
  readonly #given: Readonly<Record<string, MakeArguments>>;

  constructor(definition: SessionDefinition, given: Readonly<Record<string, MakeArguments>> = {}) {
    this.#commands = commandsOf(definition);
    this.#given = given;
    for (const command of [...this.#commands.values()].flat()) this.#schemas.set(command, jsonSchemaOf(command));
  }

  get names(): readonly string[] {
    return [...this.#commands.keys()];
  }

  /** Whether one of that role may send it, as far as roles go. */
  mayBeSentBy(name: string, role: string): boolean {
    return this.#commands.get(name)?.some(({ roles }) => roles === undefined || roles.includes(role)) === true;
  }

  /** A command of that name with arguments. */
  make(name: string, dice: Dice): CommandWish {
    const given = this.#given[name];
    const command = dice.pick(this.#commands.get(name) ?? []);
    const throwing = dice.below(100);
    const valid = given === undefined ? this.#valid(command, dice, throwing < EDGE ? 'edge' : 'plain') : given(pickFrom(dice));
    return { name, args: throwing >= 100 - WRONG ? breakValue(valid, dice) : valid };
  }

  #valid(command: CommandDefinition, dice: Dice, mood: 'plain' | 'edge'): JsonValue {
    const schema = this.#schemas.get(command);
    let made: JsonValue = {};
    for (let tries = 0; schema !== undefined && tries < TRIES; tries += 1) {
      made = makeValue(schema, dice, tries < TRIES / 2 ? mood : 'plain');
      if (fits(command.schema, resolveArguments(made, undefined, ['a']))) return made;
    }
    return searchArguments(command.schema, resolveArguments(made, undefined, ['a']), dice);
  }
}

/** Every command by name; two modes may each have one of the same name. */
function commandsOf({ commands, modes }: SessionDefinition): ReadonlyMap<string, readonly CommandDefinition[]> {
  const found = new Map<string, CommandDefinition[]>();
  const tables: readonly CommandTable[] = [commands, ...Object.values(modes)];
  for (const [name, command] of tables.flatMap((table) => Object.entries(table))) found.set(name, [...(found.get(name) ?? []), command]);
  return found;
}

/** What the schema says of itself (Standard JSON Schema), where it does: zod and arktype do, valibot with `toStandardJsonSchema`. */
function jsonSchemaOf({ schema }: CommandDefinition): unknown {
  const standard: object = schema['~standard'];
  const { jsonSchema } = standard as { readonly jsonSchema?: { input?(options: { readonly target: string }): unknown } };
  try {
    return jsonSchema?.input?.({ target: 'draft-2020-12' });
  } catch {
    // What a schema cannot say, as with transformations, is found by trying.
    return undefined;
  }
}

function pickFrom(dice: Dice): Pick {
  return {
    int: (min, max) => dice.int(min, max),
    bool: (percent = 50) => dice.chance(percent),
    of: (items) => dice.pick(items),
    word: () => dice.pick(WORDS),
    person: () => ({ $person: dice.below(100) }) satisfies Reference,
    known: () => ({ $known: dice.below(1_000) }) satisfies Reference,
  };
}
