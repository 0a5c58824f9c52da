import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { build } from 'vite';
import { defineSession } from '../../src/definition/define-session.ts';
import type { Session } from '../../src/client/index.ts';
import { createTestServer } from '../../src/testing/create-test-server.ts';
import { openBrowser } from './open-browser.ts';

const meeting = defineSession('meeting', {
  version: 1,
  initial: () => ({}),
  policies: { access: 'open', presence: { idleAfterMs: 600_000 } },
});

/** An empty page beside the client, as an application's bundler makes it. */
async function buildPages(t: TestContext): Promise<string> {
  const pages = mkdtempSync(join(tmpdir(), 'holdfast-pages-'));
  t.after(() => rmSync(pages, { recursive: true, force: true }));
  const entry = fileURLToPath(new URL('../../src/client/index.ts', import.meta.url));
  writeFileSync(join(pages, 'package.json'), '{"type":"module"}');
  await build({
    configFile: false,
    logLevel: 'silent',
    root: pages,
    build: { outDir: pages, emptyOutDir: false, lib: { entry, formats: ['es'], fileName: 'client' } },
  });
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>Meeting</title>');
  return pages;
}

/** Joins with the client that the page loads. Runs in the page. */
async function joinInPage({ id, token }: { id: string; token: string }): Promise<void> {
  const path = './client.js';
  const { createClient } = (await import(new URL(path, document.baseURI).href)) as typeof import('../../src/client/index.ts');
  const session = await createClient({ url: document.baseURI, token }).join(id);
  Object.assign(globalThis, { session });
}

/** What a browser does when the person changes to another tab, or back. */
async function turnTo(page: Page, state: 'hidden' | 'visible'): Promise<void> {
  await page.evaluate((now) => {
    Object.defineProperty(document, 'visibilityState', { value: now, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, state);
}

/** Resolves once someone is shown with that status. */
function shown(session: Session, id: string, status: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (Object.entries(session.presence).every(([who, entry]) => who !== id || entry.status !== status)) return;
      stop();
      resolve();
    };
    const stop = session.subscribe(look);
    look();
  });
}

test('PRESENCE-20: in Chromium a hidden page makes its person idle, and real input ends it', { timeout: 60_000 }, async (t) => {
  const live = await createTestServer({ sessions: [meeting], static: await buildPages(t) });
  const browser = await openBrowser();
  t.after(async () => {
    await browser.close();
    await live.stop();
  });
  const [mira, ada] = [await live.signIn('Mira'), await live.signIn('Ada')];
  const { id } = await mira.client.sessions.create('meeting', { access: 'open' });
  const session = await mira.client.join(id);
  const page = await browser.newPage();
  await page.goto(live.url);
  await page.evaluate(joinInPage, { id, token: ada.token });
  const who = ada.participant.id;
  await shown(session, who, 'online');

  await turnTo(page, 'hidden');
  await shown(session, who, 'idle');
  await turnTo(page, 'visible');
  await shown(session, who, 'online');

  await turnTo(page, 'hidden');
  await shown(session, who, 'idle');
  await page.mouse.move(10, 10);
  await page.mouse.move(20, 20);
  await shown(session, who, 'online');

  const seen = await page.evaluate(() => (Reflect.get(globalThis, 'session') as Session).presence);
  assert.deepEqual(
    Object.values(seen).map(({ status }) => status),
    ['online', 'online'],
  );
});
