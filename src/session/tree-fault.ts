import type { SessionDefinition } from '../definition/session-definition.ts';
import type { Seq } from '../protocol/ids.ts';
import { STATUSES } from './lifecycle-table.ts';
import type { Tree } from './tree.ts';

/** What a tree must fulfil besides coming from events that verify: the definition's own `invariant`. */
export type Invariant = Pick<SessionDefinition, 'invariant'>;

/**
 * Why a tree at `head` cannot be that of a session; undefined where nothing speaks against it. Every event may have verified
 * and yet have been written wrongly, and a snapshot may be whole and of something else.
 */
export function treeFault(tree: Tree, head: Seq, invariant?: Invariant): string | undefined {
  for (const [part, check] of CHECKS) {
    const fault = check(tree, head);
    if (fault !== undefined) return `${part}: ${fault}`;
  }
  return ownFault(tree, invariant);
}

function ownFault(tree: Tree, { invariant }: Invariant = {}): string | undefined {
  if (invariant === undefined) return undefined;
  try {
    const fault = invariant(tree.state);
    return fault === undefined ? undefined : `invariant: ${fault}`;
  } catch (error) {
    return `invariant: ${error instanceof Error ? error.message : String(error)}`;
  }
}

type Check = (tree: Tree, head: Seq) => string | undefined;

const CHECKS: readonly (readonly [part: string, check: Check])[] = [
  ['tree', ({ meta, state, internal, parts }) => ([meta, state, internal, parts].every(isRecord) ? undefined : 'a part is missing')],
  ['meta.status', ({ meta }) => (STATUSES.some((status) => status === meta['status']) ? undefined : 'no status of a session')],
  ['meta', ({ meta }) => missingText(meta, ['type', 'name', 'access', 'owner', 'ownerName'])],
  ['meta.participants', ({ meta }, head) => peopleFault(meta['participants'], head)],
  ['internal', ({ internal }) => missingText(internal, ['key'])],
  [
    'internal',
    ({ internal }) => missingRecord(internal, ['connections', 'audience', 'invites', 'instances', 'timers', 'time', 'activity', 'history']),
  ],
  ['internal.audience', ({ internal }, head) => peopleFault(internal.audience, head)],
  ['internal.owners', ({ internal }, head) => ownersFault(internal.owners, head)],
  ['internal.changedSeq', ({ internal }, head) => (internal.changedSeq <= head ? undefined : 'lies after the head')],
  ['internal.instances', ({ internal }, head) => instancesFault(internal.instances, head)],
];

function missingText(record: object, names: readonly string[]): string | undefined {
  const missing = names.find((name) => typeof (record as Record<string, unknown>)[name] !== 'string');
  return missing === undefined ? undefined : `'${missing}' is no text`;
}

function missingRecord(record: object, names: readonly string[]): string | undefined {
  const missing = names.find((name) => !isRecord((record as Record<string, unknown>)[name]));
  return missing === undefined ? undefined : `'${missing}' is no object`;
}

function peopleFault(people: unknown, head: Seq): string | undefined {
  if (!isRecord(people)) return 'no object';
  for (const entry of Object.values(people)) {
    if (!isRecord(entry) || typeof entry['name'] !== 'string' || typeof entry['role'] !== 'string') return 'an entry without name or role';
    if (!(typeof entry['joinedSeq'] === 'number' && entry['joinedSeq'] <= head)) return 'someone joined after the head';
  }
  return undefined;
}

function ownersFault(owners: unknown, head: Seq): string | undefined {
  if (!Array.isArray(owners) || owners.length === 0) return 'nobody owned the log';
  const seqs = owners.map((owner: unknown) => (Array.isArray(owner) && typeof owner[1] === 'string' ? Number(owner[0]) : Number.NaN));
  const isAscending = seqs.every((seq, index) => seq <= head && (index === 0 || seq > (seqs[index - 1] ?? 0)));
  return isAscending ? undefined : 'owners out of order';
}

function instancesFault(instances: unknown, head: Seq): string | undefined {
  for (const records of Object.values(isRecord(instances) ? instances : {})) {
    for (const record of Object.values(isRecord(records) ? records : {})) {
      if (!isRecord(record) || typeof record['settled'] !== 'number' || !Array.isArray(record['window']))
        return 'a record of another shape';
      if (!(typeof record['last'] === 'number' && record['last'] <= head)) return 'a command was settled after the head';
    }
  }
  return undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
