import { type JsonLimits, scanJson, type ScanFault } from './scan-json.ts';

/** What a text says, or why it is refused. */
export type JsonRead = { readonly ok: true; readonly value: unknown } | ({ readonly ok: false } & ScanFault);

/**
 * Reads JSON that a stranger wrote, within bounds. Refused besides what is no JSON: what `scanJson` finds, and a key that stands
 * twice in one object, because readers disagree on which one counts. `what` is what the text is called in refusals. Never throws.
 */
export function readJson(text: string, limits: JsonLimits, what: string): JsonRead {
  const keys = scanJson(text, limits, what);
  if (typeof keys !== 'number') return { ok: false, ...keys };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: 'bad-frame', message: `The ${what} is not JSON.` };
  }
  if (countInside(value) === keys) return { ok: true, value };
  return { ok: false, code: 'bad-frame', message: 'A key stands twice in one object.' };
}

/** Keys of all objects in the value, whose depth the scan has bounded. Fewer than were written: one stood twice. */
function countKeys(value: object): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item: unknown) => sum + countInside(item), 0);
  let keys = 0;
  for (const key in value) keys += 1 + countInside((value as Readonly<Record<string, unknown>>)[key]);
  return keys;
}

function countInside(value: unknown): number {
  return typeof value === 'object' && value !== null ? countKeys(value) : 0;
}
