import type { SessionId } from '../../src/protocol/ids.ts';
import type { LiveServer } from '../live-server/live-server.ts';

/** Looks after which a session that is over should have been put away and deleted. */
const MOST_LOOKS = 2_000;
const LOOK_MS = 5;
const OVER = ['ended', 'archived', 'none'];

/** What is known of sessions that are made, ended and cleaned up while the server is killed. */
export class Errands {
  readonly #server: LiveServer;
  /** Acknowledged as made; */
  readonly made: SessionId[] = [];
  /** and of these, as ended. */
  readonly #ended = new Set<SessionId>();
  readonly #endAsked = new Set<SessionId>();

  constructor(server: LiveServer) {
    this.#server = server;
  }

  get ended(): number {
    return this.#ended.size;
  }

  /** Makes some and ends most of them, one after the other; what the server could not say before it was killed stays unknown. */
  async run(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      try {
        await this.#one(index % 3 === 0);
      } catch {
        // Killed: whether it was done is not known.
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    }
  }

  async #one(isKept: boolean): Promise<void> {
    const id = await this.#server.createSession('errand');
    this.made.push(id);
    if (isKept) return;
    this.#endAsked.add(id);
    await this.#server.ask({ ask: 'end', session: id });
    this.#ended.add(id);
  }

  /** What was made is there unless it was ended, and what was ended is over, and goes for good. */
  async faults(): Promise<string[]> {
    const faults: string[] = [];
    for (const id of this.made) {
      const status = await this.#status(id);
      if (this.#ended.has(id) && !OVER.includes(status)) faults.push(`${id} was ended and is ${status}`);
      if (!this.#endAsked.has(id) && status !== 'active') faults.push(`${id} was made, nobody ended it, and it is ${status}`);
    }
    const { created = 0, live = 0, archived = 0, deleted = 0 } = await this.#server.ask<Record<string, number>>({ ask: 'counters' });
    if (created !== live + archived + deleted) faults.push(`${created} made, ${live} live, ${archived} archived, ${deleted} deleted`);
    return faults;
  }

  /** Every session that is over is gone in the end. */
  async leftovers(): Promise<string[]> {
    for (let looks = 0; ; looks += 1) {
      const statuses = await Promise.all([...this.#ended].map((id) => this.#status(id)));
      const left = statuses.filter((status) => status !== 'none');
      if (left.length === 0) return [];
      if (looks === MOST_LOOKS) return [`of ${statuses.length} sessions that were ended ${left.length} were not deleted: ${left.join()}`];
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  #status(id: SessionId): Promise<string> {
    return this.#server.ask({ ask: 'row', session: id });
  }
}
