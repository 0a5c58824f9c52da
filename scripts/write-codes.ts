// Writes docs/reference/codes.md from the table of codes.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CODES, type Then } from '../src/protocol/codes.ts';
import { ROOT } from './run-tool.ts';

export const CODES_PAGE = 'docs/reference/codes.md';

const THEN: Readonly<Record<Then, string>> = {
  'retry': 'the same may succeed later; try again, a little later each time',
  'reconnect': 'connect again with the position that you have; nothing is lost',
  'sign-in': 'get a new credential, then connect again',
  'reset': 'start as a new instance, from a snapshot',
  'stop': 'doing the same again cannot succeed',
};

/** The page, byte for byte. */
export function codesPage(): string {
  const rows = Object.entries(CODES).map(([code, row]) => {
    const close = 'close' in row ? String(row.close) : '';
    return `| \`${code}\` | ${row.then} | ${row.http} | ${close} | ${row.message} |`;
  });
  const meanings = Object.entries(THEN).map(([then, meaning]) => `| ${then} | ${meaning} |`);
  return `# Codes

Every rejection, error, HTTP answer and close carries one of these codes. They are stable: programs may rely on them, people should be shown the
message. This page is written by \`scripts/write-codes.ts\` from \`src/protocol/codes.ts\`.

| code | then | HTTP | close | message |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

*then* says what the client should do; the TypeScript client does it by itself wherever that is safe:

| then | means |
| --- | --- |
${meanings.join('\n')}

*HTTP* is the status of the same outcome over HTTP. *close* is the WebSocket close code, for codes that end a connection; a code that has none never
does. A client that meets a code it does not know treats it as \`rejected\` in a refusal and as \`internal\` in an error.
`;
}

if (import.meta.main) writeFileSync(join(ROOT, CODES_PAGE), codesPage());
