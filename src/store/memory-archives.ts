import type { SessionId } from '../protocol/ids.ts';
import type { Archive, Archives } from './archives.ts';
import { exportLines } from './session-file.ts';
import type { Store } from './store.ts';

/** Keeps what is put away in this process: for a store that has no directory either. */
export class MemoryArchives implements Archives {
  readonly #store: Store;
  readonly #texts = new Map<SessionId, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  async put(session: SessionId): Promise<Archive | undefined> {
    const row = await this.#store.get(session);
    const lines = await exportLines(this.#store, session);
    if (row === undefined || lines === undefined) return undefined;
    let text = '';
    for await (const line of lines) text += line;
    // A log that was pruned since is put away already.
    const kept = (await this.#store.beginning(session))?.seq === 0 ? text : (this.#texts.get(session) ?? text);
    this.#texts.set(session, kept);
    return { name: session, headSeq: row.headSeq, bytes: kept.length };
  }

  async remove(session: SessionId): Promise<void> {
    this.#texts.delete(session);
  }

  /** What was put away of a session, as `exportLines` gave it. */
  find(session: SessionId): string | undefined {
    return this.#texts.get(session);
  }
}
