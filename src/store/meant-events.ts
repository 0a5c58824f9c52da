import { decodeHeader } from '../protocol/event-text.ts';
import type { Seq } from '../protocol/ids.ts';
import type { ErasedEvents } from './store-removal.ts';

/** Whether the event at a seq, with its header, is to be erased; none beyond `upTo` is. */
export function isMeant(events: ErasedEvents, upTo: Seq): (seq: Seq, header: string) => boolean {
  if ('who' in events) return (seq, header) => seq <= upTo && whoOf(header) === events.who;
  const seqs = new Set(events);
  return (seq) => seqs.has(seq);
}

function whoOf(header: string): string | undefined {
  try {
    return decodeHeader(header).who;
  } catch {
    return undefined;
  }
}
