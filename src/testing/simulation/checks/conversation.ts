import type { ClientFrame, HelloFrame, LiveFrame, PathList, ServerFrame, SnapshotFrame, TailFrame } from '../../../protocol/frames.ts';
import { LiveDecoder, type LiveEvent } from '../../../state/live-decoder.ts';
import type { EventLine } from './event-line.ts';
import type { View, Viewer } from './plain-sight.ts';

/** A frame of the server as it was given to the wire, and what a client that has it must come to. */
export type Moment = {
  readonly index: number;
  readonly conversation: Conversation;
  readonly frame: ServerFrame;
  readonly text: string;
  /** The log as the server that sent it knows it, and how far it was written at that instant. */
  readonly line: EventLine;
  readonly durable: number;
  /** What the client had before, in seqs, and has now. */
  from: number;
  upTo: number;
  /** As whom the recipient sees the stream, and the seq with which it began; undefined before it did. */
  stream: Stream | undefined;
  /** The events that it shows, as decoded. */
  events: readonly LiveEvent[];
  /** A tail that has a snapshot before it; a snapshot. */
  anew: boolean;
  /** The first difference between what the client has then and what the log gives; undefined: none, or nothing was compared. */
  difference: string | undefined;
  compared: boolean;
  /** What about it cannot be understood. */
  fault: string | undefined;
};

export type Stream = { readonly viewer: Viewer; readonly since: number };

/** One transport between a client and a server: what each told the other. */
export class Conversation {
  readonly connection: string;
  readonly client: string;
  readonly server: string;
  readonly openedAt: number;
  closed: { readonly index: number; readonly code: string | undefined } | undefined;
  hello: HelloFrame | undefined;
  session: string | undefined;
  participant: string | undefined;
  instance: string | undefined;
  /** What the server calls the connection. */
  id: string | undefined;
  readonly moments: Moment[] = [];
  /** Frames of the client as they arrived. */
  readonly heard: { readonly index: number; readonly frame: ClientFrame }[] = [];
  /** How many frames of the server have arrived. */
  arrived = 0;
  /** What did not arrive as it was sent. */
  garbled: { readonly index: number; readonly what: string } | undefined;
  view: View | undefined;
  stream: Stream | undefined;
  at = 0;
  snapshot: Moment | undefined;
  decoder: LiveDecoder | undefined;
  /** As it was when the conversation began. */
  start: LiveDecoder | undefined;

  constructor(connection: string, client: string, server: string, index: number) {
    this.connection = connection;
    this.client = client;
    this.server = server;
    this.openedAt = index;
  }

  /** The decoder of a client that has read what arrived, where it has that table; undefined where it never had it. */
  decoderWith([id, known]: readonly [number, number]): LiveDecoder | undefined {
    let decoder = this.start === undefined ? undefined : copyOf(this.start);
    let found = tableIn(decoder, id, known);
    for (const { frame } of this.moments.slice(0, this.arrived)) {
      decoder = after(decoder, frame);
      found = tableIn(decoder, id, known) ?? found;
    }
    return found;
  }
}

function tableIn(decoder: LiveDecoder | undefined, id: number, known: number): LiveDecoder | undefined {
  if (decoder === undefined || decoder.table[0] !== id || decoder.table[1] < known) return undefined;
  return new LiveDecoder([id, known], 0, decoder);
}

function after(decoder: LiveDecoder | undefined, frame: ServerFrame): LiveDecoder | undefined {
  try {
    if (Array.isArray(frame)) decoder?.decode(frame as LiveFrame);
    else if (frame.t === 'snapshot') return beginWith(frame);
    else if (frame.t === 'tail') return goOnWith(decoder, frame);
  } catch {
    // What cannot be decoded is told where it was sent.
  }
  return decoder;
}

export function copyOf(decoder: LiveDecoder): LiveDecoder {
  return new LiveDecoder(decoder.table, 0, decoder);
}

export function beginWith({ paths, position }: Pick<SnapshotFrame, 'paths' | 'position'>): LiveDecoder {
  return new LiveDecoder(paths, position.seq);
}

export function goOnWith(decoder: LiveDecoder | undefined, { paths, seq }: Pick<TailFrame, 'paths' | 'seq'>): LiveDecoder {
  const list: PathList | [] | undefined = paths ?? decoder?.table;
  if (list === undefined) throw new Error('a tail for a client that has no table');
  return new LiveDecoder(list, seq, decoder);
}
