import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { findFaults } from './accessibility.ts';
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

async function twoAtATable(): Promise<{ mira: Tab; tom: Tab }> {
  const mira = await Tab.open(context, server.url, 'Mira');
  const tom = await Tab.open(context, server.url, 'Tom');
  await mira.openTable('Night watch');
  await tom.joinTable('Night watch');
  return { mira, tom };
}

test('DEMO-1: a table opened in one tab appears in the empty list of another, and can be joined there', async () => {
  const mira = await Tab.open(context, server.url, 'Mira');
  const tom = await Tab.open(context, server.url, 'Tom');
  await tom.waitForText('No table is open yet');
  await mira.openTable('Night watch');
  await tom.joinTable('Night watch');
  await mira.page.getByRole('region', { name: 'People' }).getByText('Tom').waitFor();
  await tom.checkUnbroken();
});

test('DEMO-2: both tabs show the same rolls, words and places', async () => {
  const { mira, tom } = await twoAtATable();
  await mira.roll();
  await tom.say('Who lit the lamp?');
  const before = await mira.placeOf('The Marlin');
  await tom.drag('The Marlin', 160, -60);
  await tom.waitUntilSettled();
  const place = await tom.placeOf('The Marlin');
  assert.ok(place.x > before.x + 100 && place.y < before.y - 30);
  await mira.waitForPlace('The Marlin', place);
  await Promise.all([mira, tom].map((tab) => tab.waitForEntries(2)));
  assert.deepEqual((await mira.readLog()).sort(), (await tom.readLog()).sort());
});

test('DEMO-3: after kill -9 both tabs go on without a reload, and what was done meanwhile has happened exactly once', async () => {
  const { mira, tom } = await twoAtATable();
  await mira.roll();
  await tom.waitForEntries(1);

  await server.kill();
  await Promise.all([mira, tom].map((tab) => tab.waitForStatus(/^Waiting for the server/)));
  await mira.roll();
  await mira.roll();
  await tom.say('Is anybody there?');
  await tom.drag('The Marlin', 120, 40);
  await mira.waitForStatus(/^Waiting for the server \(2 moves kept\)$/);
  await tom.waitForStatus(/^Waiting for the server \(2 moves kept\)$/);
  assert.equal((await mira.readLog()).length, 1, 'the log can still be read, and shows nothing as done');

  await server.start();
  await Promise.all([mira, tom].map((tab) => tab.waitUntilShown('Back, nothing lost')));
  await Promise.all([mira, tom].map((tab) => tab.waitForEntries(4)));
  await Promise.all([mira, tom].map((tab) => tab.waitUntilSettled()));
  await mira.waitForPlace('The Marlin', await tom.placeOf('The Marlin'));
  assert.deepEqual(await mira.readLog(), await tom.readLog());
  assert.equal((await mira.readLog()).filter((entry) => entry.includes('Mira rolled')).length, 3);

  await tom.roll();
  await mira.waitForEntries(5);
  await Promise.all([mira, tom].map((tab) => tab.checkUnbroken()));
});

test('DEMO-4: a player’s tab never gets what the GM keeps in the drawer, until it is told to everyone', async () => {
  const { mira, tom } = await twoAtATable();
  const received: string[] = [];
  const devtools = await context.newCDPSession(tom.page);
  await devtools.send('Network.enable');
  devtools.on('Network.webSocketFrameReceived', ({ response }) => received.push(response.payloadData));
  await mira.click('drawer');
  await mira.page.getByPlaceholder('A secret to keep').fill('The keeper is a ghost');
  await mira.click('Keep', { exact: true });
  await mira.page.locator('.secret:not(.pending)').waitFor();
  await tom.say('Anything?');
  await mira.waitForEntries(1);
  assert.equal(await tom.page.getByRole('button', { name: 'drawer' }).count(), 0);
  assert.ok(received.length > 0 && !received.join().includes('ghost'));
  await mira.click('Tell everyone');
  await tom.waitForText('The keeper is a ghost');
});

test('DEMO-5: a token moves by the arrow keys, and the move is announced', async () => {
  const { mira, tom } = await twoAtATable();
  const { x, y } = await mira.placeOf('The Marlin');
  await mira.token('The Marlin').focus();
  await mira.page.keyboard.press('ArrowRight');
  await mira.page.keyboard.press('ArrowRight');
  await mira.page.keyboard.press('ArrowUp');
  await tom.waitForPlace('The Marlin', { x: x + 50, y: y - 25 });
  await mira.page.getByTestId('announcer').getByText('The Marlin to H9').waitFor({ state: 'attached' });
});

test('DEMO-5: a token is dragged by a finger', async () => {
  const phone = await browser.newContext({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
  const mira = await Tab.open(phone, server.url, 'Mira');
  await mira.openTable('Night watch');
  const before = await mira.placeOf('Pilot');
  await mira.token('Pilot').scrollIntoViewIfNeeded();
  await mira.dragByFinger('Pilot', 60, 70);
  await mira.waitUntilSettled();
  const after = await mira.placeOf('Pilot');
  assert.ok(after.x > before.x + 40 && after.y > before.y + 50, JSON.stringify({ before, after }));
  await phone.close();
});

test('DEMO-6: dice show the server’s result to everyone, and at once to who wants less motion', async () => {
  const { mira, tom } = await twoAtATable();
  await mira.roll();
  const total = await mira.page.locator('.entry .total').innerText();
  await Promise.all([mira, tom].map((tab) => tab.waitUntilShown(total)));
  for (const tab of [mira, tom]) assert.ok(!(await tab.readShown()).includes('…'));
});

test('DEMO-6: dice tumble before they lie', async () => {
  const lively = await browser.newContext({ reducedMotion: 'no-preference' });
  const mira = await Tab.open(lively, server.url, 'Mira');
  await mira.openTable('Night watch');
  await mira.roll();
  const total = await mira.page.locator('.entry .total').innerText();
  await mira.waitUntilShown(total);
  const shown = await mira.readShown();
  assert.ok(shown.indexOf('…') !== -1 && shown.indexOf('…') < shown.indexOf(total));
  await lively.close();
});

test('DEMO-7: the address of a table leads straight to it, and the back button to the list', async () => {
  const { mira } = await twoAtATable();
  const guest = await Tab.open(context, server.url, 'Zoë');
  await guest.page.goto(mira.page.url());
  await guest.waitForStatus(/^Live/);
  await guest.page.goBack();
  await guest.waitForText('Open tables');
  await mira.page.getByRole('region', { name: 'People' }).getByText('Zoë').waitFor({ state: 'detached' });
});

test('DEMO-7: the address of no table says so, with a way out', async () => {
  const mira = await Tab.open(context, server.url, 'Mira');
  await mira.page.goto(`${server.url}/#/t/AAAAAAAAAAAAAAAAAAAAAA`);
  await mira.page.getByRole('alert').getByRole('button', { name: 'All tables' }).click();
  await mira.waitForText('Open tables');
});

test('DEMO-8: a new tab is the person last used in this browser, and a name used before is the same person again', async () => {
  const mira = await Tab.open(context, server.url, 'Mira');
  await mira.openTable('Night watch');
  await Tab.open(context, server.url, 'Tom');
  const third = await context.newPage();
  await third.goto(server.url);
  await third.getByText('run by Mira').waitFor();
  assert.equal(await third.getByLabel('Your name').inputValue(), 'Tom');
  await third.getByLabel('Your name').fill('Mira');
  await third.keyboard.press('Enter');
  await third.getByText('run by you').waitFor();
});

test('DEMO-8: a table belongs to the name that was typed just before it was opened', async () => {
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByLabel('Your name').fill('Zoë');
  await page.getByRole('button', { name: 'New table' }).click();
  await page.getByRole('region', { name: 'People' }).getByText('Zoë').waitFor();
  await page.getByText('you · GM').waitFor();
});

test('DEMO-9: an ended table stays readable and takes nothing more', async () => {
  const { mira, tom } = await twoAtATable();
  await tom.roll();
  await mira.waitForEntries(1);
  await mira.openDrawer('Table');
  await mira.click('End this table');
  await mira.click('End it for everyone');
  await tom.waitForStatus(/^Ended$/);
  assert.equal((await tom.readLog()).length, 1);
  assert.equal(await tom.page.getByRole('button', { name: /^Roll/ }).count(), 0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test(`DEMO-10: start page and table are accessible, ${colorScheme}, ${width} px wide`, async () => {
      const own = await browser.newContext({ viewport: { width, height: 800 }, colorScheme, reducedMotion: 'reduce' });
      const mira = await Tab.open(own, server.url, 'Mira');
      await mira.waitForText('No table is open yet');
      await checkAccessible(mira.page, 'start page');
      await mira.openTable('Night watch');
      await mira.roll();
      await mira.page.getByTestId('throw').waitFor();
      await checkAccessible(mira.page, 'table');
      await mira.click('drawer');
      await mira.page.getByPlaceholder('A secret to keep').fill('The keeper is a ghost');
      await mira.page.keyboard.press('Enter');
      await mira.page.locator('.secret:not(.pending)').waitFor();
      await checkAccessible(mira.page, 'GM’s drawer');
      await server.kill();
      await mira.waitForStatus(/^Waiting/);
      await checkAccessible(mira.page, 'waiting');
      await own.close();
    });
  }
}

async function checkAccessible(page: Page, what: string): Promise<void> {
  assert.deepEqual(await findFaults(page, what), []);
}
