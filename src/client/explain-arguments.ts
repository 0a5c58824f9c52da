import type { Code } from '../protocol/codes.ts';
import type { JsonValue } from '../protocol/json.ts';

/** What arguments must keep, so that the server reads the frame around them. */
export type ArgumentRules = {
  readonly mostBytes: number;
  readonly mostDepth: number;
  readonly mostValues: number;
  readonly isPlainKey: (key: string) => boolean;
};

/** Why arguments cannot be sent, for people. */
export function explainArguments(name: string, args: unknown, rules: ArgumentRules): { readonly code: Code; readonly message: string } {
  try {
    const text: string | undefined = JSON.stringify(args);
    if (text !== undefined && new TextEncoder().encode(text).length > rules.mostBytes) {
      return { code: 'too-large', message: `The arguments are larger than ${rules.mostBytes} bytes.` };
    }
    const fault = text === undefined ? 'they are not JSON' : faultIn(JSON.parse(text), rules, 0);
    return { code: 'invalid-arguments', message: `The arguments of ${name} cannot be sent: ${fault ?? 'they hold too many values'}` };
  } catch (error) {
    return { code: 'invalid-arguments', message: `The arguments of ${name} cannot be sent: ${String(error)}` };
  }
}

function faultIn(value: JsonValue, rules: ArgumentRules, level: number): string | undefined {
  if (typeof value === 'number') return Math.abs(value) > Number.MAX_SAFE_INTEGER ? `${value} is not exact` : undefined;
  if (typeof value === 'string') return value.isWellFormed() ? undefined : 'a string holds half a character';
  if (typeof value !== 'object' || value === null) return undefined;
  if (level > rules.mostDepth) return 'they hold too deep values';
  for (const [key, item] of Object.entries(value)) {
    const fault = rules.isPlainKey(key) ? faultIn(item, rules, level + 1) : `the key ${JSON.stringify(key)} is reserved or needs an escape`;
    if (fault !== undefined) return fault;
  }
  return undefined;
}
