/** Keys that could reach a prototype. */
export const RESERVED_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype'];

/**
 * Whether JSON writes a key as it stands, and it is not reserved: no quote, backslash, control character or half of a
 * surrogate pair. Other keys are refused in what clients send, because `JSON.parse` may read them as another key (see
 * `scanJson`).
 */
export function isPlainKey(key: string): boolean {
  if (RESERVED_KEYS.includes(key)) return false;
  for (let at = 0; at < key.length; at += 1) {
    const unit = key.charCodeAt(at);
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c) return false;
  }
  return key.isWellFormed();
}
