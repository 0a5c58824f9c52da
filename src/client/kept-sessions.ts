import type { HelloFrame } from '../protocol/frames.ts';
import type { SessionId } from '../protocol/ids.ts';
import type { KeptCommand } from './outbox.ts';

/** What goes on over a reload of the page: the connection, and the commands that have no answer yet. */
export type KeptSession = Required<Pick<HelloFrame, 'session' | 'connection' | 'reconnect' | 'instance'>> & {
  /** Number of the next command. */
  readonly next: number;
  readonly commands: readonly KeptCommand[];
};

/** The sessions that an earlier page of this tab had joined; each is given to one join. */
export class KeptSessions {
  readonly #left: KeptSession[];

  constructor(text: string | undefined) {
    this.#left = read(text);
  }

  /** One that was kept for this session, if there is any. */
  take(session: SessionId): KeptSession | undefined {
    const index = this.#left.findIndex((kept) => kept.session === session);
    return index === -1 ? undefined : this.#left.splice(index, 1)[0];
  }

  /** What is to be kept now, those included that nobody asked for. */
  write(joined: readonly (KeptSession | undefined)[]): string | undefined {
    const all = [...this.#left, ...joined.filter((kept) => kept !== undefined)];
    return all.length === 0 ? undefined : JSON.stringify(all);
  }
}

function read(text: string | undefined): KeptSession[] {
  try {
    // Written by `write`; only this origin's pages can.
    return JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
}
