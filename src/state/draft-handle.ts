import type { JsonObject } from '../protocol/json.ts';
import type { Container } from './json-rules.ts';

/** The way from a draft to what it stands for; answered by drafts alone, also after their recording is closed. */
export const HANDLE: unique symbol = Symbol('draft');

/** What others may know of a draft. */
export interface DraftHandle {
  readonly target: Container;
  /** Throws `closed` when the draft's recording is over. */
  assertOpen(): void;
}

export function handleOf(value: object): DraftHandle | undefined {
  return (value as { readonly [HANDLE]?: DraftHandle })[HANDLE];
}

/**
 * Stands in the tree for a key that was deleted while recording, so that undo finds its place in the key order without
 * reading all keys of a wide object. Swept out when the recording finishes; drafts and copies never show it.
 */
export const REMOVED: JsonObject = Object.freeze<JsonObject>({});
