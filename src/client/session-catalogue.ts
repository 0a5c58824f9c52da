import type { WatchListener, WatchPorts } from './catalogue-watch.ts';
import { HoldfastError } from './holdfast-error.ts';
import type { HttpPorts } from './http.ts';
import type { CreateSession, ListFilter, SessionFilter, SessionInfo, SessionPage, MissedPage, MissedRange } from './session-info.ts';

export type CataloguePorts = WatchPorts & HttpPorts;

/** The sessions of a server: made, found, followed and ended. Every call rejects with a `HoldfastError`. */
export interface SessionCatalogue {
  /** Makes a session of this type; who makes it owns it. Join it with its `id`. */
  create(type: string, request?: CreateSession): Promise<SessionInfo>;
  /** Sessions that are listed, newest first. */
  list(filter?: ListFilter): Promise<SessionPage>;
  get(id: string): Promise<SessionInfo>;
  /**
   * Messages that a participant missed, as they would have come live: for the range of a `missed` event, a page at a time. Of
   * the last 4,096 events, and of none before they came or before they saw what they see now.
   */
  missed(id: string, range: MissedRange): Promise<MissedPage>;
  /** Ends a session for everyone, for good. `reason` has at most 256 characters. */
  end(id: string, reason?: string): Promise<void>;
  /**
   * Calls `listener` with the whole list of matching sessions, newest first, now and whenever it changes, and with whether
   * it is up to date (`live`) or the connection is being restored (`waiting`). The result stops it.
   */
  watch(filter: SessionFilter, listener: WatchListener): () => void;
}

/** So long until code that could not be loaded is tried again for a watch. */
const LOAD_AGAIN_MS = 2_000;

/**
 * The catalogue, whose code is loaded when it is first used: a page that only takes part in a session does without.
 * `closed` says that the client is closed.
 */
export function lazyCatalogue(ports: CataloguePorts, closed: AbortSignal): SessionCatalogue {
  const load = () => loadPart(async () => new (await import('./http-catalogue.ts')).HttpCatalogue(ports));
  return {
    create: async (type, request) => (await load()).create(type, request),
    list: async (filter) => (await load()).list(filter),
    get: async (id) => (await load()).get(id),
    missed: async (id, range) => (await load()).missed(id, range),
    end: async (id, reason) => (await load()).end(id, reason),
    watch: (filter, listener) => watchLazily(load, ports, closed, filter, listener),
  };
}

function watchLazily(
  load: () => Promise<SessionCatalogue>,
  { clock }: CataloguePorts,
  closed: AbortSignal,
  filter: SessionFilter,
  listener: WatchListener,
): () => void {
  let stop: (() => void) | undefined = () => undefined;
  const end = () => {
    stop?.();
    stop = undefined;
    closed.removeEventListener('abort', end);
  };
  const begin = () =>
    load().then(
      (catalogue) => void (stop &&= catalogue.watch(filter, listener)),
      (error: HoldfastError) => {
        if (stop === undefined) return;
        stop = clock.startTimer(LOAD_AGAIN_MS, () => void begin());
        listener([], 'waiting', error);
      },
    );
  void begin();
  closed.addEventListener('abort', end);
  return end;
}

type Asynchronous = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

/** An object all of whose members are asynchronous functions, and whose code is loaded when one is first called. */
export function lazyPart<Part extends object>(load: () => Promise<Part>): Part {
  const call = async (name: string, args: unknown[]): Promise<unknown> => {
    const loaded: unknown = await loadPart(load);
    return (loaded as Asynchronous)[name]?.(...args);
  };
  const part: unknown = new Proxy(Object.create(null), {
    get: (_, name) => (typeof name !== 'string' || name === 'then' ? undefined : (...args: unknown[]) => call(name, args)),
  });
  return part as Part;
}

async function loadPart<Part>(load: () => Promise<Part>): Promise<Part> {
  try {
    return await load();
  } catch (cause) {
    throw new HoldfastError('unavailable', 'A part of the client could not be loaded.', { cause });
  }
}
