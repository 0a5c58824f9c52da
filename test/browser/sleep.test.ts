import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { tabletop } from '../../examples/tabletop/game.ts';
import type { ConnectionEvent, Server } from '../../src/server/index.ts';
import { createTestServer, type TestServer } from '../../src/testing/create-test-server.ts';
import { buildTabletop } from './build-tabletop.ts';
import { Laptop } from './laptop.ts';
import { openBrowser } from './open-browser.ts';
import { overhearRolls } from './overhear-rolls.ts';
import { Tab } from './tab.ts';

/** With the usual 15 s a laptop would have to sleep for 40 s until the server misses it. */
const HEARTBEAT_MS = 800;
const web = mkdtempSync(join(tmpdir(), 'holdfast-web-'));
let browser: Browser;

before(async () => {
  buildTabletop(web);
  browser = await openBrowser();
});
after(async () => {
  await browser.close();
  rmSync(web, { recursive: true, force: true });
});

type Scene = {
  readonly server: Server;
  readonly laptop: Laptop;
  /** On the laptop. */
  readonly mira: Tab;
  readonly tom: Tab;
  /** How often Mira's page was told of a roll. */
  readonly rollsHeard: () => number;
};

async function twoAtATable(t: TestContext, policies: Partial<typeof tabletop.policies> = {}): Promise<Scene> {
  const game = { ...tabletop, policies: { ...tabletop.policies, ...policies } };
  const { server, url, stop }: TestServer = await createTestServer({ sessions: [game], static: web, heartbeatMs: HEARTBEAT_MS });
  t.after(stop);
  const laptop = await Laptop.open();
  t.after(() => laptop.close());
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  t.after(() => context.close());
  const mira = await Tab.open(await laptop.browser.newContext({ reducedMotion: 'reduce' }), url, 'Mira');
  const rollsHeard = overhearRolls(mira.page);
  const tom = await Tab.open(context, url, 'Tom');
  await mira.openTable('Night watch');
  await tom.joinTable('Night watch');
  await mira.roll();
  await tom.waitForEntries(1);
  return { server, laptop, mira, tom, rollsHeard };
}

/** Resolves when the server says this of the one connection of that person. */
function hear(server: Server, kind: ConnectionEvent['kind'], name: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = server.connections.observe((event) => {
      if (event.kind !== kind || event.connection.identity?.name !== name) return;
      stop();
      resolve();
    });
  });
}

function stateOf(server: Server, name: string): (string | undefined)[] {
  const all = server.connections.all();
  return all.filter(({ identity }) => identity?.name === name).map(({ id, status }) => `${id} ${status.state}`);
}

/** What a table that goes on does while one of its people is away. */
async function goOn(tom: Tab): Promise<void> {
  await tom.roll();
  await tom.roll();
  await tom.say('Is she asleep?');
  await tom.drag('The Marlin', 120, 40);
  await tom.waitUntilSettled();
  await tom.waitForEntries(4);
}

/** Everything is there once, and play goes on both ways. */
async function checkReturned({ mira, tom, rollsHeard }: Scene): Promise<void> {
  await mira.waitForEntries(4);
  await mira.waitForPlace('The Marlin', await tom.placeOf('The Marlin'));
  await mira.waitUntilShown('Back, nothing lost');
  assert.ok((await mira.readShown()).includes('Waiting for the server'), 'it had said that it waited');
  assert.deepEqual(await mira.readLog(), await tom.readLog());
  await mira.roll();
  await tom.waitForEntries(5);
  await tom.roll();
  await mira.waitForEntries(6);
  assert.equal(rollsHeard(), 5, 'each roll was told once');
  assert.deepEqual(await mira.readLog(), await tom.readLog());
  await Promise.all([mira, tom].map((tab) => tab.checkUnbroken()));
}

test('DEMO-16: a laptop that slept until the server gave its transport up goes on as the connection of before', async (t) => {
  const scene = await twoAtATable(t);
  const { server, laptop, tom } = scene;
  const [before] = stateOf(server, 'Mira');
  const lost = hear(server, 'lost', 'Mira');
  laptop.closeLid();
  await goOn(tom);
  await lost;
  assert.deepEqual(stateOf(server, 'Mira'), [before?.replace('live', 'reconnecting')]);
  laptop.openLid();
  await checkReturned(scene);
  assert.deepEqual(stateOf(server, 'Mira'), [before]);
});

test('DEMO-16: a laptop that slept beyond the reconnect window joins again and has missed nothing either', async (t) => {
  const scene = await twoAtATable(t, { reconnectWindowMs: 500 });
  const { server, laptop, tom } = scene;
  const [before] = stateOf(server, 'Mira');
  const expired = hear(server, 'expired', 'Mira');
  laptop.closeLid();
  await goOn(tom);
  await expired;
  assert.deepEqual(stateOf(server, 'Mira'), []);
  laptop.openLid();
  await checkReturned(scene);
  const [now] = stateOf(server, 'Mira');
  assert.ok(now?.endsWith(' live') === true && now !== before);
});
