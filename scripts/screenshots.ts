// Pictures of the tabletop in every state and size, to be looked at:
//   node --conditions=holdfast-source scripts/screenshots.ts <directory> [part of a picture's name]
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Client, Session } from 'holdfast/client';
import { createTestServer, type TestServer } from 'holdfast/testing';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { tabletop } from '../examples/tabletop/game.ts';
import { openBrowser } from '../test/browser/open-browser.ts';
import { fail, ROOT, runProgram, toolPath } from './run-tool.ts';

const WIDTHS = [360, 768, 1440] as const;
const HEIGHTS: Readonly<Record<(typeof WIDTHS)[number], number>> = { 360: 740, 768: 1024, 1440: 900 };
const SCHEMES = ['light', 'dark'] as const;

type Shot = { width: (typeof WIDTHS)[number]; scheme: (typeof SCHEMES)[number] };
type Guest = { client: Client; session: Session<typeof tabletop> };

/** Twelve people with names of every kind. */
const CREW = [
  'Mira Okonkwo',
  'מרים כהן',
  'يوسف الحداد',
  'Bartholomew Featherstonehaugh-Cholmondeley',
  'Ada',
  '李小龍',
  'Søren Å',
  'Iñaki',
  'Ζωή Παπαδοπούλου',
  'O',
  'Jean-Luc',
  'Нина',
];

const [directory, part = ''] = process.argv.slice(2);
if (directory === undefined) fail('Say where to put the pictures: scripts/screenshots.ts <directory>');
const target = resolve(directory);

class Studio {
  readonly #live: TestServer;
  readonly #browser: Browser;

  constructor(live: TestServer, browser: Browser) {
    this.#live = live;
    this.#browser = browser;
  }

  get url(): string {
    return this.#live.url;
  }

  async open({ width, scheme }: Shot): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      viewport: { width, height: HEIGHTS[width] },
      colorScheme: scheme,
      reducedMotion: 'reduce',
      locale: 'en-GB',
    });
    return context;
  }

  async guest(name: string, table: string): Promise<Guest> {
    const client = await this.client(name);
    return { client, session: await client.join<typeof tabletop>(table) };
  }

  async client(name: string): Promise<Client> {
    return (await this.#live.signIn(name)).client;
  }

  async stop(): Promise<void> {
    await this.#live.server.stop();
  }
}

/** Each picture: what to do on a fresh page before it is taken. */
const SCENES: Readonly<Record<string, (page: Page, studio: Studio, shot: Shot) => Promise<void>>> = {
  async empty(page, studio) {
    await beCalled(page, studio, 'Mira');
    await page.getByText('No table is open yet').waitFor();
  },
  async list(page, studio) {
    await beCalled(page, studio, 'Mira');
    for (const [i, name] of [
      'Night watch',
      'A table whose name is much longer than any card could ever be wide enough for',
      'ליל הסערה',
    ].entries()) {
      const client = await studio.client(CREW[i + 1] ?? '');
      await client.sessions.create('tabletop', { name, maxParticipants: i === 1 ? null : 6 });
      client.close();
    }
    await page.getByText('ליל הסערה').waitFor();
  },
  async live(page, studio) {
    await playing(page, studio, CREW.slice(0, 4));
  },
  /** The picture of the README: two people, a while into their evening. */
  async evening(page, studio) {
    await openTable(page, studio, 'Mira Okonkwo');
    const tom = await studio.guest('Tom Hale', tableOf(page));
    const { commands } = tom.session;
    await commands.addToken({ id: 'dinghy', name: 'Dinghy', kind: 'boat', x: 640, y: 300 });
    await commands.addToken({ id: 'tom', name: 'Tom', kind: 'figure', x: 590, y: 330 });
    await commands.roll({ sides: 20, modifier: 4 });
    // On a phone the log is behind a button, and so is what belongs to it.
    const log = page.getByRole('button', { name: 'Log', exact: true });
    if (await log.isVisible()) await log.click();
    await page.getByPlaceholder('Say something').fill('The keeper has been dead for eleven years.');
    await page.keyboard.press('Enter');
    await commands.say({ text: 'Then who lit the lamp tonight?' });
    await page.getByText('Then who lit').waitFor();
    const board = page.getByRole('button', { name: 'Board', exact: true });
    if (await board.isVisible()) await board.click();
    await page.getByRole('button', { name: /^Roll/ }).click();
    await page.getByTestId('throw').nth(1).waitFor();
    await commands.roll({ count: 3, sides: 6, modifier: 1 });
    await page.getByText('3d6+1').waitFor({ state: 'attached' });
    tom.client.close();
  },
  async crowd(page, studio) {
    await playing(page, studio, CREW);
  },
  async drawer(page, studio) {
    await playing(page, studio, CREW.slice(0, 3));
    await page.getByRole('button', { name: 'drawer' }).click();
    await page.getByPlaceholder('A secret to keep').fill('The serpent wants the lamp, not the ship.');
    await page.getByRole('button', { name: 'Keep', exact: true }).click();
    await page.locator('.secret:not(.pending)').waitFor();
  },
  async token(page, studio) {
    await playing(page, studio, CREW.slice(0, 2));
    await page.getByRole('button', { name: 'Token' }).first().click();
    await page.getByLabel('New token').waitFor();
  },
  async log(page, studio) {
    await playing(page, studio, CREW.slice(0, 4));
    const log = page.getByRole('button', { name: 'Log', exact: true });
    if (await log.isVisible()) await log.click();
  },
  async waiting(page, studio) {
    await playing(page, studio, CREW.slice(0, 4));
    await studio.stop();
    await page
      .getByText(/Waiting for the server|The server is restarting/)
      .first()
      .waitFor();
    await page.getByRole('button', { name: /^Roll/ }).click();
    const marlin = page.getByRole('button', { name: 'The Marlin' });
    await marlin.focus();
    for (let i = 0; i < 4; i += 1) await page.keyboard.press('ArrowRight');
    await page.getByTestId('status').getByText('kept').waitFor();
  },
  async ended(page, studio) {
    await playing(page, studio, CREW.slice(0, 3));
    await page.getByRole('button', { name: 'drawer' }).click();
    await page.getByRole('tab', { name: 'Table' }).click();
    await page.getByRole('button', { name: 'End this table' }).click();
    await page.getByRole('button', { name: 'End it for everyone' }).click();
    await page.getByTestId('status').getByText('Ended').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
  },
  async people(page, studio) {
    await playing(page, studio, CREW.slice(0, 5));
    await openDrawer(page, 'People');
    await page.getByRole('button', { name: 'Take off' }).first().click();
  },
  async invite(page, studio) {
    await playing(page, studio, CREW.slice(0, 3));
    await openDrawer(page, 'Invite');
    await makeLink(page);
  },
  async managing(page, studio) {
    await playing(page, studio, CREW.slice(0, 3));
    await openDrawer(page, 'Table');
  },
  async profile(page, studio) {
    await playing(page, studio, CREW.slice(0, 3));
    await page.getByRole('button', { name: 'Change name or colour' }).click();
  },
  async paused(page, studio) {
    await playing(page, studio, CREW.slice(0, 4));
    await openDrawer(page, 'Table');
    await page.getByLabel('Why the break').fill('dinner');
    await page.getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByTestId('status').getByText('Paused').waitFor();
  },
  async campaign(page, studio) {
    await openCampaign(page, studio);
  },
  async invitation(page, studio) {
    await openTable(page, studio, 'Mira Okonkwo');
    await openDrawer(page, 'Invite');
    await page.goto(await makeLink(page));
    await page.getByLabel('Your name there').waitFor();
  },
  async uninvited(page, studio) {
    await page.goto(`${studio.url}/#invite=made-up`);
    await page.getByRole('alert').waitFor();
  },
  async kicked(page, studio) {
    const client = await studio.client('Otto');
    const { id } = await client.sessions.create('tabletop', { name: 'Night watch' });
    const gm = await client.join<typeof tabletop>(id);
    await beCalled(page, studio, 'Mira');
    await page.goto(`${studio.url}/#/t/${id}`);
    await page.getByTestId('status').getByText('Live').waitFor();
    for (const { id: participant } of gm.participants) if (participant !== gm.self.id) await gm.manage.kick({ participant });
    await page.getByRole('alert').waitFor();
    client.close();
  },
  async bare(page, studio) {
    await beCalled(page, studio, 'Mira');
    const client = await studio.client('Mira');
    const { id } = await client.sessions.create('tabletop', { name: 'Open water' });
    client.close();
    await page.goto(`${studio.url}/#/t/${id}`);
    await page.getByText('Open water.').first().waitFor();
  },
  async error(page, studio) {
    await beCalled(page, studio, 'Mira');
    await page.goto(`${studio.url}/#/t/AAAAAAAAAAAAAAAAAAAAAA`);
    await page.getByRole('alert').waitFor();
  },
};

async function beCalled(page: Page, studio: Studio, name: string): Promise<void> {
  await page.goto(studio.url);
  await page.getByLabel('Your name').fill(name);
  await page.keyboard.press('Enter');
  await page.getByText('Other tabs may play').waitFor();
}

async function openTable(page: Page, studio: Studio, name: string): Promise<void> {
  await beCalled(page, studio, name);
  await page.getByLabel('Name of the table').fill('A lamp at Gull Point');
  await page.getByRole('button', { name: 'New table' }).click();
  await page.getByTestId('status').getByText('Live').waitFor();
}

async function openDrawer(page: Page, part: string): Promise<void> {
  await page.getByRole('button', { name: 'drawer' }).click();
  await page.getByRole('tab', { name: part }).click();
}

async function makeLink(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Make a link' }).click();
  return page.getByLabel('Link of the invitation').inputValue();
}

/** A campaign with members, a table and one that has ended. */
async function openCampaign(page: Page, studio: Studio): Promise<void> {
  await beCalled(page, studio, 'Mira Okonkwo');
  await page.getByLabel('Name of a new campaign').fill('The long road to Gull Point');
  await page.getByRole('button', { name: 'New campaign' }).click();
  const link = new URL(await makeLink(page)).hash.slice('#invite='.length);
  const campaign = new URL(page.url()).hash.slice('#/c/'.length);
  for (const name of CREW.slice(1, 4)) await (await studio.client(name)).campaigns.join(campaign, { invite: link });
  await page.getByRole('button', { name: 'New table' }).click();
  await page.getByTestId('status').getByText('Live').waitFor();
  for (let i = 0; i < 3; i += 1) await page.getByRole('button', { name: /^Roll/ }).click();
  await openDrawer(page, 'Table');
  await page.getByRole('button', { name: 'End this table' }).click();
  await page.getByRole('button', { name: 'End it for everyone' }).click();
  await page.getByTestId('status').getByText('Ended').waitFor();
  await page.goBack();
  await page.getByText('less than a minute').waitFor();
}

const tableOf = (page: Page): string => new URL(page.url()).hash.slice('#/t/'.length);

/** A table that the page's person runs, with people who have played for a while. */
async function playing(page: Page, studio: Studio, crew: readonly string[]): Promise<void> {
  await openTable(page, studio, crew[0] ?? 'Mira');
  const guests = await Promise.all(crew.slice(1).map((name) => studio.guest(name, tableOf(page))));
  for (const [i, { session }] of guests.entries()) await takeTurns(session, i);
  const [last] = guests;
  await last?.session.commands.say({ text: 'Then who lit it tonight?' });
  await last?.session.commands.roll({ count: 2, sides: 6, modifier: 1 });
  await page.getByTestId('throw').last().waitFor();
  for (const { client } of guests) client.close();
}

async function takeTurns({ commands, self }: Session<typeof tabletop>, turn: number): Promise<void> {
  const place = { x: 420 + (turn % 4) * 75, y: 250 + Math.floor(turn / 4) * 80 + (turn % 2) * 24 };
  await commands.addToken({ id: `token-${turn}`, name: self.name.slice(0, 40), kind: 'figure', ...place });
  await commands.roll({ sides: 20, modifier: turn });
  if (turn === 1) await commands.say({ text: 'The keeper has been dead for eleven years.' });
}

async function main(): Promise<void> {
  mkdirSync(target, { recursive: true });
  if (!runProgram(toolPath('vite'), ['build', 'examples/tabletop', '--logLevel', 'warn'], { output: 'show' }).ok)
    fail('The web app could not be built.');
  const browser = await openBrowser();
  for (const [name, arrange] of Object.entries(SCENES)) {
    for (const scheme of SCHEMES) {
      for (const width of WIDTHS) {
        const file = `${name}-${width}-${scheme}.png`;
        if (file.includes(part)) await take(browser, arrange, { width, scheme }, file);
      }
    }
  }
  await browser.close();
}

async function take(browser: Browser, arrange: (typeof SCENES)[string], shot: Shot, file: string): Promise<void> {
  await using live = await createTestServer({ sessions: [tabletop], static: join(ROOT, 'examples/tabletop/dist') });
  const studio = new Studio(live, browser);
  const context = await studio.open(shot);
  const page = await context.newPage();
  page.on('pageerror', (error) => console.error(`${file}: ${error.message}`));
  await arrange?.(page, studio, shot);
  await page.screenshot({ path: join(target, file) });
  await context.close();
  console.log(file);
}

await main();
