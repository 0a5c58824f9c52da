import type { Session } from 'holdfast/client';
import type { SessionId } from '../../src/protocol/ids.ts';
import type { Scope } from '../live-server/clean-up.ts';
import { clientOf } from '../live-server/client-of.ts';
import type { ledger } from '../live-server/ledger.ts';
import type { LiveServer } from '../live-server/live-server.ts';
import type { Journal } from './journal.ts';

/** Everything here has the ledger's entries and its `append`, whatever else it has. */
export type Member = { readonly name: string; readonly role: string; readonly session: Session<typeof ledger> };

/** Commands that each member keeps on the way at once. */
const ON_THE_WAY = 6;
/** Of a clock that is in haste, on a machine that may be busy. */
export const JOIN_MS = 300_000;

/** Who a crew's client is, and how to get to its session. */
export type Place = { readonly name: string; readonly to: string | { readonly invite: string } };

/** Several clients of one session that write without pause, each several commands at a time; the odd ones over SSE. */
export class Crew {
  readonly sessionId: SessionId;
  readonly members: readonly Member[];
  readonly #journal: Journal;
  #writing = false;
  #writers: Promise<void>[] = [];
  #count = 0;

  constructor(sessionId: SessionId, members: readonly Member[], journal: Journal) {
    this.sessionId = sessionId;
    this.members = members;
    this.#journal = journal;
  }

  /** In an open session of the ledger's own kind. */
  static async join(scope: Scope, server: LiveServer, size: number, journal: Journal): Promise<Crew> {
    const to = await server.createSession();
    const places = Array.from({ length: size }, (_, i) => ({ name: `member${i}`, to }));
    return new Crew(to, await enter(scope, server, places), journal);
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
    await Promise.all(this.members.map(({ session }) => when(session, () => session.seq >= seq)));
  }

  async #write({ name, session }: Member): Promise<void> {
    while (this.#writing) {
      const id = `${name}-${(this.#count += 1)}`;
      const { outcome, why } = await this.#journal.keep(this.sessionId, id, () => session.commands.append({ id }));
      if (why === 'not-active') await when(session, () => session.meta.status !== 'paused');
      // A fault, or the end.
      else if (outcome === 'refused') return;
    }
  }
}

/** Joins as several people, one after the other. */
export async function enter(scope: Scope, server: LiveServer, places: readonly Place[]): Promise<Member[]> {
  const members: Member[] = [];
  for (const [index, { name, to }] of places.entries()) {
    const client = clientOf(scope, server, name, undefined, index % 2 === 1 ? 'sse' : 'websocket');
    const session = await client.join<typeof ledger>(to, { timeoutMs: JOIN_MS });
    members.push({ name, role: session.self.role, session });
  }
  return members;
}

/** Resolves as soon as it is so. */
export function when({ subscribe }: Pick<Member['session'], 'subscribe'>, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!isSo()) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = subscribe(check);
    check();
  });
}
