import type { Browser, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { Tab } from './tab.ts';

/** Opens the people of a table, each in a browser context of their own, as on computers of their own. */
export class Scene {
  readonly #browser: Browser;
  readonly #url: string;
  readonly #options: BrowserContextOptions;
  readonly #contexts: BrowserContext[] = [];

  constructor(browser: Browser, url: string, options: BrowserContextOptions = {}) {
    this.#browser = browser;
    this.#url = url;
    this.#options = { viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', ...options };
  }

  /** Someone who comes to the start page. */
  async arrive(name: string, options: BrowserContextOptions = {}): Promise<Tab> {
    return Tab.open(await this.#context(options), this.#url, name);
  }

  /** Someone who opens the link of an invitation and takes a seat as a guest. */
  async follow(link: string, name: string, options: BrowserContextOptions = {}): Promise<Tab> {
    const tab = await Tab.at(await this.#context(options), link);
    await tab.page.getByLabel('Your name there').fill(name);
    await tab.click('Take a seat');
    await tab.waitForStatus(/^(Live|Paused)/);
    return tab;
  }

  async open(link: string): Promise<Tab> {
    return Tab.at(await this.#context(), link);
  }

  async close(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  async #context(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.#browser.newContext({ ...this.#options, ...options });
    this.#contexts.push(context);
    return context;
  }
}
