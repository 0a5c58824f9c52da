import type { SessionInfo } from './session-info.ts';

/** The watched sessions, newest first. `all` is the same array as long as nothing changes. */
export class SessionList {
  readonly #byId = new Map<string, SessionInfo>();
  #all: readonly SessionInfo[] | undefined = [];

  get all(): readonly SessionInfo[] {
    this.#all ??= [...this.#byId.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1));
    return this.#all;
  }

  /** Takes a session in; an older state of one that is known is nothing new. */
  put(session: SessionInfo): void {
    const known = this.#byId.get(session.id);
    if (known !== undefined && known.rev >= session.rev) return;
    this.#byId.set(session.id, session);
    this.#all = undefined;
  }

  remove(id: string): void {
    if (this.#byId.delete(id)) this.#all = undefined;
  }

  /** Only these are there; those known already with the same rev stay the same objects. */
  replace(sessions: readonly SessionInfo[]): void {
    const wanted = new Set<string>(sessions.map(({ id }) => id));
    for (const id of this.#byId.keys()) if (!wanted.has(id)) this.remove(id);
    for (const session of sessions) this.put(session);
  }
}
