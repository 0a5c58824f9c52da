import type { SessionId } from '../protocol/ids.ts';
import type { AppendEntry, AppendResult } from './store.ts';

type Rare = Pick<AppendEntry, 'row' | 'logId' | 'side'>;

/**
 * A batch on its way between the threads. Cloning costs by the object, so a batch travels as a few lists whatever its size:
 * for each entry the texts `session, expectedHash, header, content, header, content, ...` and the numbers
 * `epoch, expectedSeq, at, count of events`; what few entries have stands apart with the entry's index.
 */
export type PackedEntries = {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  readonly rare: ReadonlyMap<number, Rare> | undefined;
};

/** For each result that is `ok` its hash and the numbers `seq, rev`; the others stand apart with their index. */
export type PackedResults = {
  readonly hashes: readonly string[];
  readonly numbers: readonly number[];
  readonly others: ReadonlyMap<number, AppendResult> | undefined;
};

export function packEntries(entries: readonly AppendEntry[]): PackedEntries {
  const texts: string[] = [];
  const numbers: number[] = [];
  let rare: Map<number, Rare> | undefined;
  for (const [index, entry] of entries.entries()) {
    texts.push(entry.session, entry.expectedHash);
    for (const { header, content } of entry.events) texts.push(header, content);
    numbers.push(entry.epoch, entry.expectedSeq, entry.at, entry.events.length);
    const { row, logId, side } = entry;
    if (row === undefined && logId === undefined && side === undefined) continue;
    rare ??= new Map();
    rare.set(index, { row, logId, side });
  }
  return { texts, numbers, rare };
}

export function unpackEntries({ texts, numbers, rare }: PackedEntries): AppendEntry[] {
  const entries: AppendEntry[] = [];
  let text = 0;
  for (let at = 0; at < numbers.length; at += 4) {
    const session = textAt(texts, text) as SessionId;
    const expectedHash = textAt(texts, text + 1);
    text += 2;
    const events = [];
    for (const end = text + 2 * numberAt(numbers, at + 3); text < end; text += 2) {
      events.push({ header: textAt(texts, text), content: textAt(texts, text + 1) });
    }
    const plain = {
      session,
      epoch: numberAt(numbers, at),
      expectedSeq: numberAt(numbers, at + 1),
      expectedHash,
      events,
      at: numberAt(numbers, at + 2),
    };
    const more = rare?.get(entries.length);
    entries.push(more === undefined ? plain : { ...plain, ...more });
  }
  return entries;
}

export function packResults(results: readonly AppendResult[]): PackedResults {
  const hashes: string[] = [];
  const numbers: number[] = [];
  let others: Map<number, AppendResult> | undefined;
  for (const [index, result] of results.entries()) {
    if (result.outcome === 'ok') {
      hashes.push(result.hash);
      numbers.push(result.seq, result.rev);
      continue;
    }
    others ??= new Map();
    others.set(index, result);
  }
  return { hashes, numbers, others };
}

export function unpackResults({ hashes, numbers, others }: PackedResults): AppendResult[] {
  const results: AppendResult[] = [];
  const count = hashes.length + (others?.size ?? 0);
  for (let ok = 0; results.length < count;) {
    const other = others?.get(results.length);
    results.push(other ?? { outcome: 'ok', seq: numberAt(numbers, 2 * ok), hash: textAt(hashes, ok), rev: numberAt(numbers, 2 * ok + 1) });
    if (other === undefined) ok += 1;
  }
  return results;
}

function textAt(texts: readonly string[], index: number): string {
  const text = texts[index];
  if (text === undefined) throw new RangeError('a packed batch has fewer texts than entries');
  return text;
}

function numberAt(numbers: readonly number[], index: number): number {
  const number = numbers[index];
  if (number === undefined) throw new RangeError('a packed batch has fewer numbers than entries');
  return number;
}
