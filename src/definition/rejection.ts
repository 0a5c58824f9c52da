import type { JsonValue } from '../protocol/json.ts';

const REJECTION: unique symbol = Symbol.for('holdfast.rejection');

/** What `ctx.reject` throws: an expected refusal by the session's own rules, not a failure. */
export class Rejection extends Error {
  readonly [REJECTION] = true;
  readonly details: JsonValue | undefined;
  constructor(message: string, details?: JsonValue) {
    super(message);
    this.name = 'Rejection';
    this.details = details;
  }
}

/** Recognises a rejection by its mark, also one of another copy of this package. */
export function isRejection(thrown: unknown): thrown is Rejection {
  return typeof thrown === 'object' && thrown !== null && REJECTION in thrown;
}
