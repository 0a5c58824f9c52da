import assert from 'node:assert/strict';
import type { BrowserContext, Page } from 'playwright-core';

export type Place = { x: number; y: number };

/** One tab of the tabletop and what its person does there, in their words. Waits for what it expects; never for time. */
export class Tab {
  readonly page: Page;
  readonly #faults: string[] = [];
  #mark = '';

  private constructor(page: Page) {
    this.page = page;
    page.on('pageerror', (error) => this.#faults.push(error.message));
  }

  static async open(context: BrowserContext, url: string, name: string): Promise<Tab> {
    const tab = await Tab.at(context, url);
    await tab.beCalled(name);
    return tab;
  }

  /** A tab at an address, with nobody in particular yet. */
  static async at(context: BrowserContext, url: string): Promise<Tab> {
    const tab = new Tab(await context.newPage());
    await tab.page.goto(url);
    tab.#mark = `here all the time since ${url}`;
    await tab.page.evaluate((mark) => Object.assign(globalThis, { mark }), tab.#mark);
    await tab.page.evaluate(rememberWhatIsShown);
    return tab;
  }

  async beCalled(name: string): Promise<void> {
    const field = this.page.getByLabel('Your name');
    await field.fill(name);
    await field.press('Enter');
    await this.page.locator('.name-form[data-settled="true"]').waitFor();
    assert.equal(await field.inputValue(), name);
  }

  async openTable(name: string): Promise<void> {
    await this.page.getByLabel('Name of the table').fill(name);
    await this.click('New table');
    await this.waitForStatus(/^Live/);
  }

  async joinTable(name: string): Promise<void> {
    await this.page.bringToFront();
    await this.page.getByRole('link', { name }).click();
    await this.waitForStatus(/^Live/);
  }

  async waitForStatus(text: RegExp): Promise<void> {
    await this.page.getByTestId('status').filter({ hasText: text }).waitFor();
  }

  /** Something was shown, if only for a moment: a word of the status, a face of the dice. */
  async waitUntilShown(text: string): Promise<void> {
    await this.page.waitForFunction((wanted) => (Reflect.get(globalThis, 'shown') as string[]).includes(wanted), text);
  }

  /** What the status and the dice have shown so far, in order. */
  async readShown(): Promise<string[]> {
    return this.page.evaluate(() => Reflect.get(globalThis, 'shown') as string[]);
  }

  async waitForText(text: string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** A person looks at the tab where they act. */
  async click(name: string | RegExp, options: { exact?: boolean } = {}): Promise<void> {
    await this.page.bringToFront();
    await this.page.getByRole('button', { name, ...options }).click();
  }

  async roll(): Promise<void> {
    await this.click(/^Roll/);
  }

  async say(text: string): Promise<void> {
    await this.page.bringToFront();
    await this.page.getByPlaceholder('Say something').fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Opens a part of the GM's drawer. */
  async openDrawer(part: 'Secrets' | 'People' | 'Invite' | 'Table'): Promise<void> {
    const drawer = this.page.getByRole('complementary', { name: 'drawer' });
    if (!(await drawer.isVisible())) await this.click('drawer');
    await drawer.getByRole('tab', { name: part }).click();
  }

  /** Makes an invitation where one can be made, and gives its link. */
  async makeLink(): Promise<string> {
    const shown = this.page.getByLabel('Link of the invitation');
    const before = (await shown.isVisible()) ? await shown.inputValue() : '';
    await this.click('Make a link');
    await this.page.waitForFunction(
      (old) => ![old, ''].includes(document.querySelector<HTMLInputElement>('[aria-label="Link of the invitation"]')?.value ?? ''),
      before,
    );
    return shown.inputValue();
  }

  /** What the rail says of someone: `live`, `rolling · GM`. */
  async waitForPerson(name: string, how: string | RegExp): Promise<void> {
    await this.page
      .getByRole('region', { name: 'People' })
      .getByRole('listitem')
      .filter({ hasText: name })
      .filter({ hasText: how })
      .waitFor();
  }

  token(name: string): ReturnType<Page['locator']> {
    return this.page.getByRole('group', { name: 'Board' }).getByRole('button', { name });
  }

  /** Drags a token by so many pixels, in small steps as a hand does. */
  async drag(name: string, dx: number, dy: number): Promise<void> {
    await this.page.bringToFront();
    const box = await this.token(name).boundingBox();
    assert.ok(box);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(x + dx, y + dy, { steps: 12 });
    await this.page.mouse.up();
  }

  async dragByFinger(name: string, dx: number, dy: number): Promise<void> {
    const box = await this.token(name).boundingBox();
    assert.ok(box);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const devtools = await this.page.context().newCDPSession(this.page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', part: number) =>
      devtools.send('Input.dispatchTouchEvent', { type, touchPoints: type === 'touchEnd' ? [] : [{ x: x + dx * part, y: y + dy * part }] });
    await touch('touchStart', 0);
    for (const part of [0.25, 0.5, 0.75, 1]) await touch('touchMove', part);
    await touch('touchEnd', 1);
  }

  /** Where this tab has the server's word that a token stands. */
  async placeOf(name: string): Promise<Place> {
    return this.token(name).evaluate((piece) => ({
      x: Number(piece.style.getPropertyValue('--x')),
      y: Number(piece.style.getPropertyValue('--y')),
    }));
  }

  async waitForPlace(name: string, place: Place): Promise<void> {
    await this.page.waitForFunction(
      ({ label, x, y }) => {
        const pieces = [...document.querySelectorAll<HTMLElement>('button.token')];
        const piece = pieces.find((each) => each.ariaLabel?.startsWith(label));
        return Number(piece?.style.getPropertyValue('--x')) === x && Number(piece?.style.getPropertyValue('--y')) === y;
      },
      { label: name, ...place },
    );
  }

  /** Nothing done here is still on its way. */
  async waitUntilSettled(): Promise<void> {
    await this.page.waitForFunction(() => document.querySelector('.ghost, .entry.pending') === null);
  }

  /** The log as it reads, without what is still on its way. */
  async readLog(): Promise<string[]> {
    return this.page.locator('.entry:not(.pending)').allInnerTexts();
  }

  async waitForEntries(count: number): Promise<void> {
    await this.page.waitForFunction((wanted) => document.querySelectorAll('.entry:not(.pending)').length === wanted, count);
  }

  /** The page has neither been loaded again nor failed. */
  async checkUnbroken(): Promise<void> {
    assert.equal(await this.page.evaluate(() => Reflect.get(globalThis, 'mark')), this.#mark);
    assert.deepEqual(this.#faults, []);
  }
}

/** Runs in the page: keeps every text that the status and the dice show, however briefly. */
function rememberWhatIsShown(): void {
  const shown: string[] = [];
  Object.assign(globalThis, { shown });
  const look = () => {
    for (const element of document.querySelectorAll('[data-testid="status"], [data-testid="throw"] strong')) {
      const text = element.textContent ?? '';
      if (shown.at(-1) !== text) shown.push(text);
    }
  };
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
}
