import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { HelloFrame } from '../../src/protocol/frames.ts';
import { openBrowser } from './open-browser.ts';
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

/** What the client of a page says first on each of its connections. */
function hellosOf(page: Page): HelloFrame[] {
  const hellos: HelloFrame[] = [];
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      const frame: unknown = JSON.parse(String(payload));
      if (Object(frame).t === 'hello') hellos.push(Object(frame));
    }),
  );
  return hellos;
}

async function alone(): Promise<{ mira: Tab; hellos: HelloFrame[] }> {
  const mira = await Tab.open(context, server.url, 'Mira');
  const hellos = hellosOf(mira.page);
  await mira.openTable('Night watch');
  return { mira, hellos };
}

test('CLIENT-31: in a browser a reloaded page goes on as the connection of before, again and again', async () => {
  const { mira, hellos } = await alone();
  await mira.roll();
  await mira.waitForEntries(1);
  for (const reloads of [1, 2]) {
    assert.equal(await mira.page.evaluate(() => Object.keys(sessionStorage).some((key) => key.startsWith('holdfast http'))), false);
    await mira.page.reload();
    await mira.waitForStatus(/^Live/);
    await mira.waitForEntries(1);
    assert.equal(hellos.length, reloads + 1);
  }
  const [first, second, third] = hellos;
  assert.equal(first?.reconnect, undefined);
  assert.ok(second?.connection !== undefined && second.connection === third?.connection);
  assert.notEqual(second?.reconnect, third?.reconnect);
  assert.ok(second?.instance !== undefined && second.instance === third?.instance);
});

test('CLIENT-31: in a browser a duplicated tab joins afresh, and the first one stays', async () => {
  const { mira, hellos } = await alone();
  let copied: HelloFrame[] = [];
  context.on('page', (page) => (copied = hellosOf(page)));
  const [page] = await Promise.all([context.waitForEvent('page'), mira.page.evaluate(() => void window.open(location.href))]);
  await page.getByTestId('status').filter({ hasText: /^Live/ }).waitFor();
  await mira.roll();
  await page.locator('.entry:not(.pending)').first().waitFor();
  await mira.waitForStatus(/^Live/);
  assert.equal(hellos.length, 1);
  assert.deepEqual(
    copied.map(({ reconnect, instance }) => [reconnect, instance]),
    [[undefined, undefined]],
  );
});

test('CLIENT-9: in a browser that goes offline the page says so at once, and is live again when it is online', async () => {
  const { mira } = await alone();
  await context.setOffline(true);
  await mira.waitForStatus(/^Waiting for the server/);
  await mira.roll();
  await context.setOffline(false);
  await mira.waitForStatus(/^Live|^Back/);
  await mira.waitForEntries(1);
  await mira.waitUntilSettled();
});

test('CLIENT-30: in a browser whose network lets no WebSocket through, a table is played over an event stream, and goes on after a reload', async () => {
  // A WebSocket to a place where nobody ever answers.
  await context.addInitScript(() => {
    const Real = WebSocket;
    class Blocked extends Real {
      constructor(_url: string, protocol: string) {
        super('ws://10.255.255.1/', protocol);
      }
    }
    Object.assign(globalThis, { WebSocket: Blocked });
  });
  const mira = await Tab.open(context, server.url, 'Mira');
  const routes = new Set<string | undefined>();
  mira.page.on('request', (request) => request.method() === 'POST' && routes.add(new URL(request.url()).pathname.split('/').at(-1)));
  await mira.openTable('Night watch');
  await mira.roll();
  await mira.waitForEntries(1);
  assert.ok(routes.has('stream') && routes.has('frames'));
  await mira.page.reload();
  await mira.waitForStatus(/^Live/);
  await mira.waitForEntries(1);
});
