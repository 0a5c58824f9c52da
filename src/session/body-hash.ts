import type { JsonValue } from '../protocol/json.ts';

/**
 * A 53-bit hash of a command's name and arguments (cyrb53, public domain): tells a retry from another command under the
 * same number. Not a defence: who sends both bodies chooses both.
 */
export function bodyHash(name: string, args: JsonValue | undefined): number {
  const text = args === undefined ? name : `${name} ${JSON.stringify(args)}`;
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return 4294967296 * (2097151 & low) + (high >>> 0);
}
