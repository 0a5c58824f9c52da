import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBrowser } from './open-browser.ts';
import { Tab } from './tab.ts';
import { TabletopServer } from './tabletop-server.ts';

test(
  'CLIENT-30: in a browser behind a proxy without WebSockets the table is played over an event stream',
  { timeout: 90_000 },
  async (t) => {
    const browser = await openBrowser();
    t.after(() => browser.close());
    const server = await TabletopServer.open();
    t.after(() => server.close());
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    const behind = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    await behind.routeWebSocket(/\/v1\/connect/, (socket) => void socket.close({ code: 4999, reason: 'blocked' }));
    const mira = await Tab.open(context, server.url, 'Mira');
    const tom = await Tab.open(behind, server.url, 'Tom');
    const streams: string[] = [];
    tom.page.on('request', (request) => {
      if (request.url().endsWith('/stream')) streams.push(request.method());
    });
    await mira.openTable('Night watch');
    await tom.joinTable('Night watch');
    await tom.waitForStatus(/^Live over plain HTTP/);
    await tom.roll();
    await mira.waitForEntries(1);
    await mira.roll();
    await tom.waitForEntries(2);
    await tom.waitUntilSettled();
    assert.deepEqual(await tom.readLog(), await mira.readLog());
    assert.ok(!(await mira.readShown()).some((text) => text.includes('HTTP')), 'whoever has a WebSocket is told nothing');
    assert.deepEqual(streams.slice(0, 1), ['POST']);
  },
);
