import type { JsonObject } from '../protocol/json.ts';
import { ViewHash } from '../state/view-hash.ts';

/** The hash of a whole view, every value read anew: a value that somebody changed in place is found too. */
export function hashOf(view: { readonly meta: JsonObject; readonly state: JsonObject }): string {
  return new ViewHash().of(view);
}
