import { pathFault, runMigrations } from '../definition/migrations.ts';
import type { SessionDefinition } from '../definition/session-definition.ts';
import type { JsonObject } from '../protocol/json.ts';
import type { Op } from '../state/op.ts';
import { startRecording } from '../state/recording.ts';
import { changeTree } from './people.ts';
import { NO_EFFECT } from './run-command.ts';
import type { EventFacts } from './session-log.ts';
import type { Tree } from './tree.ts';
import { treeFault } from './tree-fault.ts';

/** A migration is one event, which the store takes up to 1 MiB of. */
const MIGRATION_MOST_BYTES = 1_000_000;
const MIGRATION_MOST_OPS = 100_000;

/** What a migration did; its ops are in the tree. */
export type Migrated = Pick<EventFacts, 'who' | 'kind' | 'command' | 'effect'> & {
  readonly input: { readonly from: number; readonly to: number };
};

/** Whether a definition can serve a session that this version of it stored, and why not. */
export function versionFault(definition: SessionDefinition, stored: number): string | undefined {
  if (stored === definition.version) return undefined;
  const reason = pathFault(definition, stored);
  return reason === undefined
    ? undefined
    : `the session was stored by version ${stored} of '${definition.name}', this server has version ${definition.version}: ${reason}`;
}

/**
 * Brings a tree to the definition's version. Undefined where it has that already. Where it cannot be done the reason says why,
 * and the tree is of no use any more.
 */
export function migrateTree(tree: Tree, definition: SessionDefinition, from: number): Migrated | { readonly fault: string } | undefined {
  const { version } = definition;
  if (from === version) return undefined;
  try {
    const effect = {
      ...NO_EFFECT,
      ops: migrateState(tree, definition, from),
      meta: changeTree(tree, (meta) => keepMode(meta, definition)).meta,
    };
    const fault = treeFault(tree, Number.MAX_SAFE_INTEGER, definition);
    if (fault !== undefined) throw new Error(fault);
    return { who: 'system', kind: 'command', command: '@migrate', input: { from, to: version }, effect };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { fault: `its migration from version ${from} to ${version} failed: ${reason}` };
  }
}

function migrateState(tree: Tree, definition: SessionDefinition, from: number): Op[] {
  const maxOps = Math.max(MIGRATION_MOST_OPS, definition.limits.maxOpsPerCommand);
  const recording = startRecording(tree.state, { maxBytes: MIGRATION_MOST_BYTES, maxOps });
  runMigrations(definition, recording.draft, from);
  const ops = recording.finish();
  const bytes = Buffer.byteLength(JSON.stringify(ops));
  if (bytes > MIGRATION_MOST_BYTES) throw new RangeError(`it changes ${bytes} bytes; one event holds ${MIGRATION_MOST_BYTES}`);
  return ops;
}

/** A mode that the definition has no longer would leave a session without most of its commands. */
function keepMode(meta: JsonObject, { modes, initialMode }: SessionDefinition): void {
  const mode = meta['mode'];
  if (typeof mode === 'string' && Object.hasOwn(modes, mode)) return;
  if (initialMode !== undefined) meta['mode'] = initialMode;
  else delete meta['mode'];
}
