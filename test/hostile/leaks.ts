import { CODES } from '../../src/protocol/codes.ts';

/** What only the inside knows: traces, places of files, names of classes and tables, code that was shown as text. */
const INSIDE =
  /\n\s+at |\bat (?:async )?[\w.#<>]+ \(|node:internal|node_modules|file:\/\/|\/src\/|\/work\/|\.[cm]?[jt]s:\d|\b(?:Type|Range|Reference|Syntax|Frame|State|Zod|Sqlite|Assertion)Error\b|SQLITE_|\bSELECT .+ FROM\b|\bINSERT INTO\b|\[object \w+\]|\bENOENT\b|\bECONN\w+|=> *\{|\bfunction *\(|Cannot read propert|is not a function|is not iterable/;

/** What is wrong with a text that the server sends to a stranger, if anything is. `secrets`: what nobody but others may read. */
export function leakIn(text: string, secrets: readonly string[]): string | undefined {
  const inside = INSIDE.exec(text)?.[0];
  if (inside !== undefined) return `names the inside: ${inside.trim()}`;
  const secret = secrets.find((each) => text.includes(each));
  return secret === undefined ? undefined : `holds another's secret: ${secret}`;
}

export function isCode(code: unknown): boolean {
  return typeof code === 'string' && Object.hasOwn(CODES, code);
}
