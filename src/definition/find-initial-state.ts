import type { StandardSchemaV1 } from '@standard-schema/spec';
import { copyJson } from '../state/copy-json.ts';
import { partsOf } from './build-definition.ts';
import { checkValue } from './check-value.ts';
import { isRecord, kindOf, thrownText } from './fault-text.ts';
import type { DefinitionSource } from './session-definition.ts';

/** Keys of the state as far as they can be known without options; undefined where `initial` cannot be called without. */
export type FoundState = {
  /** Those of the source itself. */
  readonly ownKeys: readonly string[] | undefined;
  /** With those of its parts. */
  readonly keys: readonly string[] | undefined;
  readonly faults: readonly string[];
};

/** Calls `initial` with empty options. A definition whose options have required members is not called. */
export function findInitialState(place: string, source: DefinitionSource): FoundState {
  const { initial } = source;
  if (typeof initial !== 'function')
    return unknownState([`${place}.initial: a function that returns the initial state, not ${kindOf(initial)}`]);
  const options = emptyOptions(source['options']);
  if (options === undefined) return unknownState([]);
  try {
    const state: unknown = initial(options.value);
    if (isRecord(state) && !isThenable(state)) return withParts(source, Object.keys(state), jsonFaults(place, state));
    return unknownState([`${place}.initial: the state is a plain object, not ${isThenable(state) ? 'a promise' : kindOf(state)}`]);
  } catch (error) {
    return unknownState(
      source['options'] === undefined ? [`${place}.initial: threw ${thrownText(error)} when called with empty options`] : [],
    );
  }
}

function jsonFaults(place: string, state: object): string[] {
  try {
    copyJson(state);
    return [];
  } catch (error) {
    return [`${place}.initial: ${error instanceof Error ? error.message : 'the state is not JSON'}`];
  }
}

function withParts(source: DefinitionSource, ownKeys: readonly string[], faults: readonly string[]): FoundState {
  const ofParts = partsOf(source).map((part) => findInitialState('', part.source).keys);
  const known = ofParts.every((keys) => keys !== undefined);
  return { ownKeys, keys: known ? [...ofParts.flat(), ...ownKeys] : undefined, faults };
}

function unknownState(faults: readonly string[]): FoundState {
  return { ownKeys: undefined, keys: undefined, faults };
}

function emptyOptions(schema: unknown): { readonly value: unknown } | undefined {
  if (schema === undefined) return { value: {} };
  try {
    const checked = checkValue(schema as StandardSchemaV1, {});
    return checked.ok ? { value: checked.value } : undefined;
  } catch {
    return undefined;
  }
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value;
}
