import { chromium, type Browser } from 'playwright-core';
import { CHROMIUM_ARGUMENTS, chromiumPath } from './open-browser.ts';

/**
 * A computer with a browser that can be put to sleep: every process of that browser is stopped, so that neither pages nor
 * sockets do anything. A page that is frozen alone, or held in a debugger, will not do: its browser goes on answering pings.
 */
export class Laptop {
  readonly browser: Browser;
  readonly #process: number;
  readonly #shutDown: () => Promise<void>;

  private constructor(browser: Browser, process: number, shutDown: () => Promise<void>) {
    this.browser = browser;
    this.#process = process;
    this.#shutDown = shutDown;
  }

  static async open(): Promise<Laptop> {
    const host = await chromium.launchServer({ executablePath: chromiumPath(), args: CHROMIUM_ARGUMENTS });
    const { pid } = host.process();
    if (pid === undefined) throw new Error('Chromium has no process.');
    return new Laptop(await chromium.connect(host.wsEndpoint()), pid, () => host.close());
  }

  /** Until the lid is opened again, whatever is asked of its pages waits. */
  closeLid(): void {
    this.#signal('SIGSTOP');
  }

  openLid(): void {
    this.#signal('SIGCONT');
  }

  async close(): Promise<void> {
    this.openLid();
    await this.browser.close();
    await this.#shutDown();
  }

  /** Its processes are a group, named after the first one. */
  #signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(-this.#process, signal);
  }
}
