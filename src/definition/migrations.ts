import type { JsonObject } from '../protocol/json.ts';
import { checkHandler } from './check-commands.ts';
import { isRecord, kindOf, type Faults } from './fault-text.ts';

/**
 * Brings a state that an earlier version left to a later one: changes it in place, as a handler does, and returns nothing.
 * `from` is the version that it comes from. Annotate the parameter to say what the state was then.
 */
export type Migration = { migrate(state: JsonObject, from: number): void | undefined }['migrate'];

/**
 * One function for every earlier version, called once; or one step for each of them, by the version that it starts from: a
 * session of version 1 goes through the steps 1, 2, ... in turn.
 */
export type Migrations = Migration | { readonly [from: number]: Migration };

type Versioned = { readonly name: string; readonly version: number; readonly migrate?: Migrations };

/** Why a state of this version cannot be brought to the definition's own; undefined where it can, or need not be. */
export function pathFault({ name, version, migrate }: Versioned, from: number): string | undefined {
  if (from === version) return undefined;
  if (from > version) return `it was stored by version ${from} of '${name}', which is newer than version ${version} here`;
  if (typeof migrate === 'function') return undefined;
  const missing = stepsFrom(from, version).find((step) => migrate?.[step] === undefined);
  return missing === undefined ? undefined : `there is no migration of '${name}' from version ${missing}: define migrate[${missing}]`;
}

/** Runs every step from this version to the definition's own. Throws what a step throws, and where one does not change the state in place. */
export function runMigrations({ version, migrate }: Versioned, state: JsonObject, from: number): void {
  if (typeof migrate === 'function') return runStep(migrate, state, from);
  for (const step of stepsFrom(from, version)) {
    const each = migrate?.[step];
    if (each !== undefined) runStep(each, state, step);
  }
}

function runStep(migration: Migration, state: JsonObject, from: number): void {
  const returned: unknown = migration(state, from);
  if (typeof returned === 'object' && returned !== null && returned !== state)
    throw new TypeError(`The migration from version ${from} returned something; a migration changes the state in place, at once.`);
}

function stepsFrom(from: number, version: number): number[] {
  return Array.from({ length: version - from }, (_, index) => from + index);
}

/** A function, or functions by the version that they start from. */
export function* checkMigrations(place: string, migrate: unknown, version: unknown): Faults {
  if (migrate === undefined) return;
  if (typeof migrate === 'function') return yield* checkHandler(place, migrate);
  if (!isRecord(migrate)) {
    yield `${place}: a function of state and version, or an object of them by version, not ${kindOf(migrate)}`;
    return;
  }
  for (const [from, step] of Object.entries(migrate)) {
    const known = /^[1-9]\d*$/.test(from) && (typeof version !== 'number' || Number(from) < version);
    if (!known) yield `${place}.${from}: the version that a step starts from: from 1 to ${Number(version) - 1}`;
    yield* checkHandler(`${place}.${from}`, step);
  }
}
