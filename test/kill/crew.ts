import type { TestContext } from 'node:test';
import type { Session } from 'holdfast/client';
import type { SessionId } from '../../src/protocol/ids.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import type { Journal } from './journal.ts';

export type Member = { readonly name: string; readonly session: Session<typeof ledger> };

/** Commands that each member keeps on the way at once. */
const ON_THE_WAY = 6;

/** Several clients of one session that write without pause, each several commands at a time. */
export class Crew {
  readonly sessionId: SessionId;
  readonly members: readonly Member[];
  readonly #journal: Journal;
  #writing = false;
  #writers: Promise<void>[] = [];
  #count = 0;

  private constructor(sessionId: SessionId, members: readonly Member[], journal: Journal) {
    this.sessionId = sessionId;
    this.members = members;
    this.#journal = journal;
  }

  static async join(t: TestContext, server: LiveServer, size: number, journal: Journal): Promise<Crew> {
    const sessionId = await server.createSession();
    const names = Array.from({ length: size }, (_, i) => `member${i}`);
    const members = await Promise.all(
      names.map(async (name) => ({ name, session: await clientOf(t, server, name).join<typeof ledger>(sessionId) })),
    );
    return new Crew(sessionId, members, journal);
  }

  startWriting(): void {
    this.#writing = true;
    this.#writers = this.members.flatMap((member) => Array.from({ length: ON_THE_WAY }, () => this.#write(member)));
  }

  /** Sends nothing new; resolves when everything sent is answered. */
  async finishWriting(): Promise<void> {
    this.#writing = false;
    await Promise.all(this.#writers);
  }

  /** Resolves when every member has seen the session up to `seq`. */
  async reach(seq: number): Promise<void> {
    await Promise.all(
      this.members.map(
        ({ session }) =>
          new Promise<void>((resolve) => {
            const check = (): void => {
              if (session.seq < seq) return;
              unsubscribe();
              resolve();
            };
            const unsubscribe = session.subscribe(check);
            check();
          }),
      ),
    );
  }

  async #write({ name, session }: Member): Promise<void> {
    while (this.#writing) {
      const id = `${name}-${(this.#count += 1)}`;
      await this.#journal.keep(this.sessionId, id, () => session.commands.append({ id }));
    }
  }
}
