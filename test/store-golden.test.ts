import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { encodeContent, encodeHeader } from '../src/protocol/event-text.ts';
import type { InstanceId, LogId, ParticipantId, SessionId, Tag } from '../src/protocol/ids.ts';
import { FORMAT_VERSION } from '../src/protocol/version.ts';
import { CHUNK_FORMAT, decodeChunk, encodeChunk } from '../src/store/event-chunk.ts';
import { decodeHeadRecord, encodeHeadRecord, HEAD_RECORD_FORMAT } from '../src/store/head-record.ts';
import { MemoryStore } from '../src/store/memory-store.ts';
import { exportLines, importLines, SESSION_FILE_FORMAT } from '../src/store/session-file.ts';
import { snapshotChecksum } from '../src/store/snapshot-checksum.ts';
import { SCHEMA_STEPS, SCHEMA_VERSION } from '../src/store/sqlite-schema.ts';
import type { SideWrite } from '../src/store/store.ts';
import { FIELDS } from '../src/testing/store-entries.ts';
import { GENESIS_HASH } from '../src/protocol/event.ts';

const header = encodeHeader({
  logId: 'AAAAAAAAAAAAAAAAAAAAAA' as LogId,
  epoch: 1,
  seq: 1,
  tag: 'BBBBBBBBBBB' as Tag,
  at: 1_700_000_000_000,
  who: 'ann' as ParticipantId,
  kind: 'command',
  command: 'roll',
  instance: 'CCCCCCCCCCCCCCCCCCCCCC' as InstanceId,
  number: 1,
  definition: 1,
});
const content = encodeContent({
  salt: 'DDDDDDDDDDDDDDDDDDDDDD',
  input: { sides: 20, why: 'für die Ehre' },
  ops: [['s', ['rolls', 0], { by: 'ann', n: 17 }]],
  meta: [['s', ['participants', 'ann', 'here'], true]],
  internal: [['d', ['timers', 'x']]],
  messages: [{ name: 'rolled', payload: { n: 17 } }],
  result: 17,
  seed: 'EEEEEEEEEEEEEEEEEEEEEE',
  low: 1,
});
const { data, hash } = encodeChunk(GENESIS_HASH, [
  { header, content },
  { header, content },
]);
const session = 'FFFFFFFFFFFFFFFFFFFFFF' as SessionId;
const snapshot = Buffer.from('{"meta":{},"state":{},"internal":{},"parts":{}}');
const record = { eventRow: 7, heads: new Map([[session, 5]]), regressions: [{ session, recordedSeq: 5, foundSeq: 4 }], missingRows: 1 };

const ids = { session, logId: 'AAAAAAAAAAAAAAAAAAAAAA' as LogId };

/** A session with an erased event, as exported. */
async function exported(): Promise<Buffer> {
  const store = new MemoryStore();
  await store.open();
  const row = { ...FIELDS, createdAt: 1_700_000_000_000 };
  const first = { ...ids, epoch: 1, expectedSeq: 0, expectedHash: GENESIS_HASH, events: [{ header, content }], at: row.createdAt, row };
  const side: SideWrite[] = [
    { kind: 'snapshot', seq: 1, data: snapshot.toString() },
    { kind: 'act', seq: 1, at: row.createdAt, who: 'ann', subject: 'bob', what: 'kick' },
    { kind: 'history', data: '{"highlights":[]}', startedAt: row.createdAt, endedAt: null, people: ['ann', 'bob'] },
  ];
  const [result] = await store.append([{ ...first, side }]);
  assert.ok(result?.outcome === 'ok');
  await store.erase(session, [1]);
  await store.append([{ ...first, expectedSeq: 1, expectedHash: result.hash, row: undefined, logId: undefined }]);
  const lines: string[] = [];
  for await (const line of (await exportLines(store, session)) ?? []) lines.push(line);
  return Buffer.from(lines.join(''));
}

/** Each stored form: the version that must change with it, and its bytes. */
const FORMS: Record<string, { version: number; bytes: Uint8Array }> = {
  'store.header.json': { version: FORMAT_VERSION, bytes: Buffer.from(header) },
  'store.content.json': { version: FORMAT_VERSION, bytes: Buffer.from(content) },
  'store.chunk.bin': { version: CHUNK_FORMAT, bytes: data },
  'store.snapshot.bin': {
    version: FORMAT_VERSION,
    bytes: Buffer.concat([snapshotChecksum(session, { seq: 2, hash, data: snapshot }), snapshot]),
  },
  'store.head-record.txt': { version: HEAD_RECORD_FORMAT, bytes: Buffer.from(encodeHeadRecord(record)) },
  'store.session.ndjson': { version: SESSION_FILE_FORMAT, bytes: await exported() },
  'store.schema.sql': { version: SCHEMA_VERSION, bytes: Buffer.from(SCHEMA_STEPS.join('\n')) },
};

function golden(name: string): URL {
  return new URL(`golden/${name}`, import.meta.url);
}

describe('stored bytes', () => {
  // With GOLDEN=write the files are written anew: after raising a version, and together with what reads the old form.
  if (process.env['GOLDEN'] === 'write') {
    for (const [name, { bytes }] of Object.entries(FORMS)) writeFileSync(golden(name), bytes);
    const versions = Object.fromEntries(Object.entries(FORMS).map(([name, { version }]) => [name, version]));
    writeFileSync(golden('store.versions.json'), `${JSON.stringify(versions, null, 2)}\n`);
  }

  it('LOG-8: what is stored has the bytes that it had when its version was given', () => {
    const versions = JSON.parse(readFileSync(golden('store.versions.json'), 'utf8')) as Record<string, number>;
    for (const [name, { version, bytes }] of Object.entries(FORMS)) {
      assert.equal(version, versions[name], `${name}: the version has changed; write the golden files anew`);
      const stored = readFileSync(golden(name));
      assert.ok(stored.equals(bytes), `${name}: the bytes have changed without a new version`);
    }
  });

  it('LOG-8: what was stored then is still read', async () => {
    const { frames, fault } = decodeChunk(readFileSync(golden('store.chunk.bin')));
    assert.equal(fault, undefined);
    assert.deepEqual(
      frames.map((frame) => frame.header.toString()),
      [header, header],
    );
    assert.equal(frames.at(-1)?.hash, hash);
    const lines = readFileSync(golden('store.session.ndjson'), 'utf8').trimEnd().split('\n');
    const store = new MemoryStore();
    await store.open();
    const imported = await importLines(Readable.from(lines));
    assert.equal((await store.adopt(imported.session, imported.side)).outcome, 'ok');
    assert.equal((await store.get(session))?.headSeq, 2);
    assert.deepEqual(decodeHeadRecord(readFileSync(golden('store.head-record.txt'), 'utf8')), record);
  });
});
