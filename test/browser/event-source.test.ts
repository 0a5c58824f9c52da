import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { createTestServer, type TestServer } from '../../src/testing/create-test-server.ts';
import { FaultProxy } from '../../src/testing/fault-proxy-adapter.ts';
import { tinyTabletop } from '../../src/testing/tiny-tabletop.ts';
import type { SessionId } from '../../src/protocol/ids.ts';
import { openBrowser } from './open-browser.ts';

/** A server behind a proxy that can cut, serving an empty page of its own origin. */
async function open(t: TestContext): Promise<{ live: TestServer; proxy: FaultProxy; page: Page }> {
  const pages = mkdtempSync(join(tmpdir(), 'holdfast-pages-'));
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Watching</title>');
  const live = await createTestServer({ sessions: [tinyTabletop], static: pages });
  const proxy = await FaultProxy.start({ port: Number(new URL(live.url).port) });
  const browser = await openBrowser();
  t.after(async () => {
    await browser.close();
    await proxy.stop();
    await live.stop();
    rmSync(pages, { recursive: true, force: true });
  });
  const page = await browser.newPage();

  await page.goto(`http://127.0.0.1:${proxy.port}`);
  return { live, proxy, page };
}

/** Asks for a ticket and watches with a plain EventSource, keeping what comes. Runs in the page. */
async function watchInPage({ session, token }: { session: string; token: string }): Promise<void> {
  const asked = await fetch(`/v1/sessions/${session}/watch-ticket`, {
    method: 'POST',
    headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  const { ticket } = (await asked.json()) as { ticket: string };
  const source = new EventSource(`/v1/sessions/${session}/stream?ticket=${ticket}`);
  const frames: unknown[] = [];
  const codes: string[] = [];
  source.addEventListener('message', (event: MessageEvent<string>) => frames.push(JSON.parse(event.data)));
  source.addEventListener('error', (event) => {
    if (event instanceof MessageEvent) codes.push((JSON.parse(String(event.data)) as { code: string }).code);
  });
  Object.assign(globalThis, { watched: { source, frames, codes } });
}

type Watched = { watched: { source: EventSource; frames: (unknown[] | { t: string; events?: unknown[] })[]; codes: string[] } };

/** What the page was told, in short: kinds of frames, and every roll in the order in which it came. */
function readPage(): { kinds: string[]; rolls: number[]; codes: string[]; state: number } {
  const { source, frames, codes } = (globalThis as typeof globalThis & Watched).watched;
  const items = frames.flatMap((frame) => (Array.isArray(frame) ? frame : (frame.events ?? [])));
  const rolls = items.flatMap((item) => (Array.isArray(item) && item[0] === 'm' ? [(item[2] as { n: number }).n] : []));
  return { kinds: frames.map((frame) => (Array.isArray(frame) ? 'live' : frame.t)), rolls, codes, state: source.readyState };
}

function hasRolls(count: number): boolean {
  const { frames } = (globalThis as typeof globalThis & Watched).watched;
  return (JSON.stringify(frames).match(/"rolled"/g) ?? []).length >= count;
}

test(
  'CONN-22: a page watches with a plain EventSource, and after a cut it goes on exactly where it was',
  { timeout: 60_000 },
  async (t) => {
    const { live, proxy, page } = await open(t);
    const ada = await live.signIn('Ada');
    const { id } = await ada.client.sessions.create('tabletop', { access: 'open' });
    const session = await ada.client.join<typeof tinyTabletop>(id);
    await page.evaluate(watchInPage, { session: id, token: ada.token });
    await page.waitForFunction(() => (globalThis as typeof globalThis & Watched).watched.frames.length >= 3);

    const rolls: number[] = [];
    const roll = async () => void rolls.push(await session.commands.roll({ sides: 1_000_000 }));
    for (let n = 0; n < 3; n += 1) await roll();
    await page.waitForFunction(hasRolls, 3);

    proxy.cut();
    for (let n = 0; n < 5; n += 1) await roll();
    await page.waitForFunction(hasRolls, 8);
    await roll();
    await page.waitForFunction(hasRolls, 9);

    const seen = await page.evaluate(readPage);
    assert.deepEqual(seen.rolls, rolls, 'every roll once, in order');
    assert.deepEqual(seen.kinds.slice(0, 3), ['welcome', 'snapshot', 'tail']);
    assert.deepEqual(
      seen.kinds.filter((kind) => kind === 'snapshot' || kind === 'tail'),
      ['snapshot', 'tail', 'tail'],
      'what was missed came as a tail',
    );
  },
);

test('CONN-22: a page whose participant leaves is told so and gives up', { timeout: 60_000 }, async (t) => {
  const { live, page } = await open(t);
  const ada = await live.signIn('Ada');
  const { id } = await ada.client.sessions.create('tabletop', { access: 'open' });
  const session = await ada.client.join(id);
  await page.evaluate(watchInPage, { session: id, token: ada.token });
  await page.waitForFunction(() => (globalThis as typeof globalThis & Watched).watched.frames.length >= 3);
  await session.leave();
  await page.waitForFunction(() => (globalThis as typeof globalThis & Watched).watched.source.readyState === EventSource.CLOSED);
  const { codes } = await page.evaluate(readPage);
  assert.deepEqual(codes, ['left']);
  const read = await live.server.sessions.read(id as SessionId, ada.participant.id);
  assert.equal(read.ok, false, 'and does not come back by watching');
});
