import type { Session } from '../../client/index.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { JsonValue } from '../../protocol/json.ts';
import type { Random } from '../../protocol/ports.ts';
import type { Person } from './person.ts';
import { WallClock } from './simulated-clock.ts';
import { SimulatedPage, type PageOptions } from './simulated-page.ts';
import type { SimulatedTime } from './simulated-time.ts';

export type ClientWorld = Pick<PageOptions, 'network' | 'tell' | 'nextAsk' | 'messages'> & {
  readonly time: SimulatedTime;
  readonly sessions: readonly SessionId[];
  random(): Random;
};

/** A person at their device. What they do begins at once; what comes of it stands in the history. */
export class SimulatedClient {
  readonly person: Person;
  readonly wall: WallClock;
  readonly #world: ClientWorld;
  #pages: SimulatedPage[];
  #count = 0;

  constructor(person: Person, world: ClientWorld) {
    this.person = person;
    this.#world = world;
    this.wall = new WallClock(world.time);
    this.#pages = [this.#open(undefined)];
  }

  /** The page that acts, and then duplicates of it. */
  get pages(): readonly SimulatedPage[] {
    return this.#pages;
  }

  get page(): SimulatedPage {
    const [page] = this.#pages;
    if (page === undefined) throw new Error('a person has a page');
    return page;
  }

  /** The one that was joined last. */
  get session(): Session | undefined {
    return this.page.session;
  }

  /** Joins, and from then on wants to be there: an application that cannot join tries again. */
  join(sessionIndex = 0): void {
    const id = this.#world.sessions[sessionIndex];
    if (id === undefined) throw new RangeError(`there is no session ${sessionIndex}`);
    this.page.join(id);
  }

  leave(): void {
    this.page.leave();
  }

  /** The number of the ask: history tells its answer. -1 while no session is joined. */
  send(name: string, args: JsonValue): number {
    return this.page.run('commands', name, args);
  }

  /** An act of `session.manage`. The number of the ask. */
  manage(act: string, args?: JsonValue): number {
    return this.page.run('manage', act, args);
  }

  setPresence(activity?: string): void {
    this.page.setPresence(activity);
  }

  /** A new page, with what the old one kept; it joins what the old one was in. */
  reload(): void {
    const old = this.page;
    if (!old.gate.isOpen) return;
    this.#world.tell({ kind: 'fault', fault: 'reload', on: this.person.name });
    const { kept, wanted } = old;
    old.end();
    const page = this.#open(kept);
    this.#pages = [page, ...this.#pages.slice(1)];
    for (const id of wanted) page.join(id);
  }

  /** A second page, which finds what a reloaded one would while the first goes on: as browsers that copy a tab may have it. */
  duplicateTab(): void {
    const { kept, wanted, gate } = this.page;
    if (!gate.isOpen) return;
    this.#world.tell({ kind: 'fault', fault: 'duplicated tab', on: this.person.name });
    const page = this.#open(kept);
    this.#pages = [...this.#pages, page];
    for (const id of wanted) page.join(id);
  }

  /** The device sleeps: no timers, nothing is read. */
  sleep(ms: number): void {
    this.#world.tell({ kind: 'fault', fault: 'laptop sleep', on: this.person.name });
    for (const page of this.#pages) page.sleep();
    this.#world.time.after(ms, () => this.wake());
  }

  wake(): void {
    for (const page of this.#pages) page.wake();
  }

  /** Ends its connections without leaving. Duplicates go, too. */
  close(): void {
    for (const page of this.#pages) page.close();
    for (const page of this.#pages.slice(1)) page.end();
    this.#pages = this.#pages.slice(0, 1);
  }

  end(): void {
    this.wake();
    this.close();
  }

  #open(kept: string | undefined): SimulatedPage {
    this.#count += 1;
    const { person, wall } = this;
    const { time, network, tell, nextAsk, messages } = this.#world;
    const name = this.#count === 1 ? person.name : `${person.name}#${this.#count}`;
    return new SimulatedPage({ name, person, wall, time, network, tell, nextAsk, messages, kept, random: this.#world.random() });
  }
}
