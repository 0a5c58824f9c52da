import type { SnapshotFrame } from '../protocol/frames.ts';
import type { AttachRequest } from '../protocol/ports.ts';
import { own } from './own.ts';
import type { Internal } from './tree.ts';

/** A client that was further than the log is, or elsewhere: what it said of itself. */
type Ahead = Pick<AttachRequest, 'position' | 'instance' | 'lowest'> & { readonly participant: string };

/**
 * What is gone of what a client had seen, where the log went back without anybody knowing, as after a backup was restored:
 * what the owner of its last event wrote after that owner's last event here. Undefined where that owner is not known here.
 */
export function goneFor(internal: Internal, { position, instance, lowest = 1, participant }: Ahead): SnapshotFrame['setAside'] {
  const index = internal.owners.findIndex(([, tag]) => tag === position?.tag);
  const next = internal.owners[index + 1];
  if (position === undefined || index < 0 || next === undefined || position.seq < next[0]) return undefined;
  const settled = instance === undefined ? undefined : (own(own(internal.instances, participant), instance)?.settled ?? 0);
  const isGone = settled !== undefined && lowest > settled + 1;
  return { range: [next[0], position.seq], commands: isGone ? [[settled + 1, lowest - 1]] : [] };
}
