import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test, type TestContext } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { createClient } from '../../src/client/index.ts';
import { openBrowser } from './open-browser.ts';
import { overhearRolls } from './overhear-rolls.ts';
import { Tab } from './tab.ts';
import { TabletopServer } from './tabletop-server.ts';

let browser: Browser;
let server: TabletopServer;
let context: BrowserContext;

before(async () => {
  browser = await openBrowser();
});
after(() => browser.close());
beforeEach(async () => {
  server = await TabletopServer.open();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
});
afterEach(async () => {
  await context.close();
  await server.close();
});

test('DEMO-16: while the server is restarted the page says so and keeps what is done; then all of it has happened exactly once', async () => {
  const mira = await Tab.open(context, server.url, 'Mira');
  const tom = await Tab.open(context, server.url, 'Tom');
  const heard = [mira, tom].map(({ page }) => overhearRolls(page));
  await mira.openTable('Night watch');
  await tom.joinTable('Night watch');
  await mira.roll();
  await tom.waitForEntries(1);

  const gone = server.drain();
  await mira.roll();
  await tom.say('What is that bell?');
  await gone;
  await Promise.all([mira, tom].map((tab) => tab.waitForStatus(/^The server is restarting/)));
  await mira.roll();
  await tom.drag('The Marlin', 120, 40);
  await Promise.all([mira, tom].map((tab) => tab.waitForStatus(/^The server is restarting \((1 move|2 moves) kept\)$/)));

  await server.start();
  await Promise.all([mira, tom].map((tab) => tab.waitUntilShown('Back, nothing lost')));
  await Promise.all([mira, tom].map((tab) => tab.waitForEntries(4)));
  await Promise.all([mira, tom].map((tab) => tab.waitUntilSettled()));
  await mira.waitForPlace('The Marlin', await tom.placeOf('The Marlin'));
  await tom.roll();
  await mira.waitForEntries(5);
  await tom.waitForEntries(5);
  assert.deepEqual(await mira.readLog(), await tom.readLog());
  assert.deepEqual(
    heard.map((count) => count()),
    [4, 4],
    'each roll was told once',
  );
  for (const tab of [mira, tom]) {
    assert.ok(!(await tab.readShown()).some((text) => text.startsWith('Waiting')), 'it never spoke of a server that is just away');
    await tab.checkUnbroken();
  }
});

/** Programs at the table, so that not everybody can come back at the same moment. */
async function crowd(t: TestContext, session: string): Promise<void> {
  for (const name of ['Ada', 'Bob', 'Cleo', 'Dan']) {
    const answer = await fetch(`${server.url}/v1/dev/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name }),
    });
    const { token } = (await answer.json()) as { token: string };
    const clients = Array.from({ length: 32 }, () => createClient({ url: server.url, token }));
    t.after(() => clients.forEach((client) => client.close()));
    await Promise.all(clients.map((client) => client.join(session)));
  }
}

/** Notes in the page itself when its WebSockets begin, and when the server asks to come back after so long. */
async function noteReturns(page: Page): Promise<() => Promise<{ askedMs: number; tookMs: number }[]>> {
  await page.addInitScript(() => {
    const notes: { askedMs: number; at: number; tookMs: number }[] = [];
    const Real = WebSocket;
    class Noted extends Real {
      constructor(url: string, protocol: string) {
        const last = notes.at(-1);
        if (last?.tookMs === -1) last.tookMs = performance.now() - last.at;
        super(url, protocol);
        this.addEventListener('message', ({ data }) => {
          const askedMs = /"retryAfterMs":(\d+)/.exec(String(data))?.[1];
          if (askedMs !== undefined) notes.push({ askedMs: Number(askedMs), at: performance.now(), tookMs: -1 });
        });
      }
    }
    Object.assign(globalThis, { WebSocket: Noted, notes });
  });
  return () => page.evaluate(() => Reflect.get(globalThis, 'notes') as { askedMs: number; tookMs: number }[]);
}

test('CONN-29: a page comes back to a restarted server no earlier than it was asked to', async (t) => {
  const mira = await Tab.open(context, server.url, 'Mira');
  await mira.openTable('Night watch');
  await crowd(t, new URL(mira.page.url()).hash.split('/').at(-1) ?? '');
  const page = await context.newPage();
  const readReturns = await noteReturns(page);
  await page.goto(mira.page.url());
  await page.getByTestId('status').filter({ hasText: /^Live/ }).waitFor();
  await server.drain();
  await server.start();
  await page.getByTestId('status').filter({ hasText: /^Back/ }).waitFor();
  const [first] = await readReturns();
  assert.ok(first && first.askedMs > 200, `asked to wait for its turn: ${first?.askedMs} ms`);
  assert.ok(first.tookMs >= first.askedMs, `came back after ${first.tookMs} ms of ${first.askedMs}`);
});
