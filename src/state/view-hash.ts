import type { JsonObject, JsonValue } from '../protocol/json.ts';
import { hashText } from './text-hash.ts';

type Part = { readonly high: number; readonly low: number };

/**
 * 64 bits over everything that a view shows, as 16 hexadecimal digits: equal on both ends exactly when the JSON texts are
 * equal, key order included (but for one chance in 2^64). Each top-level key is hashed for itself and kept until it is
 * forgotten, so a large part that did not change is not read again.
 */
export class ViewHash {
  readonly #parts = new Map<string, Part>();

  /** The value below this top-level key has changed. */
  forget(root: 'meta' | 'state', key: string): void {
    this.#parts.delete(`${root} ${key}`);
  }

  /** Everything may have changed. */
  forgetAll(): void {
    this.#parts.clear();
  }

  of(view: { readonly meta: JsonObject; readonly state: JsonObject }): string {
    let text = '';
    for (const root of ['meta', 'state'] as const) {
      for (const key of Object.keys(view[root])) {
        const { high, low } = this.#part(`${root} ${key}`, view[root][key] ?? null);
        text += `${root} ${key} ${high} ${low} `;
      }
    }
    const { high, low } = hashText(text);
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
  }

  #part(name: string, value: JsonValue): Part {
    let part = this.#parts.get(name);
    if (part === undefined) {
      part = hashText(JSON.stringify(value));
      this.#parts.set(name, part);
    }
    return part;
  }
}
