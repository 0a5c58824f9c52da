import type { Session } from 'holdfast/client';
import type { Entry, ledger } from '../live-server/ledger.ts';
import { when } from './crew.ts';

/** What a timer appends begins with this. */
const NAME = 'timer ';

/** Timers that are set, and come due, while the server is killed. */
export class Timers {
  readonly #session: Session<typeof ledger>;
  readonly #wanted = new Set<string>();
  readonly #setting: Promise<unknown>[] = [];

  constructor(session: Session<typeof ledger>) {
    this.#session = session;
  }

  get count(): number {
    return this.#wanted.size;
  }

  /** How many have not come yet, as far as is known. */
  get waiting(): number {
    return this.#wanted.size - this.#ran(this.#session.state.entries).length;
  }

  /** Sets some that are due within this time. */
  set(count: number, withinMs: number, random: () => number): void {
    for (let n = 0; n < count; n += 1) {
      const id = `${NAME}${this.#wanted.size}`;
      this.#wanted.add(id);
      const setting = this.#session.commands.later({ id, afterMs: Math.floor(random() * withinMs) });
      setting.catch(() => undefined);
      this.#setting.push(setting);
    }
  }

  /** Resolves once all are set, and all have come. */
  async allCome(): Promise<void> {
    await Promise.all(this.#setting.splice(0));
    await when(this.#session, () => this.waiting <= 0);
  }

  /** What came otherwise than exactly once. */
  faults(entries: readonly Entry[]): string[] {
    const ran = this.#ran(entries);
    const twice = ran.filter((id, index) => ran.indexOf(id) !== index).map((id) => `${id} came twice`);
    const missing = [...this.#wanted].filter((id) => !ran.includes(id)).map((id) => `${id} never came`);
    const unasked = ran.filter((id) => !this.#wanted.has(id)).map((id) => `${id} was never set`);
    return [...twice, ...missing, ...unasked];
  }

  /** The other entries. */
  others(entries: readonly Entry[]): Entry[] {
    return entries.filter(({ id }) => !id.startsWith(NAME));
  }

  #ran(entries: readonly Entry[]): string[] {
    return entries.flatMap(({ id }) => (id.startsWith(NAME) ? [id] : []));
  }
}
