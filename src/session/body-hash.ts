import type { JsonValue } from '../protocol/json.ts';
import { hashText } from '../state/text-hash.ts';

/**
 * A 53-bit hash of a command's name and arguments: tells a retry from another command under the same number. Not a
 * defence: who sends both bodies chooses both.
 */
export function bodyHash(name: string, args: JsonValue | undefined): number {
  const { high, low } = hashText(args === undefined ? name : `${name} ${JSON.stringify(args)}`);
  return 4294967296 * (2097151 & low) + high;
}
