import type { Seq } from '../protocol/ids.ts';
import type { ConnectionRecord } from '../protocol/ports.ts';
import type { Audience } from './audience.ts';
import type { Stream, Suspension } from './stream.ts';
import type { OwnFrames } from './wire.ts';

/** What a peer that reads slowly may cost. */
export type SlowBounds = {
  /** With more unsent bytes, or answers that wait, a connection whose stream stands still is closed. Default 4 MiB. */
  readonly maxUnsent: number;
  /** A stream that waits longer than this for its peer is closed, in milliseconds. Default 30,000. */
  readonly maxSuspendedMs: number;
};

const SLOW_BOUNDS: SlowBounds = { maxUnsent: 4 * 1024 * 1024, maxSuspendedMs: 30_000 };

/** Some of them, or undefined for the default. */
export type Some<Options> = { readonly [Name in keyof Options]?: Options[Name] | undefined };

/** What is done about slow peers. */
export type SlowEffects = {
  now(): number;
  audience(stream: Stream): Audience | undefined;
  close(stream: Stream): void;
  /** The peer has read everything: it wants what came after `upTo`. */
  refresh(stream: Stream, upTo: Seq): void;
};

/**
 * Peers that read more slowly than their session speaks. Their streams stand still and cost nothing; once a peer has read
 * what it has, it is brought to the head in one piece. Only answers are kept for it meanwhile.
 */
export class SlowStreams {
  readonly #bounds: SlowBounds;
  readonly #effects: SlowEffects;
  readonly #found: Stream[] = [];
  readonly #suspended = new Set<Stream>();

  constructor(bounds: Some<SlowBounds>, effects: SlowEffects) {
    const { maxUnsent, maxSuspendedMs } = bounds;
    this.#bounds = { maxUnsent: maxUnsent ?? SLOW_BOUNDS.maxUnsent, maxSuspendedMs: maxSuspendedMs ?? SLOW_BOUNDS.maxSuspendedMs };
    this.#effects = effects;
  }

  /** Its wire said that more is unsent than is good. */
  add(stream: Stream): void {
    this.#found.push(stream);
  }

  /** Suspends, or closes, those that were found to be slow: after the delivery, when all was written. */
  settle(): void {
    if (this.#found.length === 0) return;
    for (const stream of this.#found.splice(0)) {
      const { wire } = stream;
      if (wire === undefined) continue;
      const { unsent } = wire;
      // One delivery may be as large as it is: from then on nothing is added but answers.
      if (stream.suspended === undefined && stream.view !== null && wire.whenDrained !== undefined) this.#suspend(stream);
      else if (unsent === undefined || unsent > this.#bounds.maxUnsent) this.#effects.close(stream);
    }
  }

  /** What may be sent now of a record for a suspended stream; the rest is kept until it goes on. */
  hold(stream: Stream, record: ConnectionRecord): OwnFrames | undefined {
    const { suspended } = stream;
    if (suspended === undefined || record.close !== undefined) return record;
    if (typeof record.view === 'number' && suspended.asked) return this.#goOn(stream, record, suspended.answers);
    // Where the stream begins anew meanwhile, the session still knows when it is asked.
    const kept = typeof record.view === 'number' ? [] : record.frames;
    for (const frame of [...kept, ...(record.answers ?? [])]) {
      suspended.answers.push(frame);
      suspended.length += frame.length;
    }
    if (suspended.length > this.#bounds.maxUnsent) this.#effects.close(stream);
    return undefined;
  }

  /** The stream's transport is gone. */
  forget(stream: Stream): void {
    stream.suspended = undefined;
    this.#suspended.delete(stream);
  }

  /** Closes those that have been waiting for too long. */
  sweep(at: number): void {
    for (const stream of this.#suspended) {
      if (at - (stream.suspended?.since ?? at) > this.#bounds.maxSuspendedMs) this.#effects.close(stream);
    }
  }

  #suspend(stream: Stream): void {
    const audience = this.#effects.audience(stream);
    const { wire } = stream;
    if (audience === undefined || wire === undefined) return;
    const { upTo } = audience;
    const suspension: Suspension = { upTo, since: this.#effects.now(), asked: false, answers: [], length: 0 };
    audience.show(stream, null);
    stream.suspended = suspension;
    this.#suspended.add(stream);
    wire.whenDrained?.(() => {
      if (stream.suspended !== suspension) return;
      suspension.asked = true;
      this.#effects.refresh(stream, upTo);
    });
  }

  /** Everything missed comes first, then the answers that rest on it. */
  #goOn(stream: Stream, record: ConnectionRecord, answers: readonly string[]): OwnFrames {
    this.forget(stream);
    if (answers.length === 0) return record;
    return { ...record, answers: [...answers, ...(record.answers ?? [])] };
  }
}
