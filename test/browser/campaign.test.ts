import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { findFaults } from './accessibility.ts';
import { openBrowser } from './open-browser.ts';
import { Scene } from './scene.ts';
import type { Tab } from './tab.ts';
import { TabletopServer } from './tabletop-server.ts';

let browser: Browser;
let server: TabletopServer;
let scene: Scene;

before(async () => {
  browser = await openBrowser();
  server = await TabletopServer.open();
});
after(async () => {
  await browser.close();
  await server.close();
});
beforeEach(() => {
  scene = new Scene(browser, server.url);
});
afterEach(() => scene.close());

/** A GM and a table that only the invited find, with a link to it. */
async function inviting(uses = 'Any number'): Promise<{ mira: Tab; link: string }> {
  const mira = await scene.arrive('Mira');
  await mira.page.getByLabel('Only for those whom I invite').check();
  await mira.openTable('Night watch');
  await mira.openDrawer('Invite');
  await mira.page.getByLabel('Good for').selectOption({ label: uses });
  return { mira, link: await mira.makeLink() };
}

/** The card of someone in the GM's drawer. */
function cardOf(gm: Tab, name: string) {
  return gm.page.getByRole('list', { name: 'People and their connections' }).getByRole('listitem').filter({ hasText: name });
}

test('DEMO-21: a GM and two players: campaign, table, invitations, a roll that is seen coming, a secret, roles, a kick, a pause', async () => {
  const mira = await scene.arrive('Mira');
  await mira.page.getByLabel('Name of a new campaign').fill('The long road');
  await mira.click('New campaign');
  await mira.page.getByRole('heading', { name: 'The long road' }).waitFor();
  await mira.page.getByLabel('Name of the table').fill('First evening');
  await mira.click('New table');
  await mira.waitForStatus(/^Live/);
  await mira.openDrawer('Invite');
  const link = await mira.makeLink();
  const [tom, zoe] = [await scene.follow(link, 'Tom'), await scene.follow(link, 'Zoë')];
  await mira.waitForPerson('Tom', 'live');
  await mira.page.getByText('Used by').getByText('Zoë').waitFor();

  await mira.click('Close');
  await mira.roll();
  await Promise.all([tom, zoe].map((tab) => tab.page.getByTestId('busy').getByText('Mira is rolling').waitFor()));
  await Promise.all([tom, zoe].map((tab) => tab.waitForEntries(1)));

  await mira.openDrawer('Secrets');
  await mira.page.getByPlaceholder('A secret to keep').fill('The keeper is a ghost');
  await mira.click('Keep', { exact: true });
  await mira.page.locator('.secret:not(.pending)').waitFor();
  for (const tab of [tom, zoe]) assert.equal(await tab.page.getByText('ghost').count(), 0);

  await mira.openDrawer('People');
  await cardOf(mira, 'Zoë').getByLabel('Role of Zoë').selectOption('gm');
  await zoe.openDrawer('Secrets');
  await zoe.waitForText('The keeper is a ghost');
  assert.equal(await tom.page.getByText('ghost').count(), 0);

  await zoe.openDrawer('Table');
  await zoe.page.getByLabel('Why the break').fill('dinner');
  await zoe.click('Pause', { exact: true });
  await Promise.all([mira, tom].map((tab) => tab.waitForStatus(/^Paused by Zoë: dinner$/)));
  await mira.click('Close');
  await mira.click('Resume');
  await tom.waitForStatus(/^Live/);

  await mira.openDrawer('People');
  await cardOf(mira, 'Tom').getByRole('button', { name: 'Take off' }).click();
  await cardOf(mira, 'Tom').getByLabel('Why?').fill('shouting');
  const kicked = performance.now();
  await cardOf(mira, 'Tom').getByRole('button', { name: 'Kick' }).click();
  await tom.page.getByRole('alert').getByText('taken you off this table').waitFor();
  assert.ok(performance.now() - kicked < 2_000);
  await cardOf(mira, 'Tom').waitFor({ state: 'detached' });

  await mira.openDrawer('Table');
  await mira.click('End this table');
  await mira.click('End it for everyone');
  await zoe.waitForStatus(/^Ended$/);
  await mira.page.goBack();
  const record = mira.page.getByRole('region', { name: 'What happened so far' });
  await record.getByText('First evening').waitFor();
  await record.getByText(/Mira.*Tom.*Zoë/).waitFor();
  await Promise.all([mira, zoe].map((tab) => tab.checkUnbroken()));
});

test('DEMO-17: a link that is used up, revoked or made up says so, with one way on', async () => {
  const { mira, link } = await inviting('1 person');
  await scene.follow(link, 'Tom');
  await mira.page.getByText('used up').waitFor();
  const open = await mira.makeLink();
  await mira.click('Revoke');
  await mira.page.getByText('revoked').waitFor();
  for (const each of [link, open, `${server.url}/#invite=made-up`]) {
    const late = await scene.open(each);
    await late.page.getByRole('alert').getByText('not valid, or no longer').waitFor();
    await late.click('All tables');
    await late.waitForText('Open tables');
  }
});

test('DEMO-17: the link leaves the address, and a guest who goes away comes back as the same guest', async () => {
  const { mira, link } = await inviting('1 person');
  const tom = await scene.follow(link, 'Tom');
  assert.ok(!tom.page.url().includes('invite'));
  await tom.page.reload();
  await tom.waitForStatus(/^Live/);
  const table = tom.page.url();
  await tom.page.getByRole('link', { name: 'All tables' }).click();
  await tom.waitForText('Open tables');
  await mira.waitForPerson('Tom', /reconnecting|gone/);
  const again = await tom.page.context().newPage();
  await again.goto(table);
  await again.getByTestId('status').filter({ hasText: /^Live/ }).waitFor();
  await mira.waitForPerson('Tom', 'live');
  assert.equal(await mira.page.getByRole('list', { name: 'People', exact: true }).getByRole('listitem').count(), 2);
});

test('DEMO-17: a table for the invited lets nobody else in', async () => {
  const { mira } = await inviting();
  const tom = await scene.arrive('Tom');
  await tom.page.goto(mira.page.url());
  await tom.page.getByRole('alert').getByText('for those who are invited').waitFor();
});

test('DEMO-18: everyone sees who types and who holds a token, and who lost the connection', async () => {
  const { mira, link } = await inviting();
  await mira.click('Close');
  const tom = await scene.follow(link, 'Tom');
  await tom.page.getByPlaceholder('Say something').pressSequentially('I think');
  await mira.waitForPerson('Tom', 'typing');
  await mira.page.getByTestId('busy').getByText('Tom is typing').waitFor();
  await tom.page.getByPlaceholder('Say something').fill('');
  await mira.waitForPerson('Tom', 'live');
  const box = await tom.token('The Marlin').boundingBox();
  assert.ok(box);
  await tom.page.mouse.move(box.x + 20, box.y + 20);
  await tom.page.mouse.down();
  await tom.page.mouse.move(box.x + 60, box.y + 20, { steps: 4 });
  await mira.page.locator('[data-held-by="Tom"]').waitFor();
  await tom.page.mouse.up();
  await mira.page.locator('[data-held-by="Tom"]').waitFor({ state: 'detached' });
  await tom.page.close();
  await mira.waitForPerson('Tom', 'reconnecting');
});

test('DEMO-19: who is kept out stays out until let back in', async () => {
  const { mira, link } = await inviting();
  const tom = await scene.follow(link, 'Tom');
  await mira.openDrawer('People');
  await mira.page.getByRole('table', { name: 'Connections of Tom' }).getByText(/ms$/).waitFor();
  await cardOf(mira, 'Tom').getByRole('button', { name: 'Take off' }).click();
  await cardOf(mira, 'Tom').getByRole('button', { name: 'Keep out' }).click();
  await tom.page.getByRole('alert').getByText('keeps you out').waitFor();
  await tom.page.reload();
  await tom.page.getByRole('alert').getByText('banned').waitFor();
  await mira.click('Let back in');
  await mira.page.getByText('Kept out').waitFor({ state: 'detached' });
  await tom.page.reload();
  await tom.waitForStatus(/^Live/);
});

test('DEMO-19: a player who is made to look on has nothing to play with, at once', async () => {
  const { mira, link } = await inviting();
  const tom = await scene.follow(link, 'Tom');
  await mira.openDrawer('People');
  await cardOf(mira, 'Tom').getByLabel('Role of Tom').selectOption('spectator');
  await tom.waitForPerson('Tom', 'looks on');
  assert.equal(await tom.page.getByRole('button', { name: /^Roll/ }).count(), 0);
});

test('DEMO-20: a pause is announced, takes the dice away and comes back with them', async () => {
  const { mira, link } = await inviting();
  const tom = await scene.follow(link, 'Tom');
  await mira.openDrawer('Table');
  await mira.page.getByLabel('Why the break').fill('dinner');
  await mira.click('Pause', { exact: true });
  await tom.page.getByTestId('announcer').getByText('Paused by Mira: dinner').waitFor({ state: 'attached' });
  assert.equal(await tom.page.getByRole('button', { name: /^Roll/ }).count(), 0);
  assert.equal(await tom.page.getByRole('button', { name: 'Resume' }).count(), 0);
  const late = await scene.follow(link, 'Zoë');
  await late.waitForStatus(/^Paused by Mira: dinner$/);
  await mira.openDrawer('Table');
  await mira.page.getByRole('complementary').getByRole('button', { name: 'Resume' }).click();
  await tom.page.getByRole('button', { name: /^Roll/ }).waitFor();
});

test('DEMO-21: who joins a campaign by its link is a member, finds its tables and needs no invitation to them', async () => {
  const mira = await scene.arrive('Mira');
  await mira.page.getByLabel('Name of a new campaign').fill('The long road');
  await mira.click('New campaign');
  const zoe = await scene.open(await mira.makeLink());
  await zoe.page.getByLabel('Your name there').fill('Zoë');
  await zoe.click('Join the campaign');
  await zoe.waitForText('When a GM opens one');
  await mira.page.getByRole('region', { name: 'Members' }).getByText('Zoë').waitFor();
  await mira.page.getByLabel('Name of the table').fill('First evening');
  await mira.click('New table');
  await zoe.joinTable('First evening');
  const stranger = await scene.arrive('Tom');
  await stranger.page.goto(zoe.page.url());
  await stranger.page.getByRole('alert').getByText('for those who are invited').waitFor();
  await mira.page.goBack();
  await mira.page.getByRole('combobox', { name: 'Role of Zoë' }).selectOption('out');
  await mira.click('Take out of the campaign');
  await mira.page.getByRole('region', { name: 'Members' }).getByText('Zoë').waitFor({ state: 'detached' });
  await zoe.page.getByRole('alert').getByText('taken you off this table').waitFor();
});

test('DEMO-22: a name and a colour chosen at the table are everyone’s to see', async () => {
  const { mira, link } = await inviting();
  const tom = await scene.follow(link, 'Tom');
  await tom.page.getByRole('button', { name: 'Change name or colour' }).click();
  await tom.page.getByLabel('Name', { exact: true }).fill('Tom the Wet');
  await tom.page.getByRole('radio', { name: 'Violet' }).check({ force: true });
  await tom.click('Save');
  await mira.waitForPerson('Tom the Wet', 'live');
  const hue = await mira.page
    .getByRole('region', { name: 'People' })
    .getByRole('listitem')
    .filter({ hasText: 'Tom the Wet' })
    .locator('.avatar')
    .getAttribute('style');
  assert.match(hue ?? '', /--hue-4/);
});

test('DEMO-10: the drawer is opened, used and closed by keys, and gives the focus back', async () => {
  const mira = await scene.arrive('Mira');
  await mira.openTable('Night watch');
  const opener = mira.page.getByRole('button', { name: 'drawer' });
  await opener.press('Enter');
  for (const part of ['People', 'Invite', 'Table']) {
    await mira.page.keyboard.press('ArrowRight');
    await mira.page.getByRole('tab', { name: part, selected: true }).waitFor();
  }
  await mira.page.keyboard.press('Tab');
  assert.equal(await mira.page.getByLabel('Name of the table').evaluate((field) => field === document.activeElement), true);
  await mira.page.keyboard.press('Escape');
  await mira.page.getByRole('complementary').waitFor({ state: 'detached' });
  assert.equal(await opener.evaluate((button) => button === document.activeElement), true);
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [360, 1280]) {
    test(`DEMO-10: campaigns, invitations and every part of the drawer are accessible, ${colorScheme}, ${width} px wide`, async () => {
      scene = new Scene(browser, server.url, { viewport: { width, height: 800 }, colorScheme });
      const mira = await scene.arrive('Mira');
      await mira.page.getByLabel('Name of a new campaign').fill('The long road');
      await mira.click('New campaign');
      const link = await mira.makeLink();
      const zoe = await scene.open(link);
      await zoe.page.getByLabel('Your name there').fill('Zoë');
      await zoe.page.getByRole('button', { name: 'Join the campaign' }).waitFor();
      const faults = await findFaults(zoe.page, 'invitation');
      await zoe.click('Join the campaign');
      await mira.page.getByRole('combobox', { name: 'Role of Zoë' }).waitFor();
      faults.push(...(await findFaults(mira.page, 'campaign')));
      await mira.page.getByLabel('Name of the table').fill('First evening');
      await mira.click('New table');
      await mira.waitForStatus(/^Live/);
      await zoe.joinTable('First evening');
      await mira.waitForPerson('Zoë', 'live');
      for (const part of ['People', 'Invite', 'Table'] as const) {
        await mira.openDrawer(part);
        faults.push(...(await findFaults(mira.page, part)));
      }
      await mira.click('Pause', { exact: true });
      await mira.click('Close');
      await mira.waitForStatus(/^Paused/);
      faults.push(...(await findFaults(mira.page, 'paused')));
      await mira.page.getByRole('button', { name: 'Change name or colour' }).click();
      faults.push(...(await findFaults(mira.page, 'profile')));
      await mira.page.keyboard.press('Escape');
      const overflow = await mira.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.deepEqual([faults, overflow], [[], 0]);
    });
  }
}
