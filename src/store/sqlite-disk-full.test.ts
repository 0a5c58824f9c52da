import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { appendOne, creation, following } from '../testing/store-entries.ts';
import { temporaryDirectory } from '../testing/temporary-directory-adapter.ts';
import { sqliteStore } from './sqlite-store.ts';

const MIB = 1024 * 1024;
const RESERVE = 8 * MIB;

/** A disk of its own, so that it can be filled. */
async function smallDisk(bytes: number): Promise<string> {
  const dir = join(temporaryDirectory(), 'disk');
  await mkdir(dir);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'none', dir], { stdio: 'pipe' });
  } catch (cause) {
    throw new Error('This test mounts a small tmpfs to fill it: run it on Linux as root, or in a container that may mount.', { cause });
  }
  process.prependOnceListener('exit', () => execFileSync('umount', ['-l', dir]));
  return dir;
}

/** Takes all the room that is left. */
async function fill(dir: string, name: string): Promise<void> {
  await assert.rejects(writeFile(join(dir, name), Buffer.alloc(40 * MIB)), { code: 'ENOSPC' });
}

const large = { header: '[]', content: 'x'.repeat(MIB - 2) };

describe('a full disk', () => {
  it('STORE-18: refuses large writes, goes on with small ones, and recovers by itself when there is room', async (t) => {
    const dir = await smallDisk(40 * MIB);
    const store = sqliteStore({ dir });
    t.after(() => store.close());
    await store.open();
    await store.probe();
    assert.equal(statSync(join(dir, 'reserve')).size, RESERVE);
    let head: { seq: number; hash: string } = await appendOne(store, creation('a'));
    await writeFile(join(dir, 'other'), Buffer.alloc(20 * MIB));

    let full = false;
    while (!full) {
      const [result] = await store.append([following('a', head, [], { events: [large, large, large] })]);
      if (result?.outcome === 'ok') head = result;
      else full = result?.outcome === 'failed' && result.full;
    }
    assert.equal(existsSync(join(dir, 'reserve')), false);
    await assert.rejects(store.probe(), { name: 'StoreError', code: 'disk-full' });

    for (let join = 0; join < 200; join += 1) head = await appendOne(store, following('a', head, ['joined']));

    await rm(join(dir, 'other'));
    await store.probe();
    assert.equal(statSync(join(dir, 'reserve')).size, RESERVE);
    head = await appendOne(store, following('a', head, [], { events: [large, large, large] }));
    const { events, damage } = await store.read((await store.list({}))[0]!.session, 0, head.seq);
    assert.deepEqual([events.length, damage], [head.seq, undefined]);
  });

  it('STORE-18: sessions are claimed from the reserve, and once that is used up the refusal says that the disk is full', async (t) => {
    const dir = await smallDisk(20 * MIB);
    const store = sqliteStore({ dir });
    t.after(() => store.close());
    await store.open();
    await appendOne(store, creation('a'));
    await fill(dir, 'other');
    const { session } = (await store.list({}))[0]!;
    while (existsSync(join(dir, 'reserve'))) assert.ok(await store.claim(session));
    await fill(dir, 'more');
    const claims = async (): Promise<void> => {
      for (let claim = 0; claim < 1_000; claim += 1) await store.claim(session);
    };
    await assert.rejects(claims, { name: 'StoreError', code: 'disk-full' });
    await rm(join(dir, 'more'));
    assert.ok(await store.claim(session));
  });

  it('STORE-18: a server can start on a full disk', async (t) => {
    const dir = await smallDisk(20 * MIB);
    const first = sqliteStore({ dir });
    await first.open();
    await first.probe();
    await appendOne(first, creation('a'));
    await first.close();
    await writeFile(join(dir, 'other'), Buffer.alloc(20 * MIB)).catch(() => undefined);
    const again = sqliteStore({ dir });
    t.after(() => again.close());
    await again.open();
    assert.equal((await again.list({})).length, 1);
    await assert.rejects(again.probe(), { code: 'disk-full' });
    await appendOne(again, creation('b'));
  });
});
