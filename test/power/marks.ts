import { addRecord, type DiskRecord } from '../shim/disk-journal.ts';

/** Long work that is cut more often than its length alone would have it. */
export type Deed = 'snapshot' | 'backup' | 'migration' | 'cleanup';

/** What someone has been told, put between what the disk was told: from there on it must outlast a power cut. */
export type Mark =
  | { readonly mark: 'appended' | 'shown'; readonly session: string; readonly seq: number; readonly hash: string }
  | { readonly mark: 'acked'; readonly session: string; readonly id: string; readonly draw: number }
  | { readonly mark: 'removing' | 'removed'; readonly session: string }
  | { readonly mark: 'backed-up'; readonly path: string }
  | { readonly mark: 'begin' | 'end'; readonly deed: Deed }
  | { readonly mark: 'round'; readonly unit: number };

export function addMark(journal: string, mark: Mark): void {
  addRecord(journal, { kind: 'mark', bytes: Buffer.from(JSON.stringify(mark)) });
}

export function markIn({ kind, bytes }: DiskRecord): Mark | undefined {
  return kind === 'mark' ? (JSON.parse(bytes.toString()) as Mark) : undefined;
}
