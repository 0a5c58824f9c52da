import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readFrame } from '../src/client/read-frame.ts';
import { encodeFrame, readClientFrame } from '../src/protocol/codec.ts';
import { PROTOCOL_VERSION } from '../src/protocol/version.ts';
import { WELL_FORMED } from './sample-frames.ts';
import { readJson, readText, ROOT } from './source-files.ts';

// After a change that is meant: raise PROTOCOL_VERSION, then HOLDFAST_UPDATE_GOLDEN=1 npm test -- test/protocol-golden.test.ts
const GOLDEN = 'test/golden/protocol.json';

type Golden = {
  readonly version: number;
  /** SHA-256 of the declarations of everything on the wire, without comments and space. */
  readonly declarations: string;
  readonly client: Readonly<Record<string, string>>;
  readonly server: Readonly<Record<string, string>>;
};

function digestDeclarations(): string {
  const text = ['frames', 'presence', 'ids', 'json'].map((name) => readText(`src/protocol/${name}.ts`)).join('\n');
  const bare = text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, '');
  return createHash('sha256').update(bare).digest('hex');
}

function currentGolden(): Golden {
  const { client, server } = WELL_FORMED;
  const clientTexts = Object.entries(client).map(([kind, frame]) => [kind, encodeFrame(frame)] as const);
  const serverTexts = Object.entries(server).map(
    ([kind, frame]) => [kind, Array.isArray(frame) ? JSON.stringify(frame) : encodeFrame(frame)] as const,
  );
  return {
    version: PROTOCOL_VERSION,
    declarations: digestDeclarations(),
    client: Object.fromEntries(clientTexts),
    server: Object.fromEntries(serverTexts),
  };
}

function readGolden(): Golden {
  const path = join(ROOT, GOLDEN);
  const current = currentGolden();
  if (process.env['HOLDFAST_UPDATE_GOLDEN'] === '1') {
    const raised = !existsSync(path) || (readJson(GOLDEN) as Golden).version < PROTOCOL_VERSION;
    if (raised) writeFileSync(path, `${JSON.stringify(current, null, 2)}\n`);
  }
  return readJson(GOLDEN) as Golden;
}

const golden = readGolden();

test('WIRE-8: the shapes of frames change only together with the version of the protocol', () => {
  const { version, declarations } = currentGolden();
  assert.deepEqual(
    { version, declarations },
    { version: golden.version, declarations: golden.declarations },
    'frames.ts, ids.ts or json.ts declare something else than before: raise PROTOCOL_VERSION, then write the golden file anew ' +
      '(while a version is unreleased, delete test/golden/protocol.json instead)',
  );
});

test('WIRE-8: every kind of frame is sent with the bytes of its golden sample', () => {
  assert.deepEqual({ client: currentGolden().client, server: currentGolden().server }, { client: golden.client, server: golden.server });
});

test('WIRE-8: the golden samples of a client are read', () => {
  for (const [kind, text] of Object.entries(golden.client)) {
    assert.deepEqual(readClientFrame(text, { first: kind === 'hello' }), { ok: true, frame: JSON.parse(text) });
  }
});

test('WIRE-8: the golden samples of a server are read', () => {
  for (const text of Object.values(golden.server)) assert.deepEqual(readFrame(text), JSON.parse(text));
});
